package sketch

// mark begins a key that a well-known service issues, as its documentation has it; least is how long such a key is at the shortest.
type mark struct {
	text  string
	least int
}

var secretMarks = [...]mark{
	{"AKIA", 20}, // AWS access key ids
	{"ASIA", 20},
	{"AIza", 39}, // Google API keys
	{"ghp_", 40}, // GitHub
	{"gho_", 40},
	{"ghu_", 40},
	{"ghs_", 40},
	{"ghr_", 40},
	{"github_pat_", 40},
	{"glpat-", 26}, // GitLab
	{"xoxb-", 24},  // Slack
	{"xoxp-", 24},
	{"xoxa-", 24},
	{"xapp-", 24},
	{"sk_live_", 24}, // Stripe
	{"sk_test_", 24},
	{"rk_live_", 24},
	{"whsec_", 24},
	{"npm_", 40}, // registries of packages
	{"pypi-", 40},
	{"hvs.", 24},        // HashiCorp Vault
	{"SG.", 60},         // SendGrid
	{"-----BEGIN ", 40}, // PEM; what follows says whether it is a key
	{"Bearer ", 15},     // RFC 6750, RFC 7617: an Authorization header's value
	{"Basic ", 10},
	{"bearer ", 15},
	{"basic ", 10},
}

// secretsBy are the marks by their first byte: most values have none of them.
var secretsBy = func() (table [256][]mark) {
	for _, m := range secretMarks {
		table[m.text[0]] = append(table[m.text[0]], m)
	}
	return table
}()

// secret says that a value is a credential by its own marks.
func secret(v []byte) bool {
	for _, s := range secretsBy[v[0]] {
		if len(v) < s.least || string(v[:len(s.text)]) != s.text {
			continue
		}
		switch s.text[0] {
		case '-':
			for i := len(s.text); i+11 <= len(v) && i < 64; i++ {
				if string(v[i:i+11]) == "PRIVATE KEY" {
					return true
				}
			}
			return false
		case 'B', 'b': // one token and nothing else
			return bare(v[len(s.text):])
		}
		return bare(v)
	}
	return false
}

// bare says that a value is made of the characters of tokens alone (RFC 7235, token68).
func bare(v []byte) bool {
	for _, c := range v {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' && c != '~' && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return len(v) > 0
}
