package export

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"postern/inspect"
	"postern/profile"
)

// openAPI writes an OpenAPI 3.1 document. Callers, alphabets and what is wrapped in a value have no place in it.
func openAPI(callee string, rules []profile.OperationFields) ([]byte, error) {
	paths := map[string]map[string]*endpoint{} // by path and method
	for _, o := range rules {
		method, path, selector := target(o.Operation)
		path, numbered := named(path)
		if paths[path] == nil {
			paths[path] = map[string]*endpoint{}
		}
		method = strings.ToLower(method)
		e := paths[path][method]
		if e == nil {
			e = &endpoint{}
			paths[path][method] = e
		}
		for _, p := range numbered {
			e.share(p, true)
		}
		e.add(&o, selector)
	}
	items := map[string]map[string]any{}
	for path, methods := range paths {
		items[path] = map[string]any{}
		for method, e := range methods {
			items[path][method] = e.json()
		}
	}
	return marshal(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": callee, "version": "learned",
			"description": "Learned from traffic. Not expressed here: who may call, alphabets of texts, documents wrapped in values, bodies other than JSON, which parameters go with which of several operations that share a path.",
		},
		"paths": items,
	})
}

// endpoint is a method of a path, which several operations may share: GraphQL and JSON-RPC have one for all.
type endpoint struct {
	operations int
	calls      float64
	selectors  []string
	parameters []*shared
	bodies     []map[string]any
}

// shared is a parameter as the operation says it that was first, and how many of them require it.
type shared struct {
	parameter map[string]any
	required  int
}

func (e *endpoint) add(o *profile.OperationFields, selector string) {
	e.operations++
	e.calls += o.Calls
	if selector != "" {
		e.selectors = append(e.selectors, selector)
	}
	var body *schema
	for i := range o.Fields {
		r := &o.Fields[i]
		if p, ok := parameter(r); ok {
			e.share(p, r.Required)
		} else if steps := bodySteps(r); steps != nil {
			if body == nil {
				body = &schema{}
			}
			body.add(steps, r)
		}
	}
	if body == nil {
		return
	}
	written := body.json()
	if selector != "" {
		written["title"] = selector
	}
	e.bodies = append(e.bodies, written)
}

func (e *endpoint) share(p map[string]any, required bool) {
	i := slices.IndexFunc(e.parameters, func(s *shared) bool { return s.parameter["in"] == p["in"] && s.parameter["name"] == p["name"] })
	if i < 0 {
		i = len(e.parameters)
		e.parameters = append(e.parameters, &shared{parameter: p})
	} else if !reflect.DeepEqual(e.parameters[i].parameter["schema"], p["schema"]) {
		e.parameters[i].parameter["schema"] = map[string]any{} // what two operations say differently is left open
	}
	if required {
		e.parameters[i].required++
	}
}

func (e *endpoint) json() map[string]any {
	out := map[string]any{"responses": map[string]any{"default": map[string]any{"description": "not learned"}}, "x-postern-calls": e.calls}
	if len(e.selectors) > 0 {
		out["summary"] = "operations of this path: " + strings.Join(e.selectors, ", ")
	}
	parameters := make([]map[string]any, 0, len(e.parameters))
	for _, s := range e.parameters {
		s.parameter["required"] = s.required == e.operations
		parameters = append(parameters, s.parameter)
	}
	if len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if len(e.bodies) > 0 {
		body := e.bodies[0]
		if len(e.bodies) > 1 {
			body = map[string]any{"anyOf": e.bodies}
		}
		out["requestBody"] = map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": body}}}
	}
	return out
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
			list = append(list, map[string]any{"name": name, "in": "path", "schema": s})
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
	return map[string]any{"name": p[1].Name, "in": p[0].Root.String(), "schema": leaf(r)}, true
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
	out := map[string]any{}
	if s.rule != nil {
		out = leaf(s.rule)
	}
	if s.members != nil {
		members := map[string]any{}
		for name, m := range s.members {
			members[name] = m.json()
		}
		out["properties"], out["additionalProperties"] = members, false
		if s.required != nil {
			out["required"] = s.required
		}
	}
	if s.items != nil {
		out["items"] = s.items.json()
		if s.rule != nil && s.rule.Values == 0 && s.rule.Longest > 0 {
			out["maxItems"] = s.rule.Longest
		}
	}
	if s.rule == nil {
		s.guess(out)
	}
	return out
}

// guess gives the type of what was not learned itself, of which members or elements were.
func (s *schema) guess(out map[string]any) {
	switch {
	case s.members != nil && s.items == nil:
		out["type"] = "object"
	case s.items != nil && s.members == nil:
		out["type"] = "array"
	}
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
