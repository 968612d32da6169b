package admin

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"postern/envoy"
	"postern/profile"
)

// Preview is what enforce would have done of late: the would-be denials, and whether the gate lets the mode be set.
type Preview struct {
	Since      time.Time          `json:"since"`
	Calls      int64              `json:"calls" doc:"that were learned since, and the would-be denials"`
	WouldDeny  int64              `json:"would_deny"`
	Rate       float64            `json:"rate" doc:"would_deny of calls"`
	Asked      float64            `json:"asked" doc:"POSTERN_FALSE_DENY_RATE"`
	Learned    int64              `json:"learned" doc:"calls, in all"`
	Mature     float64            `json:"mature" doc:"share of the learned calls whose operation may deny by structure"`
	Immature   []PreviewImmature  `json:"immature" doc:"operations that may not, those with the most calls first, ten at most"`
	Operations []PreviewOperation `json:"operations" doc:"those with would-be denials, the most first"`
	Refused    []string           `json:"refused" doc:"why the gate refuses enforce; empty: it does not"`
}

// PreviewOperation is the would-be denials of one operation of a callee.
type PreviewOperation struct {
	Callee    string           `json:"callee"`
	Operation string           `json:"operation"`
	Calls     int64            `json:"calls"`
	WouldDeny int64            `json:"would_deny"`
	Reasons   map[string]int64 `json:"reasons" doc:"by level/class of the first reason"`
	Example   string           `json:"example" doc:"a decision id to explain"`
}

// PreviewImmature is an operation that is too little known to deny.
type PreviewImmature struct {
	Callee    string `json:"callee"`
	Operation string `json:"operation"`
	Calls     int64  `json:"calls" doc:"learned"`
	Needs     int64  `json:"needs" doc:"calls until its values may be denied too"`
}

type previewInput struct {
	Callee    string `query:"callee" maxLength:"2048" doc:"NS/SA or a SPIFFE ID; empty: the mesh"`
	Caller    string `query:"caller" maxLength:"2048"`
	Operation string `query:"operation" maxLength:"4096"`
}

func (a *API) gateRoutes() {
	huma.Register(a.huma, op("preview", http.MethodGet, "/preview", "What enforce would have denied since yesterday", http.StatusConflict, http.StatusServiceUnavailable), a.preview)
}

func (a *API) preview(ctx context.Context, in *previewInput) (*body[Preview], error) {
	callee, err := a.resolve(in.Callee)
	if err != nil {
		return nil, err
	}
	from, err := a.resolve(in.Caller)
	if err != nil {
		return nil, err
	}
	p, err := a.look(ctx, callee, from, in.Operation)
	if err != nil {
		return nil, err
	}
	return &body[Preview]{*p}, nil
}

// gate refuses to enforce what would deny more than the operator asked for, or what does not know enough to deny.
func (a *API) gate(ctx context.Context, act *Act) error {
	if act.Do != "mode" || act.Mode != profile.Enforce.String() || act.Force {
		return nil
	}
	p, err := a.look(ctx, act.Callee, act.Caller, act.Operation)
	if err != nil {
		return err
	}
	if len(p.Refused) > 0 {
		return huma.Error409Conflict("enforce is refused: " + strings.Join(p.Refused, "; ") + "; -force (force in the API) sets it all the same")
	}
	return nil
}

// most is how many denials a preview looks back over.
const most = 10_000

