package profile

import (
	"slices"
	"strings"

	"postern/profile/sketch"
)

// Values that must not be kept in clear, by their form where it tells, by the field's name where only that does: a password looks like any text.

// checkedShare is the part of a field's values from which a form that a check digit tells is believed: one number in ten passes Luhn's check by chance.
const checkedShare = .2

// sensitive names the kinds of values, as the field has them, that must not be kept in clear.
func (f *field) sensitive() (names []string) {
	for form, n := range f.Forms.All() {
		if n > 0 && form.Sensitive() && (!form.Checked() || float64(n) >= checkedShare*float64(f.Values)) {
			names = append(names, form.String())
		}
	}
	if secret := sketch.Secret.String(); f.Values > 0 && namesSecret(f.Name) && !slices.Contains(names, secret) {
		names = append(names, secret)
	}
	return names
}

// carries notes what of a caller's calls must not be kept in clear.
func (c *caller) carries(n *count) {
	for _, f := range n.Fields {
		for _, name := range f.sensitive() {
			c.sensitive[name] = true
		}
	}
}

// secretNames are parts of the names that people give to fields that hold a secret, in lower case and without marks between words.
var secretNames = [...]string{
	"password", "passwd", "passphrase", "secret", "apikey", "accesskey", "privatekey", "credential", "authorization", "sessionid", "sessiontoken", "accesstoken", "refreshtoken",
	"authtoken", "idtoken", "csrftoken", "clientassertion", "contraseña", "passwort", "motdepasse", "kennwort",
}

// secretWords are such names where they stand alone: within others they mean much else.
var secretWords = [...]string{"pwd", "pass", "pin", "token", "jwt", "otp", "cvv", "cvc", "cookie", "session", "sid", "bearer", "clave", "senha"}

var unmarked = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

// namesSecret says of a step of a path whether the field it names holds a secret.
func namesSecret(step string) bool {
	name := strings.ToLower(strings.Trim(step, `."`))
	if slices.Contains(secretWords[:], name) {
		return true
	}
	name = unmarked.Replace(name)
	return slices.ContainsFunc(secretNames[:], func(s string) bool { return strings.Contains(name, s) })
}
