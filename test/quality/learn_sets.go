package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"postern/inspect"
)

var rates = []float64{.01, .001, .0001}

// csic measures one-class learning on CSIC 2010: five folds over the normals, callers at random from 20 workloads, all anomalies.
func csic(out io.Writer, c corpora) error {
	normals, anomalies, err := csicCalls(c, 20)
	if err != nil {
		return err
	}
	normals = shuffled(normals, 1)
	for _, rate := range []float64{.01, .001} {
		var s scores
		for n := range 5 {
			learned, held := fold(normals, n, 5)
			m, err := train(rate, learned)
			if err != nil {
				return err
			}
			s.add(m, learned, held, anomalies)
		}
		if rate == .01 {
			s.print(out)
		}
		s.printDenied(out, rate)
	}
	return learningCurve(out, normals, anomalies)
}

func csicCalls(c corpora, callers int) (normals, anomalies []call, err error) {
	random := rand.New(rand.NewPCG(5, 6))
	if normals, err = requests(c, random, callers, "csic2010_normal_train"); err != nil {
		return nil, nil, err
	}
	anomalies, err = requests(c, random, callers, "csic2010_anomalous")
	return normals, anomalies, err
}

// print shows what is found at thresholds set on the normals themselves, as papers do.
func (s *scores) print(out io.Writer) {
	fmt.Fprintf(out, "AUC %.5f; %d normals, %d of them fresh (nothing learned says the same), %d attacks judged\n\n", auc(s.normal, s.attack), len(s.normal), len(s.fresh), len(s.attack))
	fmt.Fprintln(out, "| threshold at | found, threshold on all normals | found, threshold on fresh normals |\n|--:|---|---|")
	for _, r := range rates {
		fresh := "-"
		if float64(len(s.fresh))*r >= 3 {
			fresh = above(s.attack, threshold(s.fresh, r)).String()
		}
		fmt.Fprintf(out, "| %g %% | %v | %s |\n", r*100, above(s.attack, threshold(s.normal, r)), fresh)
	}
	fmt.Fprintln(out, "\nFound by class at 1 % and 0.1 %:")
	one, tenth := threshold(s.normal, .01), threshold(s.normal, .001)
	for _, class := range slices.Sorted(maps.Keys(s.byClass)) {
		fmt.Fprintf(out, "- %s: %v; %v\n", class, above(s.byClass[class], one), above(s.byClass[class], tenth))
	}
	fmt.Fprintln(out)
}

// printDenied shows the verdicts at the rate that was asked for: what an operator gets.
func (s *scores) printDenied(out io.Writer, asked float64) {
	fmt.Fprintf(out, "asked %g %%: denied of normals %v, of fresh normals %v, of attacks %v\n", asked*100, s.denied[0], s.denied[1], s.denied[2])
}

// learningCurve shows what is found by how many calls an operation was learned from.
func learningCurve(out io.Writer, normals, anomalies []call) error {
	fmt.Fprintln(out, "\n| calls learned an operation | found at 1 % | found at 0.1 % | AUC |\n|--:|---|---|---|")
	held, pool := normals[:len(normals)/4], normals[len(normals)/4:]
	for _, most := range []int{10, 20, 40, 80, 160, 320, 1 << 30} {
		count := map[string]int{}
		var learned []call
		for _, c := range pool {
			operation := string(c.message.Method) + " " + strings.SplitN(string(c.message.Path), "?", 2)[0]
			if count[operation]++; count[operation] <= most {
				learned = append(learned, c)
			}
		}
		m, err := train(.01, learned)
		if err != nil {
			return err
		}
		var s scores
		s.add(m, learned, held, anomalies)
		name := fmt.Sprint(most)
		if most == 1<<30 {
			name = fmt.Sprintf("all (%d)", len(learned)/max(1, len(count)))
		}
		fmt.Fprintf(out, "| %s | %v | %v | %.4f |\n", name, above(s.attack, threshold(s.normal, .01)), above(s.attack, threshold(s.normal, .001)), auc(s.normal, s.attack))
	}
	return nil
}

// params measures one field that is told all sorts of values: those of HttpParamsDataset.
func params(out io.Writer, c corpora) error {
	random := rand.New(rand.NewPCG(7, 8))
	var normals, attacks []call
	for _, name := range []string{"payloads_benign", "payloads_attack"} {
		err := c.read(name, func(s *sample) {
			if !strings.HasPrefix(s.Source, "Morzeux/HttpParamsDataset") {
				return
			}
			one := call{random.IntN(20), &inspect.Message{Method: []byte("GET"), Path: []byte("/search?v=" + url.QueryEscape(string(s.Payload))), Size: -1}, s.attack(), s.Class, string(s.Payload)}
			if s.attack() {
				attacks = append(attacks, one)
			} else {
				normals = append(normals, one)
			}
		})
		if err != nil {
			return err
		}
	}
	return folds(out, shuffled(normals, 2), attacks, .001)
}

// atrdf measures ATRDF's dataset 1, where headers are fields too and some attacks live in nothing else.
func atrdf(out io.Writer, c corpora) error {
	all, err := requests(c, rand.New(rand.NewPCG(9, 10)), 20, "atrdf2023_ds1")
	if err != nil {
		return err
	}
	isAttack := func(c call) bool { return c.attack }
	attacks := slices.DeleteFunc(slices.Clone(all), func(c call) bool { return !isAttack(c) })
	return folds(out, shuffled(slices.DeleteFunc(all, isAttack), 3), attacks, .01)
}

func folds(out io.Writer, normals, attacks []call, asked float64) error {
	var s scores
	for n := range 5 {
		learned, held := fold(normals, n, 5)
		m, err := train(asked, learned)
		if err != nil {
			return err
		}
		s.add(m, learned, held, attacks)
	}
	s.print(out)
	s.printDenied(out, asked)
	return nil
}
