package server

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"postern/envoy"
	"postern/server/admin"
)

const modeHelp = `
Sets what Postern may do: off (let pass, learn nothing), shadow (learn and judge, deny nothing), enforce (deny what fails at a mature level, and attacks from the first call), inherit (as the next wider
selector says). Without a selector it is the mesh's mode; the narrowest wins: operation, edge, callee, mesh. It holds at once, on every replica, and after a restart.

Before enforce it shows what would have been denied since yesterday, by operation, and refuses where that is more than POSTERN_FALSE_DENY_RATE or where too little is mature. -force sets it all the same:
of what is immature attacks alone are denied, the rest as it matures.

  postern profile mode -callee shop/orders enforce
  postern profile mode -callee shop/orders -caller shop/web -operation 'POST /orders' shadow
  postern profile mode shadow`

const approveHelp = `
Takes something for ordinary from now on. With -denial it is what one denial was denied for, and nothing else: this caller, this operation, these fields, these values. Or name a callee, and narrow it by
-caller, -operation, -field, -class and -value; postern explain ID prints these for a denial. It holds at once, on every replica, and after a restart; postern profile withdraw takes it back.

  postern profile approve -denial 1146c81637a308568c415f1fcaebf1a1
  postern profile approve -callee shop/orders -caller shop/web -operation 'POST /orders' -field 'body|json.note' -class length`

// selectors are the flags that say which part of what was learned is meant.
type selectors struct{ file, callee, caller, operation, field, class, value, note string }

func (s *selectors) bind(flags *flag.FlagSet) {
	flags.StringVar(&s.file, "profile", "", "a profile file to act on, in place of the running Postern")
	flags.StringVar(&s.callee, "callee", "", "the service that is called: NS/SA, or a SPIFFE ID where two domains hold it")
	flags.StringVar(&s.caller, "caller", "", "the service that calls")
	flags.StringVar(&s.operation, "operation", "", "the operation, as postern profile show prints it")
}

func (s *selectors) bindField(flags *flag.FlagSet) {
	s.bind(flags)
	flags.StringVar(&s.field, "field", "", "the field, by its path as postern profile show prints it, such as body|json.items[].note")
}

func (s *selectors) bindNote(flags *flag.FlagSet) {
	flags.StringVar(&s.note, "note", "", "why, for the log")
}

func (s *selectors) act(do string) admin.Act {
	return admin.Act{Do: do, Callee: s.callee, Caller: s.caller, Operation: s.operation, Field: s.field, Class: s.class, Value: s.value, Note: s.note}
}

// act does one act on the running Postern, or in a profile file.
func (a *app) act(ctx context.Context, file string, act admin.Act) error {
	if file == "" {
		var d admin.Decided
		if err := a.api(ctx, http.MethodPost, "/acts", act, &d); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "decision %d holds, by %s: %s\n", d.Seq, d.By, sentence(&d))
		return nil
	}
	learner, err := a.openProfile(file)
	if err != nil {
		return err
	}
	known := learner.Snapshot().Services()
	if act.Callee, err = admin.Resolve(act.Callee, known, a.config.TrustDomain); err != nil {
		return err
	}
	if act.Caller, err = admin.Resolve(act.Caller, known, a.config.TrustDomain); err != nil {
		return err
	}
	d, err := learner.Decide(ctx, "local", act.Profile())
	if err != nil {
		return err
	}
	if err := replaceFile(file, learner.Save); err != nil {
		return err
	}
	one := admin.NewDecided(&d, nil)
	fmt.Fprintf(a.stdout, "decision %d stands in %s: %s\n", d.Seq, file, sentence(&one))
	return nil
}

func bindMode(flags *flag.FlagSet) action {
	var s selectors
	s.bind(flags)
	force := flags.Bool("force", false, "although the gate refuses")
	s.bindNote(flags)
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) != 1 {
			return usagef("profile mode wants one of off, shadow, enforce, inherit")
		}
		if _, err := parseMode(args[0]); err != nil {
			return usageError{err}
		}
		act := s.act("mode")
		act.Mode, act.Force = args[0], *force
		if act.Callee == "" && (act.Caller != "" || act.Operation != "") {
			return usagef("-caller and -operation narrow a -callee")
		}
		if s.file == "" && act.Mode == "enforce" {
			if err := a.preview(ctx, &act); err != nil {
				return err
			}
		}
		return a.act(ctx, s.file, act)
	}
}

// preview shows what enforce would have denied.
func (a *app) preview(ctx context.Context, act *admin.Act) error {
	q := url.Values{"callee": {act.Callee}, "caller": {act.Caller}, "operation": {act.Operation}}
	var p admin.Preview
	if err := a.api(ctx, http.MethodGet, "/preview?"+q.Encode(), nil, &p); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "since %s: %d calls, of which enforce would have denied %d (%.2g %%; asked: %.2g %%); %.0f %% of the learned calls are of mature operations\n",
		p.Since.Format(time.DateOnly), p.Calls, p.WouldDeny, 100*p.Rate, 100*p.Asked, 100*p.Mature)
	for _, o := range p.Operations {
		fmt.Fprintf(a.stdout, "  %s %s: %d of %d (%s), such as %s\n", envoy.Short(o.Callee), o.Operation, o.WouldDeny, o.Calls, counts(o.Reasons), o.Example)
	}
	for _, o := range p.Immature {
		fmt.Fprintf(a.stdout, "  %s %s: immature, %d calls learned", envoy.Short(o.Callee), o.Operation, o.Calls)
		if o.Needs > 0 {
			fmt.Fprintf(a.stdout, ", %d more until its values may be denied", o.Needs)
		}
		fmt.Fprintln(a.stdout)
	}
	return nil
}

func bindApprove(flags *flag.FlagSet) action {
	var s selectors
	s.bindField(flags)
	flags.StringVar(&s.class, "class", "", "the class of the reason, such as sqli or length")
	flags.StringVar(&s.value, "value", "", "the only value it holds for, as explain names it; empty: every value there")
	s.bindNote(flags)
	denial := flags.String("denial", "", "the decision id of a denial: approve what it was denied for, and nothing else")
	return func(ctx context.Context, a *app, args []string) error {
		switch {
		case len(args) > 0:
			return usagef("profile approve takes no words, got %q", args)
		case *denial != "" && s != selectors{note: s.note}:
			return usagef("-denial says it all: of the other flags it takes -note alone")
		case *denial != "":
			return a.approve(ctx, *denial, s.note)
		case s.callee == "":
			return usagef("profile approve needs -denial or -callee")
		}
		return a.act(ctx, s.file, s.act("approve"))
	}
}

// approve allows exactly one denial.
func (a *app) approve(ctx context.Context, denial, note string) error {
	var e admin.Explanation
	if err := a.api(ctx, http.MethodGet, "/explain/"+url.PathEscape(denial), nil, &e); err != nil {
		return err
	}
	if len(e.Acts) == 0 {
		return fmt.Errorf("decision %s was denied by nothing that could be approved", denial)
	}
	for _, act := range e.Acts {
		act.Note = note
		if err := a.act(ctx, "", act); err != nil {
			return err // those before it hold; to call it again does no harm
		}
	}
	return nil
}
