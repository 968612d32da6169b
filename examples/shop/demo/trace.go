package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// span is one of Jaeger's, as its query API gives it.
type span struct {
	ID         string `json:"spanID"`
	Name       string `json:"operationName"`
	Start      int64  `json:"startTime"` // microseconds since 1970
	Duration   int64  `json:"duration"`  // microseconds
	Process    string `json:"processID"`
	References []struct {
		Type string `json:"refType"`
		Span string `json:"spanID"`
	} `json:"references"`
	Tags []tag `json:"tags"`
	Logs []struct {
		Fields []tag `json:"fields"`
	} `json:"logs"`

	service string
}

type tag struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

func (s *span) parent() string {
	for _, r := range s.References {
		if r.Type == "CHILD_OF" {
			return r.Span
		}
	}
	return ""
}

// traceparent returns a new trace's id and the header that begins it, sampled (W3C Trace Context).
func traceparent() (id, header string) {
	id = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	return id, fmt.Sprintf("00-%s-%016x-01", id, rand.Uint64()|1)
}

// traceURL is where a trace is to be had.
func (s *shop) traceURL(id string) string { return "http://" + s.jaeger + "/api/traces/" + id }

// trace asks Jaeger for a trace until whole says it has all of it, or a while has passed: spans arrive in batches of each process's own.
func (s *shop) trace(ctx context.Context, id string, whole func([]span) bool) ([]span, error) {
	var spans []span
	var err error
	for end := time.Now().Add(12 * time.Second); time.Now().Before(end); {
		if spans, err = s.askJaeger(ctx, id); err == nil && whole(spans) {
			return spans, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
	return spans, err
}

func (s *shop) askJaeger(ctx context.Context, id string) ([]span, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.traceURL(id), nil)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("demo: jaeger: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	var answer struct {
		Data []struct {
			Spans     []span `json:"spans"`
			Processes map[string]struct {
				Service string `json:"serviceName"`
			} `json:"processes"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("demo: jaeger: %w", err)
	}
	var spans []span
	for _, trace := range answer.Data {
		for _, sp := range trace.Spans {
			sp.service = trace.Processes[sp.Process].Service
			spans = append(spans, sp)
		}
	}
	return spans, nil
}

// tree prints spans as a tree: who did what, how long it took, and what Postern found.
func tree(spans []span) string {
	children := map[string][]*span{}
	known := map[string]bool{}
	for i := range spans {
		known[spans[i].ID] = true
	}
	for i := range spans {
		parent := spans[i].parent()
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], &spans[i])
	}
	var b strings.Builder
	var walk func(parent, indent string)
	walk = func(parent, indent string) {
		below := children[parent]
		slices.SortFunc(below, func(a, b *span) int { return cmp.Compare(a.Start, b.Start) })
		for i, s := range below {
			branch, next := "├─ ", "│  "
			if i == len(below)-1 {
				branch, next = "└─ ", "   "
			}
			fmt.Fprintf(&b, "%s%s%-10s %s  %.1f ms%s\n", indent, branch, s.service, s.Name, float64(s.Duration)/1000, remarks(s.Tags))
			for _, layer := range layers(s) {
				fmt.Fprintf(&b, "%s%s   · %s\n", indent, next, layer)
			}
			walk(s.ID, indent+next)
		}
	}
	walk("", "")
	return b.String()
}

// told are the attributes of Postern's spans and events that the tree shows; the rest is in Jaeger.
func told(key string) (name string, shown bool) {
	name, ours := strings.CutPrefix(key, "postern.")
	switch {
	case !ours:
		return key, key == "http.status_code" || key == "ext_authz_status"
	case strings.HasPrefix(name, "score."), strings.HasPrefix(name, "bytes."):
		return name, true
	}
	return name, slices.Contains([]string{"verdict", "mode", "score", "nodes", "path", "format", "fault"}, name)
}

// remarks are the few tags that tell the story. What is zero or empty is left out.
func remarks(tags []tag) string {
	var b strings.Builder
	for _, t := range tags {
		name, shown := told(t.Key)
		value := fmt.Sprint(t.Value)
		if f, ok := t.Value.(float64); ok {
			value = strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
		}
		switch {
		case !shown || value == "" || value == "0":
		case t.Key == name: // Envoy's own
			b.WriteString("  " + value)
		default:
			b.WriteString("  " + name + "=" + value)
		}
	}
	return b.String()
}

// layers are the layers that Postern's inspect span tells of, each on a line.
func layers(s *span) []string {
	var lines []string
	for _, log := range s.Logs {
		for _, field := range log.Fields {
			if field.Key == "event" && field.Value == "layer" {
				lines = append(lines, "layer"+remarks(log.Fields))
			}
		}
	}
	return lines
}
