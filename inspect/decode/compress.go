package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Inflater holds the readers of the compressed formats from one use to the next. A Sink that has a method Inflater() *Inflater lends its own.
type Inflater struct {
	src    bytes.Reader
	gzip   *gzip.Reader
	flate  io.ReadCloser
	zlib   io.ReadCloser
	zstd   *zstd.Decoder
	brotli *brotli.Reader
	out    []byte
}

func inflater(s Sink) *Inflater {
	if lender, ok := s.(interface{ Inflater() *Inflater }); ok {
		return lender.Inflater()
	}
	return new(Inflater)
}

// step is how much is inflated before the budget is asked again.
const step = 16 << 10

// drain reads r to its end into x.out, or until limit bytes. It says why it stopped.
func (x *Inflater) drain(r io.Reader, limit int, s Sink) Fault {
	for {
		if len(x.out) >= limit {
			var one [1]byte
			if n, _ := r.Read(one[:]); n == 0 {
				n, _ = r.Read(one[:])
				if n == 0 {
					return OK
				}
			}
			return Limit
		}
		if cap(x.out)-len(x.out) < step/4 {
			grown := make([]byte, len(x.out), 2*cap(x.out)+step)
			copy(grown, x.out)
			x.out = grown
		}
		n, err := r.Read(x.out[len(x.out):min(cap(x.out), limit, len(x.out)+step)])
		x.out = x.out[:len(x.out)+n]
		if !s.Work(n + 1) {
			return Limit
		}
		if err != nil {
			return faultOf(err, s)
		}
	}
}

// faultOf says what an error of a reader means.
func faultOf(err error, s Sink) Fault {
	if err == io.EOF { //nolint:errorlint // the common case, unwrapped by contract of io.Reader
		return OK
	}
	if _, corrupt := err.(flate.CorruptInputError); corrupt { //nolint:errorlint // returned as it is
		return Syntax
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Cut
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		s.Note(ChecksumBad)
		return OK
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return Limit
	}
	return Syntax
}

// inflated gives what x.out holds to s, from n bytes of the input.
func (x *Inflater) inflated(n int, f Fault, s Sink) (int, Fault) {
	out := x.out
	if cap(x.out) > kept {
		x.out = nil
	} else {
		x.out = x.out[:0]
	}
	if len(out) == 0 && f == Syntax {
		return 0, f
	}
	dst := s.Grow(len(out))
	if dst == nil {
		return n, Limit
	}
	copy(dst, out)
	if !s.Leaf(nil, Bytes, dst, n) {
		return n, Limit
	}
	return n, f
}

// kept is how large a buffer is kept from one use to the next.
const kept = 1 << 20

func sniffGzip(src []byte) bool { return src[0] == 0x1f && src[1] == 0x8b && src[2] == 8 }

// Gzip inflates all members of a gzip file.
func Gzip(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.src.Reset(src)
	x.out = x.out[:0]
	limit, members, fault := s.Room(len(src)), 0, OK
	for read := 0; fault == OK && x.src.Len() > 0; read = len(src) - x.src.Len() {
		if members > 0 && !bytes.HasPrefix(src[read:], []byte{0x1f, 0x8b}) {
			return x.membersDone(read, members, s)
		}
		err := x.openGzip()
		if err != nil {
			fault = faultOf(err, s)
			if fault == OK {
				fault = Cut
			}
			break
		}
		x.gzip.Multistream(false)
		fault = x.drain(x.gzip, limit, s)
		members++
		if !s.Work(256) { // a member of nothing costs too
			fault = Limit
		}
	}
	n := len(src) - x.src.Len()
	if fault == Cut || fault == Limit {
		n = len(src)
	}
	n, fault = x.inflated(n, fault, s)
	if members > 1 {
		s.Note(Members)
	}
	return n, fault
}

func (x *Inflater) membersDone(read, members int, s Sink) (int, Fault) {
	n, f := x.inflated(read, OK, s)
	if members > 1 {
		s.Note(Members)
	}
	return n, f
}

func (x *Inflater) openGzip() (err error) {
	if x.gzip == nil {
		x.gzip, err = gzip.NewReader(&x.src)
		return err
	}
	return x.gzip.Reset(&x.src)
}

// sniffZlib asks for deflate with its check bits and no dictionary.
func sniffZlib(src []byte) bool {
	return src[0]&0x0f == 8 && src[0]>>4 <= 7 && binary.BigEndian.Uint16(src)%31 == 0 && src[1]&0x20 == 0 && soundDeflate(src[2:])
}

// Zlib inflates a zlib stream.
func Zlib(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.src.Reset(src)
	x.out = x.out[:0]
	var err error
	if x.zlib == nil {
		x.zlib, err = zlib.NewReader(&x.src)
	} else if resetter, ok := x.zlib.(zlib.Resetter); ok {
		err = resetter.Reset(&x.src, nil)
	}
	if err != nil {
		x.zlib = nil
		return 0, Syntax
	}
	f := x.drain(x.zlib, s.Room(len(src)), s)
	n := len(src) - x.src.Len()
	if f == Cut || f == Limit {
		n = len(src)
	}
	return x.inflated(n, f, s)
}

