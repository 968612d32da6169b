// Command quality measures how well Postern opens, detects and learns, on labelled data: an attack and its harmless twin, each figure with its 95 % interval.
// Run it by `make quality`, with CORPORA naming the folder of the data; SECTION="nested detect" chooses sections.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// section is one table, or a few that belong together. It says plainly what it could not measure.
type section struct {
	name, about string
	run         func(out io.Writer, c corpora) error
}

// sections is every section, in the order they are run.
var sections = []section{
	{"detect", "are attacks found, and harmless texts let be?", detectQuality},
	{"twins", "is the attack of a nested pair found, and its harmless twin let be?", nestedTwins},
	{"nested", "is the innermost value recovered, byte for byte?", nestedOpening},
	{"csic", "CSIC 2010: what is found when only ordinary calls were learned?", csic},
	{"params", "HttpParams: one field that takes anything", params},
	{"atrdf", "ATRDF 1: an API with attacks in headers too", atrdf},
	{"poison", "what do attacks among the learned calls do?", poison},
	{"service", "a JSON service: attacks and harmless texts in wrappings seen and not seen", service},
	{"actions", "one path and many operations, told apart by a field: what is another's is denied", actionPaths},
	{"paths", "are templates of paths learned as they are?", pathTemplates},
	{"layers", "is a layer seen that is not there?", falseLayers},
}

func main() {
	folder := flag.String("corpora", "../shared/data", "folder of the labelled data")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: quality [-corpora FOLDER] [SECTION ...]")
		for _, s := range sections {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-12s %s\n", s.name, s.about)
		}
	}
	flag.Parse()
	if err := run(os.Stdout, corpora(*folder), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, c corpora, chosen []string) error {
	for _, name := range chosen {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			names := make([]string, 0, len(sections))
			for _, s := range sections {
				names = append(names, s.name)
			}
			return fmt.Errorf("no section %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	if err := c.present(); err != nil {
		return err
	}
	for _, s := range sections {
		if len(chosen) > 0 && !slices.Contains(chosen, s.name) {
			continue
		}
		start := time.Now()
		fmt.Fprintf(out, "\n## %s: %s\n\n", s.name, s.about)
		if err := s.run(out, c); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(out, "\n(%s took %s)\n", s.name, time.Since(start).Round(time.Second))
	}
	return nil
}
