package main

import (
	"time"

	"postern/inspect"
	"postern/profile"
)

// model is what was learned from a set of calls, ready to judge.
type model struct {
	inspector *inspect.Inspector
	snapshot  *profile.Snapshot
}

// callee is who all calls of the data are said to go to.
const callee = "spiffe://mesh.test/ns/lab/sa/service"

// train learns the calls as `postern learn` would, one a second, for the share of ordinary calls that may be denied.
func train(falseDeny float64, calls []call) (*model, error) {
	return trainWith(profile.Config{Mode: profile.Enforce, FalseDenyRate: falseDeny}, calls)
}

func trainWith(config profile.Config, calls []call) (*model, error) {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return nil, err
	}
	learner, err := profile.New(config, &profile.Memory{})
	if err != nil {
		return nil, err
	}
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, c := range calls {
		tree := inspector.Inspect(c.message)
		learner.Learn("", at, profile.Edge{From: workload(c.from), To: callee}, "", tree)
		inspector.Free(tree)
		at = at.Add(time.Second)
	}
	learner.Publish()
	return &model{inspector, learner.Snapshot()}, nil
}

// judge says what the profile thinks of a call.
func (m *model) judge(c call) profile.Verdict {
	tree := m.inspector.Inspect(c.message)
	defer m.inspector.Free(tree)
	return m.snapshot.Judge(profile.Edge{From: workload(c.from), To: callee}, "", tree)
}
