package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// corpora is the folder of the labelled data. The data is no part of this project (licences differ); its README tells its form.
type corpora string

func (c corpora) present() error {
	if _, err := os.Stat(filepath.Join(string(c), "payloads_attack.jsonl.gz")); err != nil {
		return fmt.Errorf("no labelled data in %s: name its folder by CORPORA=FOLDER (%w)", c, err)
	}
	return nil
}

// sample is one line of the data: a payload alone, or a whole request.
type sample struct {
	Set, Label, Class, Source, ID string
	Weak, Dup, Paramless          bool
	Payload                       []byte `json:"payload_b64"`
	Method, Path, Query           string
	Headers                       map[string]string
	Body                          []byte `json:"body_b64"`
	ContentType                   string `json:"content_type"`
	ClassGuess                    string `json:"class_guess"`
	Rule, Desc, Family            string
	Encoder, Placeholder          string
	Status                        int
}

func (s *sample) attack() bool { return s.Label == "attack" }

// read calls f for each line of the file called name (without .jsonl.gz).
func (c corpora) read(name string, f func(*sample)) error {
	file, err := os.Open(filepath.Join(string(c), name+".jsonl.gz"))
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	lines := bufio.NewReaderSize(unzipped, 1<<20)
	for decoder := json.NewDecoder(lines); decoder.More(); {
		var s sample
		if err := decoder.Decode(&s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f(&s)
	}
	return nil
}
