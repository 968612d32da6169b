package envoy

import "testing"

func TestWithoutCertificates(t *testing.T) {
	const own = "By=spiffe://m/ns/a/sa/b;Hash=468ed33b;URI=spiffe://m/ns/a/sa/web"
	cases := []struct {
		name, value   string
		authenticated bool
		want          string
	}{
		{"the proxy's own", own, true, ""},
		{"a gateway before it", "By=spiffe://m/gw;Hash=00ff;Subject=\"CN=a,O=b;c\";URI=spiffe://m/x," + own, true, "By=spiffe://m/gw;Subject=\"CN=a,O=b;c\";URI=spiffe://m/x"},
		{"forged before it", "URI=' OR 1=1 --," + own, true, "URI=' OR 1=1 --"},
		{"nobody was authenticated", "URI=spiffe://m/admin;hash=1", false, "URI=spiffe://m/admin"},
		{"two forged", "A=1,B=2", false, "A=1,B=2"},
		{"open quote", `Cert="abc,` + own, true, ""},
		{"escaped quote", `Subject="a\",b",` + own, true, `Subject="a\",b"`},
		{"empty", "", true, ""},
	}
	for _, c := range cases {
		if got := string(withoutCertificates([]byte(c.value), c.authenticated)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
