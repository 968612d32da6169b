package record

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Writer writes records into files of a folder, gzip, readable by their owner only: bodies hold secrets. The oldest files go when all take more than their bound.
// It is used by one goroutine.
type Writer struct {
	folder string
	most   int64
	line   []byte
	file   *os.File
	zipped *gzip.Writer
	size   counter
	serial int
}

// parts is over how many files the bound is spread: at most one part of it is lost at once.
const parts = 8

// counter counts the bytes that reach the file.
type counter struct {
	file *os.File
	n    int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.file.Write(b)
	c.n += int64(n)
	return n, err
}

// NewWriter makes the folder where it is missing. most is how many bytes all files together may take.
func NewWriter(folder string, most int64) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return &Writer{folder: folder, most: most}, nil
}

// Write appends one record. now names a file that has to be begun.
func (w *Writer) Write(r *Record, now time.Time) error {
	if w.file == nil {
		if err := w.begin(now); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	var err error
	if w.line, err = r.Append(w.line[:0]); err != nil {
		return err
	}
	if _, err = w.zipped.Write(w.line); err != nil {
		return fmt.Errorf("record: %w", errors.Join(err, w.Close()))
	}
	if w.size.n >= w.most/parts {
		return w.Close()
	}
	return nil
}

// begin opens the next file and takes away the oldest.
func (w *Writer) begin(now time.Time) error {
	if err := w.prune(); err != nil {
		return err
	}
	w.serial++
	name := fmt.Sprintf("calls-%s-%04d.jsonl.gz", now.UTC().Format("20060102T150405.000"), w.serial)
	file, err := os.OpenFile(filepath.Join(w.folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // below the operator's folder
	if err != nil {
		return err
	}
	w.file, w.size = file, counter{file: file}
	w.zipped = gzip.NewWriter(&w.size)
	return nil
}

// prune makes room for one more file.
func (w *Writer) prune() error {
	entries, err := os.ReadDir(w.folder) // by name, so by time
	if err != nil {
		return err
	}
	var names []string
	var sizes []int64
	var sum int64
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "calls-") || !strings.HasSuffix(e.Name(), ".jsonl.gz") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		names, sizes, sum = append(names, e.Name()), append(sizes, info.Size()), sum+info.Size()
	}
	for len(names) > 0 && sum > w.most-2*w.most/parts { // the file to come is ended after it has passed its part
		if err := os.Remove(filepath.Join(w.folder, names[0])); err != nil {
			return err
		}
		sum -= sizes[0]
		names, sizes = slices.Delete(names, 0, 1), slices.Delete(sizes, 0, 1)
	}
	return nil
}

// Flush brings what was written to the file, so that it can be read, and survives our end.
func (w *Writer) Flush() error {
	if w.file == nil {
		return nil
	}
	if err := w.zipped.Flush(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// Close ends the file; the next Write begins another.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.zipped.Close(), w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}
