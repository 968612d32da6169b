package profile

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// jsonVersion is of a count in a profile file, and was of one in a store: an older one must load, a newer one is refused.
// 2 has Release: what knows nothing of it would add up what is kept apart. 3 has Marks, in samples too: what knows nothing of them cannot read those.
// 4 has Words.
const jsonVersion = 4

// countJSON is a count in a profile file: JSON with sorted members, so that the same count is the same bytes.
type countJSON struct {
	V         int                  `json:"v"`
	Operation string               `json:"operation"`
	Suspect   bool                 `json:"suspect,omitempty"`
	Release   uint64               `json:"release,omitempty"`
	Version   string               `json:"version,omitempty"` // as it was written before Versions
	Versions  []string             `json:"versions,omitempty"`
	Calls     uint32               `json:"calls"`
	First     int64                `json:"first"`
	Last      int64                `json:"last"`
	Over      uint32               `json:"over,omitempty"`
	Whole     map[uint8]uint32     `json:"whole,omitempty"`
	Sets      [5]setJSON           `json:"sets"`
	Fields    map[string]fieldJSON `json:"fields"`
	Samples   string               `json:"samples,omitempty"` // see packSamples
	Words     []wordJSON           `json:"words,omitempty"`
}

// wordJSON is a value that tells an operation of a path from the others.
type wordJSON struct {
	Field string `json:"field"`
	Hash  string `json:"hash"`
	Text  string `json:"text"`
}

type fieldJSON struct {
	Name     string                 `json:"name"`
	Parent   string                 `json:"parent,omitempty"`
	Root     inspect.Root           `json:"root"`
	Calls    uint32                 `json:"calls"`
	Kinds    map[decode.Kind]uint32 `json:"kinds,omitempty"`
	Wraps    map[string]uint32      `json:"wraps,omitempty"`
	Opened   uint32                 `json:"opened,omitempty"`
	Findings map[string]uint32      `json:"findings,omitempty"`
	Values   uint32                 `json:"values,omitempty"`
	Classes  map[uint8]uint32       `json:"classes,omitempty"`
	Pairs    map[uint16]uint32      `json:"pairs,omitempty"`
	Lengths  map[uint16]uint32      `json:"lengths,omitempty"`
	Numbers  map[int16]uint32       `json:"numbers,omitempty"`
	Forms    map[sketch.Form]uint32 `json:"forms,omitempty"`
	Marks    map[uint16]uint32      `json:"marks,omitempty"`
	Closed   setJSON                `json:"closed"`
}

type setJSON struct {
	Counts map[string]uint32 `json:"counts,omitempty"`
	Over   uint32            `json:"over,omitempty"`
}

func hexKey(h uint64) string { return strconv.FormatUint(h, 16) }

func hexKeys(t sketch.Tally[uint64]) map[string]uint32 {
	if len(t) == 0 {
		return nil
	}
	out := make(map[string]uint32, len(t))
	for h, n := range t.All() {
		out[hexKey(h)] = n
	}
	return out
}

func fromHex(m map[string]uint32) (sketch.Tally[uint64], error) {
	out := make(map[uint64]uint32, len(m))
	for text, n := range m {
		h, err := strconv.ParseUint(text, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("hash %q: %w", text, err)
		}
		out[h] = n
	}
	return sketch.TallyOf(out), nil
}

func setOut(s *sketch.Set) setJSON { return setJSON{Counts: hexKeys(s.Counts), Over: s.Over} }

func (s setJSON) set() (sketch.Set, error) {
	counts, err := fromHex(s.Counts)
	return sketch.Set{Counts: counts, Over: s.Over}, err
}

// text returns a count as a profile file has it.
func (c *count) text() ([]byte, error) {
	w := countJSON{
		V: jsonVersion, Operation: c.Operation, Suspect: c.Suspect, Release: c.Release, Versions: c.Versions, Calls: c.Calls, First: c.First, Last: c.Last, Over: c.Over, Whole: c.Whole.Map(),
		Fields: make(map[string]fieldJSON, len(c.Fields)),
	}
	for i := range c.Sets {
		w.Sets[i] = setOut(&c.Sets[i])
	}
	for key, f := range c.Fields {
		w.Fields[hexKey(key)] = fieldJSON{
			Name: f.Name, Parent: hexKey(f.Parent), Root: f.Root, Calls: f.Calls, Kinds: f.Kinds.Map(), Wraps: hexKeys(f.Wraps), Opened: f.Opened, Findings: f.Findings.Map(),
			Values: f.Values, Classes: f.Classes.Map(), Pairs: f.Pairs.Map(), Lengths: f.Lengths.Map(), Numbers: f.Numbers.Map(), Forms: f.Forms.Map(), Marks: f.Marks.Map(), Closed: setOut(&f.Closed),
		}
	}
	for _, s := range c.Words {
		w.Words = append(w.Words, wordJSON{hexKey(s.field), hexKey(s.hash), s.text})
	}
	var err error
	if w.Samples, err = packSamples(c.Samples); err != nil {
		return nil, err
	}
	return json.Marshal(w)
}

