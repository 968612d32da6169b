package detect

// curve has the likelihood of an attack for each grade of evidence.
type curve [grades]float32

// curves are the likelihoods by class: of the values whose strongest evidence this is, the share that are attacks, as `make quality SECTION=detect` counts it on labelled data and prints this
// table. Every class of attacks counts there as much as another, of the harmless values half are ordinary and half code-like texts, and three in twenty values are attacks, which is
// an assumption. A class with little data leans on the average of all.
var curves = map[string]curve{
	"cmdi":           {0, 0.088, 0.708, 0.989, 0.998},
	"code-injection": {0, 0.037, 0.715, 0.989, 0.998},
	"crlf":           {0, 0.002, 0.75, 0.993, 0.998},
	"format-string":  {0, 0.014, 0.75, 0.991, 0.998},
	"ldap":           {0, 0.016, 0.75, 0.992, 0.998},
	"nosqli":         {0, 0.016, 0.75, 0.993, 0.998},
	"open-redirect":  {0, 0.013, 0.772, 0.993, 0.998},
	"shellshock":     {0, 0.041, 0.75, 0.991, 0.998},
	"sqli":           {0, 0.006, 0.611, 0.99, 0.998},
	"ssrf":           {0, 0.081, 0.797, 0.992, 0.998},
	"ssti":           {0, 0.007, 0.797, 0.992, 0.998},
	"traversal":      {0, 0.003, 0.819, 0.991, 0.998},
	"xss":            {0, 0.003, 0.77, 0.99, 0.998},
	"xxe":            {0, 0.34, 0.8, 0.991, 0.998},
}

// pooled is the average of all classes, for those the data has none of.
var pooled = curve{0, 0.016, 0.75, 0.991, 0.998}

func likelihood(class string, g grade) float32 {
	if c, ok := curves[class]; ok {
		return c[g]
	}
	return pooled[g]
}

// Likelihoods gives a class's likelihoods from the weakest grade of evidence to the strongest, four of them.
func Likelihoods(class string) []float32 {
	c, ok := curves[class]
	if !ok {
		c = pooled
	}
	return c[hint:]
}
