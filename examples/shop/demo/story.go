package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"postern/examples/shop/services"
	"postern/examples/shop/traffic"
)

const (
	clients  = 8    // at once
	lessons  = 2400 // requests of customers and partners to learn from, some 12,000 calls: payments and purchases are then mature at 0.1 %
	rehearse = 20   // benign purchases after the switch
	mishaps  = 2    // of these that may be denied: at 0.1 % of some 180 calls more than two come once in a thousand runs
	seed     = 1000 // of the traffic; the story's own requests come from others
)

// learn lets customers and partners be served, while Postern only watches (shadow, the default).
func (t *teller) learn(ctx context.Context) error {
	t.act("It learns from traffic alone")
	t.say("   %d requests of customers, the support desk and partners; Postern watches in shadow mode and denies nothing.", lessons)
	begun := time.Now()
	statuses, err := traffic.Run(ctx, t.shop.gateway, seed, clients, lessons, func(done int, _ traffic.Request, _ traffic.Result) {
		if done%300 == 0 {
			t.say("   %5d requests, %4.1f s", done, time.Since(begun).Seconds())
		}
	})
	if err != nil {
		return err
	}
	well := 0
	for status, n := range statuses {
		if status/100 == 2 {
			well += n
		}
	}
	t.expect(well == lessons, "all were served: by status %v", statuses)
	return nil
}

// enforce switches the running Postern over, as an operator would.
func (t *teller) enforce(ctx context.Context) error {
	t.act("From watching to denying, without a restart")
	t.say("   $ bin/postern profile mode%s enforce", t.shop.flag())
	out, err := t.shop.run(ctx, "profile", "mode", "enforce")
	t.quote(out)
	t.expect(err == nil, "the mesh's mode is enforce")
	return nil
}

// benign: what is ordinary passes.
func (t *teller) benign(ctx context.Context) error {
	t.act("An ordinary purchase passes")
	t.say("   Names, addresses, products and notes were never seen before.")
	passed, err := t.buy(ctx, seed+500)
	t.expect(passed >= rehearse-mishaps, "%d of %d purchases passed, each some nine calls (at 0.1 %% of calls, one purchase in a hundred may not)", passed, rehearse)
	return err
}

// newPod: the gateway's pod is replaced.
func (t *teller) newPod(ctx context.Context) error {
	t.act("A restarted pod: new addresses, a new certificate, the same caller")
	if err := t.shop.moveGateway(ctx); err != nil {
		return err
	}
	passed, err := t.buy(ctx, seed+600)
	t.expect(passed >= rehearse-mishaps, "%d of %d purchases passed: who calls is a SPIFFE ID, never an address", passed, rehearse)
	return err
}

// buy sends ordinary purchases and returns how many passed.
func (t *teller) buy(ctx context.Context, seed uint64) (passed int, err error) {
	source := traffic.NewSource(seed, time.Now())
	for range rehearse {
		trace, result, err := t.send(ctx, source.Checkout())
		if err != nil {
			return passed, err
		}
		if result.Status == http.StatusCreated {
			passed++
		} else {
			t.say("   %d %s (%s)", result.Status, strings.TrimSpace(result.Body), t.shop.traceURL(trace))
		}
	}
	return passed, nil
}

// xxe: an entity that reads a file, in XML, inside JSON; and the same document with a harmless entity.
func (t *teller) xxe(ctx context.Context) error {
	t.act("XXE in XML in JSON, and its harmless twin")
	attack, twin := traffic.NewSource(seed+501, time.Now()).XXE()
	document := attack.Body.(services.PartnerDocument).Payload.Document
	t.say("   A partner's purchase order, and in its payload.document: %s…", document[:min(len(document), 150)])
	trace, result, err := t.send(ctx, attack)
	if err != nil {
		return err
	}
	t.expect(result.Status == http.StatusForbidden, "denied with status %d (want 403); orders never saw it", result.Status)
	t.expect(result.Reason == "attack/xxe", "the reason is %q (want attack/xxe)", result.Reason)
	if err := t.why(ctx, result.Decision, trace, "body|json.payload.document|xml"); err != nil {
		return err
	}
	_, result, err = t.send(ctx, twin)
	if err != nil {
		return err
	}
	t.expect(result.Status == http.StatusAccepted, `the twin, the same document with <!ENTITY company "Ostermann GmbH">, passes: status %d (want 202)`, result.Status)
	return nil
}

