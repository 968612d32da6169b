package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"postern/inspect"
	"postern/profile"
)

// learned is one whole request with what the data says of it.
type learned struct {
	*sample
	id     string
	caller string
}

// message is the request as its sender wrote it; the data has lost the order of the headers.
func (s *sample) message() inspect.Message {
	m := inspect.Message{Method: []byte(s.Method), Path: []byte(s.Path), Body: s.Body, Size: int64(len(s.Body))}
	if s.Query != "" {
		m.Path = []byte(s.Path + "?" + s.Query)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		lower := strings.ToLower(name)
		if lower == "host" {
			m.Host = []byte(s.Headers[name])
		}
		m.Header = append(m.Header, inspect.Header{Name: []byte(lower), Value: []byte(s.Headers[name])})
	}
	return m
}

// pupil learns and judges requests, all of one callee.
type pupil struct {
	inspector *inspect.Inspector
	learner   *profile.Learner
	n         int
}

func newPupil(rate float64) (*pupil, error) {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return nil, err
	}
	learner, err := profile.New(profile.Config{Mode: profile.Enforce, FalseDenyRate: rate}, &profile.Memory{})
	return &pupil{inspector: inspector, learner: learner}, err
}

const callee = "spiffe://cluster.local/ns/shop/sa/callee"

func (p *pupil) learn(s *sample, caller string) {
	m := s.message()
	t := p.inspector.Inspect(&m)
	p.n++
	p.learner.Learn(fmt.Sprint(p.n), time.Unix(0, 0), profile.Edge{From: caller, To: callee}, "", t)
	p.inspector.Free(t)
}

func (p *pupil) judge(s *sample, caller string) profile.Verdict {
	m := s.message()
	t := p.inspector.Inspect(&m)
	defer p.inspector.Free(t)
	return p.learner.Snapshot().Judge(profile.Edge{From: caller, To: callee}, "", t)
}

func (c corpora) all(name string) (list []*sample, err error) {
	err = c.read(name, func(s *sample) { list = append(list, s) })
	return list, err
}

// workload names one of a service's callers.
func workload(i int) string { return fmt.Sprintf("spiffe://cluster.local/ns/shop/sa/caller-%d", i) }

// outcome is the scores of one run, ordinary calls and attacks apart.
type outcome struct {
	normal, fresh, odd []float64 // fresh: ordinary calls of which no copy was learned
	normalDenied       rate
	oddDenied          rate
}

// found is the share of odd calls above the threshold that a share of the ordinary ones is above.
func found(normal, odd []float64, share float64) rate {
	sorted := slices.Clone(normal)
	slices.Sort(sorted)
	k := int(float64(len(sorted)) * share)
	at := sorted[max(0, len(sorted)-1-k)]
	var r rate
	for _, x := range odd {
		r.add(x > at)
	}
	return r
}

func csic(out io.Writer, c corpora) error {
	normal, err := c.all("csic2010_normal_train")
	if err != nil {
		return err
	}
	odd, err := c.all("csic2010_anomalous")
	if err != nil {
		return err
	}
	folds := 5
	random := rand.New(rand.NewPCG(1, 2))
	place := random.Perm(len(normal))
	callers := make([]string, len(normal))
	for i := range callers {
		callers[i] = workload(random.IntN(20))
	}
	for _, rateAsked := range []float64{1e-3, 1e-2} {
		var o outcome
		var byFold []string
		for fold := range folds {
			one, err := csicFold(normal, odd, callers, place, fold, folds, rateAsked)
			if err != nil {
				return err
			}
			byFold = append(byFold, fmt.Sprintf("%.4f", float64(found(one.normal, one.odd, rateAsked).hits)/float64(len(odd))))
			o.normal, o.fresh, o.odd = append(o.normal, one.normal...), append(o.fresh, one.fresh...), append(o.odd, one.odd...)
			o.normalDenied.hits, o.normalDenied.of = o.normalDenied.hits+one.normalDenied.hits, o.normalDenied.of+one.normalDenied.of
			o.oddDenied.hits, o.oddDenied.of = o.oddDenied.hits+one.oddDenied.hits, o.oddDenied.of+one.oddDenied.of
			if fold == 0 && rateAsked == 1e-3 {
				fmt.Fprintf(out, "fold 0 alone: 1 %%: %v; 0.1 %%: %v; 0.01 %%: %v\n", found(o.normal, o.odd, 1e-2), found(o.normal, o.odd, 1e-3), found(o.normal, o.odd, 1e-4))
				fmt.Fprintf(out, "  denied: ordinary %v, odd %v\n", o.normalDenied, o.oddDenied)
			}
		}
		fmt.Fprintf(out, "rate asked %.1f %%: ordinary denied %v; odd denied %v\n", 100*rateAsked, o.normalDenied, o.oddDenied)
		for _, at := range []float64{1e-2, 1e-3, 1e-4} {
			fmt.Fprintf(out, "  threshold at %.2f %% of the ordinary: found %v; of those without a copy learned: found %v\n", 100*at, found(o.normal, o.odd, at), found(o.fresh, o.odd, at))
		}
		fmt.Fprintf(out, "  folds apart: %s\n", strings.Join(byFold, " "))
	}
	return nil
}

func csicFold(normal, odd []*sample, callers []string, place []int, fold, folds int, asked float64) (o outcome, err error) {
	p, err := newPupil(asked)
	if err != nil {
		return o, err
	}
	copies := map[string]bool{}
	copyKey := func(s *sample) string { return s.Method + " " + s.Path + "?" + s.Query + "\n" + string(s.Body) }
	for i, s := range normal {
		if place[i]%folds != fold {
			p.learn(s, callers[i])
			copies[copyKey(s)] = true
		}
	}
	p.learner.Publish()
	for i, s := range normal {
		if place[i]%folds == fold {
			v := p.judge(s, callers[i])
			o.normal = append(o.normal, v.Score)
			if !copies[copyKey(s)] {
				o.fresh = append(o.fresh, v.Score)
			}
			o.normalDenied.add(!v.Allow)
		}
	}
	for i, s := range odd {
		v := p.judge(s, workload(i%20))
		o.odd = append(o.odd, v.Score)
		o.oddDenied.add(!v.Allow)
	}
	return o, nil
}