// sniffDeflate says whether src may be deflate to its end. Without a mark of its own, what is cut or wrong somewhere is none.
func sniffDeflate(src []byte) bool {
	return soundDeflate(src) && (src[0]>>1&3 != 1 || soundFixed(src))
}

// soundDeflate says whether src begins with a block that deflate can have: for a stored one its length is there twice, for one with its own codes they are complete.
func soundDeflate(src []byte) bool {
	if len(src) < 3 {
		return false
	}
	switch src[0] >> 1 & 3 {
	case 0:
		return len(src) >= 5 && binary.LittleEndian.Uint16(src[1:]) == ^binary.LittleEndian.Uint16(src[3:])
	case 1:
		return true
	case 3:
		return false
	}
	return completeCodes(src)
}

// completeCodes reads the head of a dynamic block (RFC 1951 §3.2.7): the lengths of the code of the code lengths must fill the code exactly.
func completeCodes(src []byte) bool {
	var head [16]byte // 17 bits and up to 19 lengths of three are wanted
	copy(head[:10], src)
	bit := func(at, n int) uint32 { return binary.LittleEndian.Uint32(head[at/8:]) >> (at % 8) & (1<<n - 1) }
	if bit(3, 5) > 29 || bit(8, 5) > 29 {
		return false
	}
	lengths := int(bit(13, 4)) + 4
	space := 0
	for i := range lengths {
		if l := bit(17+3*i, 3); l > 0 {
			space += 128 >> l
		}
	}
	return space == 128
}

// syncMark is the empty stored block of a flush.
var syncMark = []byte{0, 0, 0xff, 0xff}

// Deflate inflates a raw deflate stream.
func Deflate(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.src.Reset(src)
	x.out = x.out[:0]
	if x.flate == nil {
		x.flate = flate.NewReader(&x.src)
	} else if resetter, ok := x.flate.(flate.Resetter); ok {
		if err := resetter.Reset(&x.src, nil); err != nil {
			return 0, Syntax
		}
	}
	f := x.drain(x.flate, s.Room(len(src)), s)
	n := len(src) - x.src.Len()
	if f == Cut && bytes.HasSuffix(src, syncMark) {
		f = OK // whoever sends a stream ends each message so, and the stream never
	}
	if f == Limit {
		n = len(src)
	}
	return x.inflated(n, f, s)
}

const (
	zstdMagic = 0xfd2fb528
	zstdSkip  = 0x184d2a50 // to …5f: a frame to be skipped
)

func sniffZstd(src []byte) bool {
	magic := binary.LittleEndian.Uint32(src)
	return magic == zstdMagic || magic&^0xf == zstdSkip
}

// Zstd inflates all frames of a zstd file.
func Zstd(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.src.Reset(src)
	x.out = x.out[:0]
	var err error
	if x.zstd == nil {
		x.zstd, err = zstd.NewReader(&x.src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
	} else {
		err = x.zstd.Reset(&x.src)
	}
	if err != nil {
		x.zstd = nil
		return 0, Syntax
	}
	f := x.drain(x.zstd, s.Room(len(src)), s)
	frames := bytes.Count(src[4:], []byte{0x28, 0xb5, 0x2f, 0xfd})
	n, f := x.inflated(len(src), f, s)
	if frames > 0 && f == OK {
		s.Note(Members)
	}
	if err := x.zstd.Reset(nil); err != nil {
		x.zstd = nil // it is at rest or it is gone
	}
	return n, f
}

// sniffBrotli reads the head of the first meta-block (RFC 7932 §9.1, §9.2). There is no mark: most that is random fails here, the rest when it is read to its end.
func sniffBrotli(src []byte) bool {
	bits := uint64(0)
	for i, c := range src[:min(len(src), 8)] {
		bits |= uint64(c) << (8 * i)
	}
	at := 0
	next := func(n int) uint64 {
		v := bits >> at & (1<<n - 1)
		at += n
		return v
	}
	if next(1) == 1 && next(3) == 0 {
		if m := next(3); m == 1 {
			return false // a large window: not of the RFC
		}
	}
	last := next(1) == 1
	if last && next(1) == 1 {
		return false // empty
	}
	nibbles := next(2)
	if nibbles == 3 {
		return false // metadata
	}
	digits := 4 + int(nibbles) //nolint:gosec // two bits
	length := next(4 * digits)
	if nibbles > 0 && length>>(4*(digits-1)) == 0 {
		return false
	}
	if !last && next(1) == 1 {
		return length < uint64(len(src))
	}
	return length < uint64(len(src))*64+64
}

// Brotli inflates a brotli stream.
func Brotli(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.src.Reset(src)
	x.out = x.out[:0]
	if x.brotli == nil {
		x.brotli = brotli.NewReader(&x.src)
	} else if err := x.brotli.Reset(&x.src); err != nil {
		return 0, Syntax
	}
	return x.inflated(len(src), x.drain(x.brotli, s.Room(len(src)), s), s)
}
