package profile

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// codecVersion is of the stored form of a count. An older one must load; a newer one is refused. 2 has Release: what knows nothing of it would add up what is kept apart.
const codecVersion = 2

// countJSON is the stored form of a count: JSON with sorted members, so that the same count is the same bytes.
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
	Closed   setJSON                `json:"closed"`
}

type setJSON struct {
	Counts map[string]uint32 `json:"counts,omitempty"`
	Over   uint32            `json:"over,omitempty"`
}

func hexKey(h uint64) string { return strconv.FormatUint(h, 16) }

func hexKeys(m map[uint64]uint32) map[string]uint32 {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]uint32, len(m))
	for h, n := range m {
		out[hexKey(h)] = n
	}
	return out
}

func fromHex(m map[string]uint32) (map[uint64]uint32, error) {
	out := make(map[uint64]uint32, len(m))
	for text, n := range m {
		h, err := strconv.ParseUint(text, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("hash %q: %w", text, err)
		}
		out[h] = n
	}
	return out, nil
}

func setOut(s *sketch.Set) setJSON { return setJSON{Counts: hexKeys(s.Counts), Over: s.Over} }

func (s setJSON) set() (sketch.Set, error) {
	counts, err := fromHex(s.Counts)
	return sketch.Set{Counts: counts, Over: s.Over}, err
}

// encode returns the stored form of a count.
func (c *count) encode() ([]byte, error) {
	w := countJSON{
		V: 1, Operation: c.Operation, Suspect: c.Suspect, Release: c.Release, Versions: c.Versions, Calls: c.Calls, First: c.First, Last: c.Last, Over: c.Over, Whole: c.Whole,
		Fields: make(map[string]fieldJSON, len(c.Fields)),
	}
	if c.Release > 0 {
		w.V = codecVersion
	}
	for i := range c.Sets {
		w.Sets[i] = setOut(&c.Sets[i])
	}
	for key, f := range c.Fields {
		w.Fields[hexKey(key)] = fieldJSON{
			Name: f.Name, Parent: hexKey(f.Parent), Root: f.Root, Calls: f.Calls, Kinds: f.Kinds, Wraps: hexKeys(f.Wraps), Opened: f.Opened, Findings: f.Findings,
			Values: f.Values, Classes: f.Classes, Pairs: f.Pairs, Lengths: f.Lengths, Numbers: f.Numbers, Forms: f.Forms, Closed: setOut(&f.Closed),
		}
	}
	var err error
	if w.Samples, err = packSamples(c.Samples); err != nil {
		return nil, err
	}
	return json.Marshal(w)
}

// decodeCount reads a stored count.
func decodeCount(data []byte) (*count, error) {
	var r countJSON
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("profile: count: %w", err)
	}
	if r.V < 1 || r.V > codecVersion {
		return nil, fmt.Errorf("profile: count of version %d, this program reads up to %d", r.V, codecVersion)
	}
	c := &count{
		Operation: r.Operation, Suspect: r.Suspect, Release: r.Release, Calls: r.Calls, First: r.First, Last: r.Last, Over: r.Over, Whole: orEmpty(r.Whole),
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
	if c.Samples, err = unpackSamples(r.Samples, r.Operation); err != nil {
		return nil, fmt.Errorf("profile: count of %q: %w", r.Operation, err)
	}
	return c, nil
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
	return &field{
		Name: f.Name, Parent: parent, Root: f.Root, Calls: f.Calls, Kinds: orEmpty(f.Kinds), Wraps: wraps, Opened: f.Opened, Findings: orEmpty(f.Findings),
		Values: f.Values, Classes: orEmpty(f.Classes), Pairs: orEmpty(f.Pairs), Lengths: orEmpty(f.Lengths), Numbers: orEmpty(f.Numbers), Forms: orEmpty(f.Forms),
		Closed: closed,
	}, err
}

func orEmpty[K comparable](m map[K]uint32) map[K]uint32 {
	if m == nil {
		return map[K]uint32{}
	}
	return m
}

