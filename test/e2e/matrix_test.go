package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// failMatrix is the fail matrix as this run saw it: what fails, how that is answered, and where it is seen. TestMain prints it.
var failMatrix matrix

type matrix struct {
	mu   sync.Mutex
	rows []string
}

const cells = "| %-46s | %-66s | %-50s | %-6s |"

// row runs one row: what fails, and how that is answered and seen. The cells are printed as they are when the row holds.
func (m *matrix) row(t *testing.T, fails, answer, seen string, run func(t *testing.T)) {
	t.Helper()
	word := "broken"
	if t.Run(fails, run) {
		word = "held"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, fmt.Sprintf(cells, fails, answer, seen, word))
}

// print writes the table where `make e2e` shows it: lines that begin with a bar pass through. It is sorted by what fails, since suites run side by side.
func (m *matrix) print() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rows) == 0 {
		return
	}
	slices.Sort(m.rows)
	head := fmt.Sprintf(cells, "what fails", "answer", "seen as", "")
	rule := strings.Map(func(c rune) rune {
		if c == '|' {
			return c
		}
		return '-'
	}, fmt.Sprintf(cells, "", "", "", ""))
	fmt.Printf("\n%s\n%s\n%s\n", head, rule, strings.Join(m.rows, "\n"))
}