// parseCount reads a count of a profile file.
func parseCount(data []byte) (*count, error) {
	var r countJSON
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("profile: count: %w", err)
	}
	if r.V < 1 || r.V > jsonVersion {
		return nil, fmt.Errorf("profile: count of version %d, this program reads up to %d: %w", r.V, jsonVersion, ErrNewer)
	}
	c := &count{
		Operation: r.Operation, Suspect: r.Suspect, Release: r.Release, Calls: r.Calls, First: r.First, Last: r.Last, Over: r.Over, Whole: sketch.TallyOf(r.Whole),
		Fields: make(map[uint64]*field, len(r.Fields)),
	}
	for _, v := range append(r.Versions, r.Version) {
		c.version(v)
	}
	var err error
	for i := range r.Sets {
		if c.Sets[i], err = r.Sets[i].set(); err != nil {
			return nil, fmt.Errorf("profile: count of %q: %w", r.Operation, err)
		}
	}
	for text, f := range r.Fields {
		key, err := strconv.ParseUint(text, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("profile: count of %q: field %q: %w", r.Operation, text, err)
		}
		if c.Fields[key], err = f.field(); err != nil {
			return nil, fmt.Errorf("profile: count of %q: field %q: %w", r.Operation, text, err)
		}
	}
	if err := c.unpackSamples(r.Samples); err != nil {
		return nil, fmt.Errorf("profile: count of %q: %w", r.Operation, err)
	}
	for _, w := range r.Words {
		s, err := w.spelling()
		if err != nil {
			return nil, fmt.Errorf("profile: count of %q: word: %w", r.Operation, err)
		}
		c.spell(s)
	}
	c.weigh()
	if r.V < 4 {
		c.noteMore()
	}
	return c, nil
}

func (w *wordJSON) spelling() (s spelling, err error) {
	if s.field, err = strconv.ParseUint(w.Field, 16, 64); err == nil {
		s.hash, err = strconv.ParseUint(w.Hash, 16, 64)
	}
	s.text = w.Text
	return s, err
}

func (f *fieldJSON) field() (*field, error) {
	parent, err := strconv.ParseUint(f.Parent, 16, 64)
	if err != nil {
		return nil, err
	}
	wraps, err := fromHex(f.Wraps)
	if err != nil {
		return nil, err
	}
	closed, err := f.Closed.set()
	if err != nil {
		return nil, err
	}
	read := &field{
		Name: f.Name, Parent: parent, Root: f.Root, Calls: f.Calls, Kinds: sketch.TallyOf(f.Kinds), Wraps: wraps, Opened: f.Opened, Findings: sketch.TallyOf(f.Findings),
		Values: f.Values, Classes: sketch.TallyOf(f.Classes), Pairs: sketch.TallyOf(f.Pairs), Lengths: sketch.TallyOf(f.Lengths), Numbers: sketch.TallyOf(f.Numbers), Forms: sketch.TallyOf(f.Forms),
		Marks: sketch.TallyOf(f.Marks), Closed: closed,
	}
	if !read.sound() {
		return nil, errCount
	}
	return read, nil
}

// packSamples writes samples as base64 of deflated numbers: for each the id, what was not read, and the leaves.
func packSamples(list []*kept) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	p := packer{texts: map[string]int{}}
	p.uvarint(uint64(len(list)))
	var room []leaf
	for _, k := range list {
		f := k.features(room)
		p.u64(f.ID)
		p.byte(f.Whole)
		p.uvarint(uint64(len(f.Leaves)))
		for i := range f.Leaves {
			if p.leaf(&f.Leaves[i], i); f.Leaves[i].Value != nil {
				p.value(f.Leaves[i].Value)
			}
		}
		room = f.Leaves
	}
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, 6)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(p.b); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// unpackSamples reads what packSamples wrote.
func (c *count) unpackSamples(text string) error {
	if text == "" {
		return nil
	}
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("samples: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 1<<28))
	if err != nil {
		return fmt.Errorf("samples: %w", err)
	}
	u := unpacker{b: b}
	for range u.size() {
		f := &features{ID: u.u64(), Whole: u.byte()}
		f.Leaves = make([]leaf, u.size())
		for i := range f.Leaves {
			if u.leaf(&f.Leaves[i], i, len(f.Leaves)) {
				f.Leaves[i].Value = u.value()
			}
		}
		if u.bad {
			return errCount
		}
		c.Samples = append(c.Samples, c.keep(f, false))
	}
	return nil
}
