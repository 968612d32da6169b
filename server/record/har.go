package record

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"postern/inspect"
)

// isHAR tells a HAR file (HTTP Archive 1.2) from JSON Lines: it is one object whose first member is "log".
func isHAR(in *bufio.Reader) bool {
	head, _ := in.Peek(4096) // shorter at the file's end
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	head, brace := bytes.CutPrefix(head, []byte("{"))
	head, key := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte(`"log"`))
	head, colon := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte(":"))
	return brace && key && colon && bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{"))
}

// entry is the part of a HAR entry that we read.
type entry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		Method, URL string
		HTTPVersion string `json:"httpVersion"`
		Headers     []struct{ Name, Value string }
		PostData    *struct {
			MimeType string `json:"mimeType"`
			Text     string
			Encoding string // "base64": an extension of several recorders
			Params   []struct{ Name, Value string }
		} `json:"postData"`
	}
	Response struct{ Status int }
}

// har reads the entries one by one. Where the JSON itself is broken nothing after it can be found, and that is an error of the file.
func (r *Reader) har(in *bufio.Reader, record func(*Record) error, bad func(*LineError)) error {
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // just peeked
	}
	d := json.NewDecoder(in)
	if err := findEntries(d); err != nil {
		return fmt.Errorf("record: har: %w", err)
	}
	for number := 1; d.More(); number++ {
		r.number++
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("record: har: entry %d: %w", number, err)
		}
		var e entry
		err := json.Unmarshal(raw, &e)
		var one *Record
		if err == nil {
			one, err = e.record()
		}
		if err != nil {
			bad(&LineError{number, err})
		} else if stop := r.give(one, record); stop != nil {
			return stop
		}
	}
	return nil
}

// findEntries reads up to the first entry of log.entries.
func findEntries(d *json.Decoder) error {
	for _, name := range []string{"log", "entries"} {
		if t, err := d.Token(); err != nil || t != json.Delim('{') {
			return errors.Join(errors.New("not an object"), err)
		}
		for {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if key == json.Delim('}') {
				return fmt.Errorf("no %q", name)
			}
			if key == name {
				break
			}
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.Join(errors.New("entries is not an array"), err)
	}
	return nil
}

func (e *entry) record() (*Record, error) {
	q := &e.Request
	if q.Method == "" || q.URL == "" {
		return nil, errors.New("an entry needs request.method and request.url")
	}
	r := &Record{Method: q.Method, Protocol: q.HTTPVersion, GRPCStatus: -1, Status: max(0, e.Response.Status)}
	if e.Started != "" {
		t, err := time.Parse(time.RFC3339Nano, e.Started)
		if err != nil {
			return nil, fmt.Errorf("startedDateTime: %w", err)
		}
		r.Time = t
	}
	r.Host, r.Path = splitURL(q.URL)
	for _, h := range q.Headers {
		if strings.HasPrefix(h.Name, ":") { // HTTP/2's own; they are method, host and path
			continue
		}
		r.Headers = append(r.Headers, header(h.Name, h.Value))
	}
	if q.PostData == nil {
		return r, nil
	}
	r.Body = []byte(q.PostData.Text)
	if q.PostData.Encoding == "base64" {
		var err error
		if r.Body, err = base64.StdEncoding.DecodeString(q.PostData.Text); err != nil {
			return nil, fmt.Errorf("postData: %w", err)
		}
	}
	if len(r.Body) == 0 {
		form := make([]string, 0, len(q.PostData.Params))
		for _, p := range q.PostData.Params {
			form = append(form, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
		}
		r.Body = []byte(strings.Join(form, "&"))
	}
	if m := (inspect.Message{Header: r.Headers}); q.PostData.MimeType != "" && m.Get("content-type") == nil {
		r.Headers = append(r.Headers, header("content-type", q.PostData.MimeType))
	}
	return r, nil
}

// splitURL cuts an absolute URL into host and request target without changing a byte of the target; the fragment is never sent.
func splitURL(text string) (host, path string) {
	path, _, _ = strings.Cut(text, "#")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		cut := strings.IndexAny(rest, "/?")
		if cut < 0 {
			cut = len(rest)
		}
		host, path = rest[:cut], rest[cut:]
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			host = host[at+1:]
		}
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return host, path
}
