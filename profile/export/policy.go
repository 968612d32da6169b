package export

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"postern/profile"
)

// istio writes an AuthorizationPolicy: which callers may call which methods and paths. What stands in a call has no place in it.
func istio(callee string, rules []profile.OperationFields) []byte {
	_, namespace, account := workload(callee)
	var b strings.Builder
	b.WriteString("# Learned from traffic. Not expressed here: anything inside a call (fields, values, attacks), operations that share a path,\n" +
		"# and of a path's parameters more than that one segment stands there. Istio selects by label: set the one of the workload.\n")
	fmt.Fprintf(&b, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: %s\n", quote("postern-"+orUnknown(account)))
	if namespace != "" {
		fmt.Fprintf(&b, "  namespace: %s\n", quote(namespace))
	}
	fmt.Fprintf(&b, "spec:\n  selector:\n    matchLabels:\n      app: %s\n  action: ALLOW\n  rules:\n", quote(orUnknown(account)))
	for _, o := range rules {
		method, path, _ := target(o.Operation)
		principals := principals(o.Callers)
		if len(principals) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  - from:\n    - source:\n        principals: [%s]\n", strings.Join(principals, ", "))
		fmt.Fprintf(&b, "    to:\n    - operation:\n        methods: [%s]\n        paths: [%s]\n", quote(method), quote(wildcards(path, "{*}")))
	}
	return []byte(b.String())
}

func orUnknown(s string) string {
	if s == "" {
		return profile.Unknown
	}
	return s
}

// principals are callers as Istio writes them, without the scheme.
func principals(callers []string) (list []string) {
	for _, c := range callers {
		if p, ok := strings.CutPrefix(c, "spiffe://"); ok {
			list = append(list, quote(p))
		}
	}
	return list
}

// wildcards replaces each parameter of a path.
func wildcards(path, by string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = by
		}
	}
	return strings.Join(parts, "/")
}

// quote writes a string for YAML and Rego, which both read JSON's.
func quote(s string) string {
	out, err := json.Marshal(s)
	if err != nil { // a string always has a form
		return `""`
	}
	return string(out)
}

// rbac writes the configuration of Envoy's envoy.filters.http.rbac.
func rbac(rules []profile.OperationFields) ([]byte, error) {
	policies := map[string]any{}
	for _, o := range rules {
		method, path, _ := target(o.Operation)
		var who []any
		for _, c := range o.Callers {
			if strings.HasPrefix(c, "spiffe://") {
				who = append(who, map[string]any{"authenticated": map[string]any{"principal_name": map[string]any{"exact": c}}})
			}
		}
		if who == nil {
			continue
		}
		match := map[string]any{"exact": path}
		if len(parameters(path)) > 0 {
			match = map[string]any{"safe_regex": map[string]any{"regex": pattern(path)}}
		}
		policies[o.Operation] = map[string]any{
			"permissions": []any{map[string]any{"and_rules": map[string]any{"rules": []any{
				map[string]any{"header": map[string]any{"name": ":method", "string_match": map[string]any{"exact": method}}},
				map[string]any{"url_path": map[string]any{"path": match}},
			}}}},
			"principals": who,
		}
	}
	return marshal(map[string]any{
		"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
		"rules": map[string]any{"action": "ALLOW", "policies": policies},
	})
}

// pattern is a path as an RE2 expression.
func pattern(path string) string {
	var parts []string
	for p := range strings.SplitSeq(path, "/") {
		switch p {
		case "{int}":
			parts = append(parts, "[-+]?[0-9]+")
		case "{uuid}":
			parts = append(parts, "[0-9a-fA-F-]{36}")
		default:
			if strings.HasPrefix(p, "{") {
				parts = append(parts, "[^/]+")
			} else {
				parts = append(parts, escapeRE2(p))
			}
		}
	}
	return strings.Join(parts, "/")
}

func escapeRE2(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// rego writes a policy for OPA's Envoy plugin: callers, methods, paths and, for JSON bodies, the fields that must be there.
func rego(callee string, rules []profile.OperationFields) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# What %s is told, learned from traffic. Not expressed here: formats, alphabets and ranges of values, wrapped documents, operations that share a path.\n", strings.Map(oneLine, callee))
	b.WriteString("package postern\n\nimport rego.v1\n\ndefault allow := false\n\nrequest := input.attributes.request.http\n\npath := split(request.path, \"?\")[0]\n")
	for _, o := range rules {
		method, path, _ := target(o.Operation)
		callers, err := json.Marshal(o.Callers)
		if err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		fmt.Fprintf(&b, "\nallow if {\n\tinput.attributes.source.principal in %s\n\trequest.method == %s\n\tregex.match(%s, path)\n", callers, quote(method), quote("^"+pattern(path)+"$"))
		for _, name := range requiredMembers(o.Fields) {
			fmt.Fprintf(&b, "\tinput.parsed_body[%s] != null\n", quote(name))
		}
		b.WriteString("}\n")
	}
	return []byte(b.String()), nil
}

func oneLine(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// requiredMembers are the top members of a JSON body that are always there and never null.
func requiredMembers(rules []profile.Rule) (names []string) {
	for i := range rules {
		r := &rules[i]
		if steps := bodySteps(r); len(steps) == 2 && steps[1].Member && r.Required && !slices.Contains(r.Kinds, "null") {
			names = append(names, steps[1].Name)
		}
	}
	return names
}
