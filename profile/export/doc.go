// Package export writes what was learned of a callee for others to enforce or read: OpenAPI 3.1, Istio's AuthorizationPolicy, Envoy's RBAC filter, Rego.
// Each output says in itself what it cannot express. The same rules give the same bytes.
package export

import (
	"errors"
	"slices"
	"strings"

	"postern/profile"
)

// Formats are the names of what can be written.
var formats = []string{"openapi", "istio", "rbac", "rego"}

// Formats returns the names of the formats.
func Formats() []string { return append([]string(nil), formats...) }

// ErrFormat says that there is no such format.
var ErrFormat = errors.New("export: unknown format")

// Write returns the rules of a callee in a format. None of them tells the actions of a path apart by a field: what its calls have together is written.
func Write(format, callee string, rules []profile.OperationFields) ([]byte, error) {
	rules = slices.DeleteFunc(slices.Clone(rules), func(o profile.OperationFields) bool { return o.Path != "" })
	switch format {
	case "openapi":
		return openAPI(callee, rules)
	case "istio":
		return istio(callee, rules), nil
	case "rbac":
		return rbac(rules)
	case "rego":
		return rego(callee, rules)
	}
	return nil, ErrFormat
}

// target takes an operation's name apart: gRPC methods are POSTs to their path; what tells operations of one path apart follows in selector.
func target(operation string) (method, path, selector string) {
	if strings.HasPrefix(operation, "/") {
		return "POST", operation, ""
	}
	method, rest, _ := strings.Cut(operation, " ")
	path, selector, _ = strings.Cut(rest, " ")
	return method, path, selector
}

// workload takes a SPIFFE ID apart.
func workload(id string) (domain, namespace, account string) {
	rest, ok := strings.CutPrefix(id, "spiffe://")
	if !ok {
		return "", "", id
	}
	domain, rest, _ = strings.Cut(rest, "/")
	parts := strings.Split(rest, "/")
	for i := 0; i+1 < len(parts); i += 2 {
		switch parts[i] {
		case "ns":
			namespace = parts[i+1]
		case "sa":
			account = parts[i+1]
		}
	}
	return domain, namespace, account
}

// parameters returns the names in braces of a path, in order.
func parameters(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			names = append(names, part[1:len(part)-1])
		}
	}
	return names
}