// packSamples writes samples as base64 of deflated numbers: for each the id, what was not read, and the leaves.
func packSamples(list []*features) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	var b []byte
	names := map[string]int{}
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, f := range list {
		b = binary.BigEndian.AppendUint64(b, f.ID)
		b = append(b, f.Whole)
		b = binary.AppendUvarint(b, uint64(len(f.Leaves)))
		for i := range f.Leaves {
			b = packLeaf(b, &f.Leaves[i], i, names)
		}
	}
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, 6)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(b); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// packText writes a text once, and its number from then on.
func packText(b []byte, s string, texts map[string]int) []byte {
	if i, ok := texts[s]; ok {
		return binary.AppendUvarint(b, uint64(i)) //nolint:gosec // not negative
	}
	b = binary.AppendUvarint(b, uint64(len(texts)))
	texts[s] = len(texts)
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func packLeaf(b []byte, l *leaf, i int, texts map[string]int) []byte {
	b = binary.BigEndian.AppendUint64(b, l.Field)
	b = binary.BigEndian.AppendUint64(b, l.Parent)
	b = binary.AppendUvarint(b, l.Wrap)
	b = binary.AppendUvarint(b, uint64(int(l.End)-i)) //nolint:gosec // End is after i
	flags := byte(0)
	if l.Opened {
		flags |= 1
	}
	if l.Value != nil {
		flags |= 2
	}
	b = append(b, byte(l.Kind), byte(l.Root), flags, byte(len(l.Found))) //nolint:gosec // few findings a node
	for _, x := range l.Found[:len(l.Found)&0xff] {
		b = packText(b, x.Class, texts)
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(x.Score))
	}
	v := l.Value
	if v == nil {
		return b
	}
	flags = 0
	if v.Numeric {
		flags |= 1
	}
	if v.Open {
		flags |= 2
	}
	b = append(b, flags, byte(v.Form))
	b = binary.BigEndian.AppendUint64(b, v.Hash)
	b = binary.AppendUvarint(b, v.Classes)
	b = binary.AppendUvarint(b, uint64(v.Length))
	b = binary.AppendVarint(b, int64(v.Number))
	b = binary.AppendUvarint(b, uint64(len(v.Pairs)))
	for _, p := range v.Pairs {
		b = binary.AppendUvarint(b, uint64(p))
	}
	return b
}

var errSamples = errors.New("samples are damaged")

// unpackSamples reads what packSamples wrote.
func unpackSamples(text, operation string) (list []*features, err error) {
	if text == "" {
		return nil, nil
	}
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 1<<28))
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	u := unpacker{b: b}
	for range u.size() {
		f := &features{Operation: operation, ID: u.u64(), Whole: u.byte()}
		f.Leaves = make([]leaf, u.size())
		for i := range f.Leaves {
			u.leaf(&f.Leaves[i], i, len(f.Leaves))
		}
		if u.bad {
			return nil, errSamples
		}
		list = append(list, f)
	}
	return list, nil
}

// unpacker reads numbers; once it is bad it gives zeros.
type unpacker struct {
	b     []byte
	texts []string
	bad   bool
}

func (u *unpacker) need(n int) bool {
	if n > len(u.b) {
		u.bad, u.b = true, nil
	}
	return !u.bad
}

func (u *unpacker) byte() (x byte) {
	if u.need(1) {
		x, u.b = u.b[0], u.b[1:]
	}
	return x
}

func (u *unpacker) u64() (x uint64) {
	if u.need(8) {
		x, u.b = binary.BigEndian.Uint64(u.b), u.b[8:]
	}
	return x
}

func (u *unpacker) uvarint() uint64 {
	x, n := binary.Uvarint(u.b)
	if n <= 0 || u.bad {
		u.bad = true
		return 0
	}
	u.b = u.b[n:]
	return x
}

// size is a count of things that take at least a byte each.
func (u *unpacker) size() int {
	x := u.uvarint()
	if x > uint64(len(u.b)) {
		u.bad = true
		return 0
	}
	return int(x) //nolint:gosec // bounded by len
}

func (u *unpacker) text() string {
	i := u.uvarint()
	if i < uint64(len(u.texts)) {
		return u.texts[i]
	}
	n := u.size()
	if !u.need(n) {
		return ""
	}
	s := string(u.b[:n])
	u.b = u.b[n:]
	u.texts = append(u.texts, s)
	return s
}

func (u *unpacker) leaf(l *leaf, i, n int) {
	l.Field, l.Parent, l.Wrap = u.u64(), u.u64(), u.uvarint()
	l.End = int32(i) + int32(u.uvarint()&0xffff) //nolint:gosec // checked below
	if l.End <= int32(i) || l.End > int32(n) {   //nolint:gosec // as above
		u.bad = true
		return
	}
	l.Kind, l.Root = decode.Kind(u.byte()&15), inspect.Root(u.byte()%5)
	flags := u.byte()
	l.Opened = flags&1 != 0
	for range u.byte() {
		l.Found = append(l.Found, found{Class: u.text()})
		if u.need(4) {
			l.Found[len(l.Found)-1].Score = math.Float32frombits(binary.BigEndian.Uint32(u.b))
			u.b = u.b[4:]
		}
	}
	if flags&2 == 0 {
		return
	}
	v := &value{}
	l.Value = v
	flags = u.byte()
	v.Numeric, v.Open = flags&1 != 0, flags&2 != 0
	v.Form = sketch.Form(u.byte())
	v.Hash, v.Classes = u.u64(), u.uvarint()&(1<<sketch.Classes-1)
	v.Length = uint16(u.uvarint()) //nolint:gosec // a bucket
	number, size := binary.Varint(u.b)
	if size <= 0 {
		u.bad = true
		return
	}
	u.b = u.b[size:]
	v.Number = int16(number) //nolint:gosec // a bucket
	v.Pairs = make([]uint16, u.size())
	for i := range v.Pairs {
		v.Pairs[i] = uint16(u.uvarint() % (sketch.Classes * sketch.Classes))
	}
}
