package inspect

// Message is one request as its sender wrote it. Its bytes belong to the caller and must stay as they are until Free.
type Message struct {
	Method []byte
	Host   []byte   // authority; a field like others, never an identity
	Path   []byte   // the request target as sent, still escaped, with its query: /a/b?c=d
	Header []Header // in order of arrival, duplicates kept, names in lower case, no pseudo headers
	Body   []byte
	Cut    bool  // the proxy sent only the body's beginning
	Size   int64 // length of the whole body in bytes where the sender declared it, else -1
}

// Header is one header field line.
type Header struct{ Name, Value []byte }

// Get returns the first value of the header called name (lower case), or nil.
func (m *Message) Get(name string) []byte {
	for i := range m.Header {
		if string(m.Header[i].Name) == name {
			return m.Header[i].Value
		}
	}
	return nil
}