// look gathers what was learned and what would have been denied since the beginning of yesterday (counts are kept by day).
func (a *API) look(ctx context.Context, callee, from, operation string) (*Preview, error) {
	now := time.Now().UTC()
	p := &Preview{Since: now.Truncate(24 * time.Hour).Add(-24 * time.Hour), Asked: a.config.FalseDenyRate, Operations: []PreviewOperation{}, Immature: []PreviewImmature{}, Refused: []string{}}
	learned := map[[2]string]float64{}
	var all, mature float64
	for _, v := range a.config.Learner.Snapshot().Callees() {
		if callee != "" && v.Callee != callee {
			continue
		}
		since := a.config.Learner.CallsSince(p.Since, v.Callee, from)
		for _, o := range v.Operations {
			if operation != "" && o.Operation != operation {
				continue
			}
			if o.Path != "" && operation == "" { // its calls are among those of its path
				learned[[2]string{v.Callee, o.Operation}] = since[o.Operation]
				continue
			}
			learned[[2]string{v.Callee, o.Operation}] = since[o.Operation]
			p.Calls += int64(since[o.Operation])
			all += o.Calls
			if o.Structure {
				mature += o.Calls
			} else {
				p.Immature = append(p.Immature, PreviewImmature{Callee: v.Callee, Operation: o.Operation, Calls: int64(o.Calls), Needs: int64(o.Needs)})
			}
		}
	}
	slices.SortStableFunc(p.Immature, func(x, y PreviewImmature) int { return cmp.Compare(y.Calls, x.Calls) })
	p.Immature = p.Immature[:min(len(p.Immature), 10)]
	p.Learned, p.Mature = int64(all), mature/max(all, 1)
	if err := a.wouldDeny(ctx, p, learned, func(d *Denial) bool {
		return matches(callee, d.Callee) && matches(from, d.Caller) && (operation == "" || profile.PartOf(d.Operation, operation))
	}); err != nil {
		return nil, err
	}
	p.Calls += p.WouldDeny
	if p.Calls > 0 {
		p.Rate = float64(p.WouldDeny) / float64(p.Calls)
	}
	p.refuse()
	return p, nil
}

// refuse says why not to enforce. One call in a few is no proof of a rate: it is above the asked one where even the lower end of its 95 % interval is.
func (p *Preview) refuse() {
	const enough = .5
	switch {
	case p.Learned == 0:
		p.Refused = append(p.Refused, "nothing was learned of it, so that only attacks would be denied (is the name right? `postern status` lists the services that are known; does its inbound Envoy ask this Postern?)")
	case p.Mature < enough:
		p.Refused = append(p.Refused, fmt.Sprintf("only %.0f %% of the %d learned calls belong to operations that are mature; in the others attacks alone would be denied until more calls are learned", 100*p.Mature, p.Learned))
	}
	if wilsonLow(float64(p.WouldDeny), float64(p.Calls)) > p.Asked {
		p.Refused = append(p.Refused, fmt.Sprintf("it would have denied %d of %d calls, %.2g %%, more than the asked %.2g %% (`postern explain` says why of each, and what would allow it; a new version of the callee is announced by `postern release`)",
			p.WouldDeny, p.Calls, 100*p.Rate, 100*p.Asked))
	}
}

// wilsonLow is the lower end of the one-sided 95 % score interval (Wilson 1927).
func wilsonLow(hits, of float64) float64 {
	if of == 0 {
		return 0
	}
	const z = 1.6449
	rate := hits / of
	return max(0, (rate+z*z/(2*of)-z*math.Sqrt(rate*(1-rate)/of+z*z/(4*of*of)))/(1+z*z/of))
}

// wouldDeny counts the would-be denials, by operation.
func (a *API) wouldDeny(ctx context.Context, p *Preview, learned map[[2]string]float64, wanted func(*Denial) bool) error {
	byOperation := map[[2]string]*PreviewOperation{}
	before := uint64(0)
	for looked := 0; looked < most; {
		list, err := a.config.Store.Denials(ctx, before, maxPage)
		if err != nil {
			return storeError(err)
		}
		for i := range list {
			before = list[i].Seq
			d, err := readDenial(&list[i])
			if err != nil || d.Verdict != "would-deny" || !wanted(&d.Denial) {
				continue
			}
			if d.Time.Before(p.Since) {
				looked = most
				break
			}
			key := [2]string{d.Callee, d.Operation}
			o := byOperation[key]
			if o == nil {
				o = &PreviewOperation{Callee: d.Callee, Operation: d.Operation, Calls: int64(learned[key]), Reasons: map[string]int64{}, Example: d.DecisionID}
				byOperation[key] = o
			}
			o.WouldDeny++
			o.Calls++
			p.WouldDeny++
			if len(d.Reasons) > 0 {
				o.Reasons[d.Reasons[0].Level+"/"+d.Reasons[0].Class]++
			}
		}
		looked += len(list)
		if len(list) < maxPage {
			break
		}
	}
	for _, o := range byOperation {
		p.Operations = append(p.Operations, *o)
	}
	slices.SortFunc(p.Operations, func(x, y PreviewOperation) int {
		return int(y.WouldDeny-x.WouldDeny)*2 + strings.Compare(envoy.Short(x.Callee)+x.Operation, envoy.Short(y.Callee)+y.Operation)
	})
	return nil
}
