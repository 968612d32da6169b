package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// MaxLine is how many bytes one record may take as JSON.
const MaxLine = 64 << 20

// LineError is a record that could not be read. Reading went on after it.
type LineError struct {
	Line int // of the unpacked file, from 1; of a HAR file the entry's number
	Err  error
}

// Error names the line and what is wrong with it.
func (b *LineError) Error() string { return fmt.Sprintf("%d: %v", b.Line, b.Err) }

// Unwrap gives the cause.
func (b *LineError) Unwrap() error { return b.Err }

// Reader reads the records of several files one after the other; records without id are numbered over all of them.
type Reader struct {
	number int // of records so far, bad ones included
}

// Read calls record for each record of file in order and bad for each that can't be read; it ends early with the error record returns, if any.
// The Record and its bytes belong to the callee. It returns an error where the file itself cannot be read further.
func (r *Reader) Read(file io.Reader, record func(*Record) error, bad func(*LineError)) error {
	in, closer, err := unpack(file)
	if err != nil {
		return err
	}
	defer closer()
	if isHAR(in) {
		return r.har(in, record, bad)
	}
	return r.lines(in, record, bad)
}

// unpack undoes gzip and zstd.
func unpack(file io.Reader) (*bufio.Reader, func(), error) {
	in := bufio.NewReaderSize(file, 1<<16)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, fmt.Errorf("record: gzip: %w", err)
		}
		return bufio.NewReaderSize(z, 1<<16), func() { _ = z.Close() }, nil // a reader's Close has nothing left to say
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			return nil, nil, fmt.Errorf("record: zstd: %w", err)
		}
		return bufio.NewReaderSize(z, 1<<16), z.Close, nil
	}
	return in, func() {}, nil
}

func (r *Reader) lines(in *bufio.Reader, record func(*Record) error, bad func(*LineError)) error {
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
			return fmt.Errorf("record: line %d: %w", number, err)
		}
		text := bytes.TrimSpace(line)
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(text) > 0 {
			r.number++
			one := new(Record)
			problem := err
			if !errors.Is(err, errLong) {
				problem = json.Unmarshal(text, one)
			}
			if problem != nil {
				bad(&LineError{number, problem})
			} else if stop := r.give(one, record); stop != nil {
				return stop
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

func (r *Reader) give(one *Record, record func(*Record) error) error {
	if one.ID == "" {
		one.ID = strconv.Itoa(r.number)
	}
	return record(one)
}

var errLong = fmt.Errorf("longer than %d bytes", MaxLine)

// readLine reads to the next newline. Of a line longer than MaxLine the rest is read and thrown away, and the error is errLong.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			long = true
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && err == nil:
			return line[:min(1, len(line))], errLong
		}
		return line, err
	}
}
