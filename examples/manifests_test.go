// Package examples holds the manifests to what they speak of: Envoy's messages and Postern's variables.
package examples

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	extauthzv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// documents reads every document of the manifests.
func documents(t *testing.T) map[string][]map[string]any {
	t.Helper()
	files, err := filepath.Glob("*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range bytes.Split(text, []byte("\n---\n")) {
			var document map[string]any
			if err := yaml.Unmarshal(part, &document); err != nil {
				t.Fatalf("%s, document %d: %v", file, i+1, err)
			}
			all[file] = append(all[file], document)
		}
	}
	return all
}

// Each filter setting of the EnvoyFilters is one that Envoy's messages have.
func TestEnvoyFilters(t *testing.T) {
	types := map[string]proto.Message{"ExtAuthz": &extauthzv3.ExtAuthz{}, "ExtAuthzPerRoute": &extauthzv3.ExtAuthzPerRoute{}}
	checked := 0
	for _, document := range documents(t)["istio/envoyfilter.yaml"] {
		each(document, func(node map[string]any) {
			kind, ok := node["@type"].(string)
			if !ok {
				return
			}
			message, known := types[kind[strings.LastIndex(kind, ".")+1:]]
			if !known {
				t.Errorf("no such message: %s", kind)
				return
			}
			delete(node, "@type")
			text, err := json.Marshal(node)
			if err != nil {
				t.Fatal(err)
			}
			if err := protojson.Unmarshal(text, message); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			checked++
		})
	}
	if checked != 3 {
		t.Errorf("%d messages checked, want 3", checked)
	}
}

func each(node any, f func(map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		f(node)
		for _, below := range node {
			each(below, f)
		}
	case []any:
		for _, below := range node {
			each(below, f)
		}
	}
}

// Each variable that a manifest or a README names is one that README's table lists.
func TestVariables(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	documents(t) // all can be read
	name := regexp.MustCompile(`POSTERN_[A-Z_]+[A-Z]`)
	seen := 0
	for _, pattern := range []string{"*/*.yaml", "*/README.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, variable := range name.FindAll(text, -1) {
				seen++
				if !bytes.Contains(readme, append([]byte("`"), append(variable, '`')...)) {
					t.Errorf("%s names %s, which README does not list", file, variable)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d variables seen: is the test looking in the right place?", seen)
	}
}
