package export

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"postern/inspect"
	"postern/profile"
)

// openAPI writes an OpenAPI 3.1 document. Callers, alphabets, what is wrapped in a value, and several operations of one path have no place in it.
func openAPI(callee string, rules []profile.OperationFields) ([]byte, error) {
	paths := map[string]any{}
	for _, o := range rules {
		method, path, selector := target(o.Operation)
		path, parameters := named(path)
		item, ok := paths[path].(map[string]any)
		if !ok {
			item = map[string]any{}
			paths[path] = item
		}
		entry := map[string]any{"responses": map[string]any{"default": map[string]any{"description": "not learned"}}, "x-postern-calls": o.Calls}
		if selector != "" {
			entry["summary"] = "one of several operations of this path: " + selector
		}
		var body *schema
		for _, r := range o.Fields {
			if p, ok := parameter(&r); ok {
				parameters = append(parameters, p)
			} else if steps := bodySteps(&r); steps != nil {
				if body == nil {
					body = &schema{}
				}
				body.add(steps, &r)
			}
		}
		if len(parameters) > 0 {
			entry["parameters"] = parameters
		}
		if body != nil {
			entry["requestBody"] = map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": body.json()}}}
		}
		item[strings.ToLower(method)] = entry
	}
	return marshal(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": callee, "version": "learned",
			"description": "Learned from traffic. Not expressed here: who may call, alphabets of texts, documents wrapped in values, operations that share a path, bodies other than JSON.",
		},
		"paths": paths,
	})
}

func marshal(v any) ([]byte, error) {
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return append(out, '\n'), nil
}

// named numbers the parameters of a path, since OpenAPI wants each name once.
func named(path string) (string, []map[string]any) {
	var list []map[string]any
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			name := "p" + strconv.Itoa(len(list)+1)
			s := map[string]any{"type": "string"}
			switch part {
			case "{int}":
				s = map[string]any{"type": "integer"}
			case "{uuid}":
				s["format"] = "uuid"
			case "{date}":
				s["format"] = "date"
			}
			list = append(list, map[string]any{"name": name, "in": "path", "required": true, "schema": s})
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/"), list
}

// parameter makes a parameter of a field of the query, the headers or the cookies.
func parameter(r *profile.Rule) (map[string]any, bool) {
	p, err := inspect.ParsePath(r.Path)
	if err != nil || len(p) != 2 || !p[1].Member || p[0].Root == inspect.BodyRoot {
		return nil, false
	}
	switch strings.ToLower(p[1].Name) {
	case "accept", "content-type", "authorization": // OpenAPI 3.1 §4.8.12: ignored there
		return nil, false
	}
	return map[string]any{"name": p[1].Name, "in": p[0].Root.String(), "required": r.Required, "schema": leaf(r)}, true
}

// bodySteps returns the steps of a field inside a JSON body, nil for others.
func bodySteps(r *profile.Rule) inspect.Path {
	p, err := inspect.ParsePath(r.Path)
	if err != nil || len(p) < 2 || p[0].Root != inspect.BodyRoot || p[1].Layer.String() != "json" {
		return nil
	}
	for _, s := range p[2:] {
		if s.Layer != 0 {
			return nil
		}
	}
	return p[1:]
}

// schema is a JSON schema while it is put together.
type schema struct {
	rule     *profile.Rule
	members  map[string]*schema
	required []string
	items    *schema
}

func (s *schema) add(steps inspect.Path, r *profile.Rule) {
	if len(steps) == 1 {
		s.rule = r
		return
	}
	next := steps[1]
	if !next.Member {
		if s.items == nil {
			s.items = &schema{}
		}
		s.items.add(steps[1:], r)
		return
	}
	if s.members == nil {
		s.members = map[string]*schema{}
	}
	if s.members[next.Name] == nil {
		s.members[next.Name] = &schema{}
	}
	if len(steps) == 2 && r.Required {
		s.required = append(s.required, next.Name)
	}
	s.members[next.Name].add(steps[1:], r)
}

func (s *schema) json() map[string]any {
	switch {
	case s.members != nil:
		members := map[string]any{}
		for name, m := range s.members {
			members[name] = m.json()
		}
		out := map[string]any{"type": "object", "properties": members, "additionalProperties": false}
		if s.required != nil {
			out["required"] = s.required
		}
		return out
	case s.items != nil:
		return map[string]any{"type": "array", "items": s.items.json()}
	case s.rule == nil:
		return map[string]any{}
	}
	return leaf(s.rule)
}

func leaf(r *profile.Rule) map[string]any {
	out := map[string]any{}
	for _, m := range r.Marks { // a person's word: not all of it has a form here
		out["x-postern-"+m.Do] = strings.TrimSpace(m.Rule + " " + m.Class)
	}
	var types []string
	for _, k := range r.Kinds {
		switch k {
		case "string", "number", "null", "object", "array":
			types = append(types, k)
		case "bool":
			types = append(types, "boolean")
		}
	}
	if len(types) == 1 {
		out["type"] = types[0]
	} else if len(types) > 1 {
		out["type"] = types
	}
	if r.Numeric && len(r.Kinds) > 0 && r.Kinds[0] == "number" {
		out["minimum"], out["maximum"] = r.Least, r.Most
		return out
	}
	if r.Values > 0 && len(types) > 0 && types[0] == "string" {
		out["minLength"], out["maxLength"] = 0, r.Longest // JSON schema counts characters, of which there are no more than bytes
		if len(r.Formats) == 1 {
			if f, ok := map[string]string{"uuid": "uuid", "date": "date", "date-time": "date-time", "e-mail": "email", "url": "uri"}[r.Formats[0]]; ok {
				out["format"] = f
			}
		}
	}
	return out
}