// thirdParty: the notifier is compromised and calls payments. Its certificate is good; nobody ever saw it call payments.
func (t *teller) thirdParty(ctx context.Context) error {
	t.act("A compromised third party calls payments, with a valid certificate")
	trace, header := traceparent()
	result, err := t.backdoor(ctx, header)
	if err != nil {
		return err
	}
	t.say("   The notifier charges a card through its own sidecar: /shop.v1.Payments/Charge as %s", t.shop.mesh.ID(namespace, "notifier"))
	t.expect(result.Code == "PermissionDenied", "payments was never asked: gRPC status %s (want PermissionDenied), %q", result.Code, result.Message)
	t.expect(strings.Contains(result.Message, "edge/new-caller"), "the reason is edge/new-caller")
	return t.why(ctx, result.Decision, trace, "")
}

func (t *teller) backdoor(ctx context.Context, header string) (services.Backdoor, error) {
	var result services.Backdoor
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+t.shop.places["notifier"].app+"/backdoor", bytes.NewReader(nil))
	if err != nil {
		return result, fmt.Errorf("demo: %w", err)
	}
	request.Header.Set("traceparent", header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return result, fmt.Errorf("demo: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		return result, fmt.Errorf("demo: %w", err)
	}
	return result, nil
}

// newKind: a field that always held one kind of value holds another. It is no attack; it is a mistake that leaks a card's number to every log.
func (t *teller) newKind(ctx context.Context) error {
	t.act("A value of a new kind")
	request := traffic.NewSource(seed+502, time.Now()).Checkout()
	checkout := request.Body.(services.Checkout)
	t.say("   An app's new release sends a card's number where a token always stood: card_token %q becomes \"4111 1111 1111 1111\".", checkout.CardToken)
	checkout.CardToken = "4111 1111 1111 1111"
	request.Body = checkout
	trace, result, err := t.send(ctx, request)
	if err != nil {
		return err
	}
	t.expect(result.Status == http.StatusForbidden, "denied with status %d (want 403)", result.Status)
	t.expect(strings.HasPrefix(result.Reason, "value/"), "the reason is %q (want value/…)", result.Reason)
	return t.why(ctx, result.Decision, trace, "body|json.card_token")
}

// send sends a request as a trace of its own.
func (t *teller) send(ctx context.Context, r traffic.Request) (trace string, result traffic.Result, err error) {
	trace, header := traceparent()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Traceparent", header)
	result, err = t.shop.gateway.Send(ctx, r)
	return trace, result, err
}

// why shows everything about a denial: Postern's explanation, which must name path, and the trace.
func (t *teller) why(ctx context.Context, decision, trace, path string) error {
	if decision == "" {
		t.expect(false, "the answer carries a decision id")
		return nil
	}
	t.say("   $ bin/postern explain%s %s", t.shop.flag(), decision)
	text, err := t.shop.explain(ctx, decision)
	t.quote(text)
	t.expect(err == nil && strings.Contains(text, path), "it is explained%s", named(path))
	spans, err := t.shop.trace(ctx, trace, checked)
	if err != nil {
		return err
	}
	t.say("   trace %s", t.shop.traceURL(trace))
	t.quote(tree(spans))
	t.expect(checked(spans), "the trace holds postern.check below Envoy's span, with inspect and judge below it")
	return nil
}

func named(path string) string {
	if path == "" {
		return ""
	}
	return ", down to " + path
}

// checked says whether a trace holds the whole of a check: Envoy's span above it, inspect and judge below.
func checked(spans []span) bool {
	byID := map[string]*span{}
	for i := range spans {
		byID[spans[i].ID] = &spans[i]
	}
	for i := range spans {
		check := &spans[i]
		if check.service != "postern" || check.Name != "postern.check" {
			continue
		}
		above, below := byID[check.parent()], map[string]bool{}
		for j := range spans {
			if spans[j].parent() == check.ID {
				below[spans[j].Name] = true
			}
		}
		if above != nil && above.service != "postern" && below["inspect"] && below["judge"] {
			return true
		}
	}
	return false
}
