package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
)

// Record is one call that took place.
type Record struct {
	ID          string
	Time        time.Time // zero where the recording does not say
	Source      string    // SPIFFE ID of the caller, "" where unknown
	Destination string    // SPIFFE ID of the callee, "" where unknown
	Version     string    // of the callee
	Protocol    string    // HTTP/1.1, HTTP/2, …
	Method      string
	Host        string
	Path        string // as sent, with its query
	Headers     []inspect.Header
	Body        []byte
	Cut         bool // Body is only the beginning of what was sent
	Status      int  // HTTP status, 0 where the recording does not say
	GRPCStatus  int  // −1 where there was none
}

// wire is a Record as it is written.
type wire struct {
	ID          string          `json:"id,omitempty"`
	Time        string          `json:"time,omitempty"`
	Source      string          `json:"source,omitempty"`
	Destination string          `json:"destination,omitempty"`
	Version     string          `json:"version,omitempty"`
	Protocol    string          `json:"protocol,omitempty"`
	Method      *string         `json:"method"`
	Host        string          `json:"host,omitempty"`
	Path        *string         `json:"path"` // a broken client may send an empty one
	Headers     json.RawMessage `json:"headers,omitempty"`
	Body        *string         `json:"body,omitempty"`
	BodyBase64  *string         `json:"body_base64,omitempty"`
	Cut         bool            `json:"cut,omitempty"`
	Status      int             `json:"status,omitempty"`
	GRPCStatus  *int            `json:"grpc_status,omitempty"`
}

// UnmarshalJSON reads one record. Keys it does not know are ignored; only method and path are needed.
func (r *Record) UnmarshalJSON(line []byte) error {
	if !utf8.Valid(line) {
		return errors.New("not UTF-8 (a body of bytes goes into body_base64)")
	}
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		return err
	}
	if w.Method == nil || w.Path == nil {
		return errors.New("a record needs method and path")
	}
	*r = Record{
		ID: w.ID, Source: w.Source, Destination: w.Destination, Version: w.Version, Protocol: w.Protocol,
		Method: *w.Method, Host: w.Host, Path: *w.Path, Cut: w.Cut, Status: w.Status, GRPCStatus: -1,
	}
	if w.GRPCStatus != nil {
		r.GRPCStatus = *w.GRPCStatus
	}
	var err error
	if w.Time != "" {
		if r.Time, err = time.Parse(time.RFC3339Nano, w.Time); err != nil {
			return fmt.Errorf("time: %w", err)
		}
	}
	if r.Headers, err = headers(w.Headers); err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	r.Body, err = w.body()
	return err
}

func (w *wire) body() ([]byte, error) {
	if w.BodyBase64 == nil || *w.BodyBase64 == "" {
		if w.Body == nil {
			return nil, nil
		}
		return []byte(*w.Body), nil
	}
	if w.Body != nil && *w.Body != "" {
		return nil, errors.New("body and body_base64 are both given")
	}
	body, err := base64.StdEncoding.DecodeString(*w.BodyBase64)
	if err != nil {
		return nil, fmt.Errorf("body_base64: %w", err)
	}
	return body, nil
}

// headers reads an object of strings or arrays of strings in its order; a name given twice is kept twice.
func headers(raw []byte) ([]inspect.Header, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var list []inspect.Header
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		values, ok := value.([]any)
		if !ok {
			values = []any{value}
		}
		for _, v := range values {
			text, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("%q is neither a string nor an array of strings", name)
			}
			list = append(list, header(name, text))
		}
	}
	return list, nil
}

func header(name, value string) inspect.Header {
	return inspect.Header{Name: []byte(strings.ToLower(name)), Value: []byte(value)}
}

// Append writes the record as one line of JSON, with its newline, to dst.
func (r *Record) Append(dst []byte) ([]byte, error) {
	w := wire{
		ID: r.ID, Source: r.Source, Destination: r.Destination, Version: r.Version, Protocol: r.Protocol,
		Method: &r.Method, Host: r.Host, Path: &r.Path, Cut: r.Cut, Status: r.Status,
	}
	if !r.Time.IsZero() {
		w.Time = r.Time.UTC().Format(time.RFC3339Nano)
	}
	if r.GRPCStatus >= 0 {
		w.GRPCStatus = &r.GRPCStatus
	}
	if utf8.Valid(r.Body) {
		if text := string(r.Body); text != "" {
			w.Body = &text
		}
	} else {
		text := base64.StdEncoding.EncodeToString(r.Body)
		w.BodyBase64 = &text
	}
	var err error
	if w.Headers, err = headersJSON(r.Headers); err != nil {
		return dst, err
	}
	out := bytes.NewBuffer(dst)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(&w); err != nil {
		return dst, fmt.Errorf("record: %w", err)
	}
	return out.Bytes(), nil
}

// headersJSON writes headers as an object in their order of arrival; a name's values are gathered at its first place.
func headersJSON(list []inspect.Header) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var names []string
	values := make(map[string][]string, len(list))
	for _, h := range list {
		name := string(h.Name)
		if _, ok := values[name]; !ok {
			names = append(names, name)
		}
		values[name] = append(values[name], string(h.Value))
	}
	out := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		var value any = values[name]
		if len(values[name]) == 1 {
			value = values[name][0]
		}
		k, err := json.Marshal(name)
		if err != nil {
			return nil, fmt.Errorf("record: header %q: %w", name, err)
		}
		v, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("record: header %q: %w", name, err)
		}
		out = append(append(append(out, k...), ':'), v...)
	}
	return append(out, '}'), nil
}

// Call is the recorded call as a proxy would have shown it. Its bytes are the record's.
func (r *Record) Call() envoy.Call {
	c := envoy.Call{ID: r.ID, At: r.Time, Version: r.Version, Protocol: r.Protocol, Edge: profile.Edge{From: r.Source, To: r.Destination}}
	if c.Edge.From == "" {
		c.Edge.From = profile.Unknown
	}
	if c.Edge.To == "" {
		c.Edge.To = profile.Unknown
	}
	c.Message = inspect.Message{Method: []byte(r.Method), Host: []byte(r.Host), Path: []byte(r.Path), Header: r.Headers, Body: r.Body, Cut: r.Cut, Size: -1}
	if string(c.Message.Get("x-envoy-auth-partial-body")) == "true" {
		c.Message.Cut = true
	}
	if c.Message.Cut {
		if n, err := strconv.ParseInt(string(c.Message.Get("content-length")), 10, 64); err == nil && n >= int64(len(r.Body)) {
			c.Message.Size = n
		}
	}
	return c
}

// EndedWell says whether the call succeeded: HTTP 2xx or 3xx and grpc-status 0, where the record says anything of it.
func (r *Record) EndedWell() bool {
	return (r.Status == 0 || r.Status >= 200 && r.Status < 400) && r.GRPCStatus <= 0
}
