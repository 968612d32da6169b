package envoy

import (
	"fmt"
	"testing"

	"github.com/spiffe/go-spiffe/v2/spiffeid"

	"postern/inspect"
	"postern/profile"
)

func TestEdge(t *testing.T) {
	const web, orders = "spiffe://mesh.test/ns/shop/sa/web", "spiffe://mesh.test/ns/shop/sa/orders"
	xfcc := []string{"x-forwarded-client-cert", "By=" + orders + ";URI=" + web, "x-envoy-downstream-service-cluster", "web", "host", "orders"}
	cases := []struct {
		name                     string
		caller, callee, workload string
		believe                  string // POSTERN_SOURCE_HEADER
		headers                  []string
		want                     profile.Edge
	}{
		{"mTLS", web, orders, "", "", nil, profile.Edge{From: web, To: orders}},
		{"trust domains stay apart", "spiffe://other.test/ns/shop/sa/web", orders, "", "", nil, profile.Edge{From: "spiffe://other.test/ns/shop/sa/web", To: orders}},
		{"plaintext", "", "", "shop/orders", "", xfcc, profile.Edge{From: profile.Unauthenticated, To: "spiffe://cluster.local/ns/shop/sa/orders"}},
		{"workload as SPIFFE ID", web, "", orders, "", nil, profile.Edge{From: web, To: orders}},
		{"workload that is none", web, "", "orders", "", nil, profile.Edge{From: web, To: profile.Unknown}},
		{"principal before workload", web, orders, "shop/other", "", nil, profile.Edge{From: web, To: orders}},
		{"DNS SAN", "legacy.shop.svc", "orders.shop.svc", "", "", nil, profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}},
		{"subject", "CN=web", "", "", "", nil, profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}},
		{"no path", "spiffe://mesh.test", "spiffe://mesh.test/", "", "", nil, profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}},
		{"nothing", "", "", "", "", nil, profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}},
		{"header not believed", "", orders, "", "", []string{"x-source", web}, profile.Edge{From: profile.Unauthenticated, To: orders}},
		{"header believed", "", orders, "", "x-source", []string{"x-source", web}, profile.Edge{From: web, To: orders}},
		{"header with NS/SA", "", orders, "", "x-source", []string{"x-source", "shop/web"}, profile.Edge{From: "spiffe://cluster.local/ns/shop/sa/web", To: orders}},
		{"header twice", "", orders, "", "x-source", []string{"x-source", web, "x-source", "shop/admin"}, profile.Edge{From: profile.Unauthenticated, To: orders}},
		{"header joined", "", orders, "", "x-source", []string{"x-source", "shop/web,shop/admin"}, profile.Edge{From: profile.Unauthenticated, To: orders}},
		{"header that is no workload", "", orders, "", "x-source", []string{"x-source", "unknown"}, profile.Edge{From: profile.Unauthenticated, To: orders}},
		{"principal before header", web, orders, "", "x-source", []string{"x-source", "shop/admin"}, profile.Edge{From: web, To: orders}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := &server{config: Config{SourceHeader: c.believe}}
			var headers []inspect.Header
			for i := 0; i < len(c.headers); i += 2 {
				headers = append(headers, inspect.Header{Name: []byte(c.headers[i]), Value: []byte(c.headers[i+1])})
			}
			a := &attributes{caller: []byte(c.caller), callee: []byte(c.callee), workload: []byte(c.workload)}
			for range 2 { // made anew, then known
				if got := s.edge(a, headers); got != c.want {
					t.Errorf("%+v, want %+v", got, c.want)
				}
			}
		})
	}
}

func TestWorkloadAndShort(t *testing.T) {
	c := Config{TrustDomain: "mesh.test"}
	for in, want := range map[string]string{
		"shop/web": "spiffe://mesh.test/ns/shop/sa/web", "spiffe://other/ns/a/sa/b": "spiffe://other/ns/a/sa/b",
		"web": "", "a/b/c": "", "": "", "/": "", "shop/../x": "", "shop/w b": "", "spiffe://x": "",
	} {
		got, err := c.Workload(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Workload(%q) = %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"spiffe://mesh.test/ns/shop/sa/web": "shop/web", "spiffe://mesh.test/vm/7": "spiffe://mesh.test/vm/7", "unknown": "unknown",
		"spiffe://mesh.test/ns/a/sa/b/c": "spiffe://mesh.test/ns/a/sa/b/c", "/ns/a/sa/b": "/ns/a/sa/b",
	} {
		if got := Short(in); got != want {
			t.Errorf("Short(%q) = %q", in, got)
		}
	}
	for _, bad := range []Config{{TrustDomain: "Mesh"}, {TrustDomain: "a/b"}, {SourceHeader: "X-Source"}} {
		if bad.valid() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

// FuzzID holds isID to go-spiffe, which takes a trust domain alone too: that names no workload.
func FuzzID(f *testing.F) {
	for _, s := range []string{"spiffe://mesh.test/ns/shop/sa/web", "spiffe://", "spiffe:///x", "spiffe://a/", "spiffe://a/./b", "spiffe://a/%41", "spiffe://A/b", "SPIFFE://a/b", "spiffe://a/b//c", "spiffe://a/b?c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := spiffeid.FromString(s)
		if want := err == nil && id.Path() != "" && len(s) <= maxID && len(id.TrustDomain().Name()) <= 255; isID([]byte(s)) != want {
			t.Errorf("isID(%q) = %v, go-spiffe says %v", s, !want, err)
		}
	})
}

func TestNamesAreBounded(t *testing.T) {
	var n names
	for i := range maxNames + 100 {
		if s := fmt.Sprint("name-", i); n.text([]byte(s)) != s {
			t.Fatal("wrong name")
		}
	}
	if got := len(*n.known.Load()); got != maxNames {
		t.Errorf("%d names", got)
	}
	known := []byte("name-7")
	if a := testing.AllocsPerRun(100, func() { n.text(known) }); a != 0 {
		t.Errorf("a known name allocates %v times", a)
	}
}
