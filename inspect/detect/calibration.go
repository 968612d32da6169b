package detect

// curve has the likelihood of an attack for each grade of evidence.
type curve [grades]float32

// curves are the likelihoods by class: of the labelled values where a class is found with this grade, the share that is an attack (Laplace's rule), made monotone.
// They are counted by `make quality SECTION=detect`, which prints this table.
var curves = map[string]curve{}

// prior is for a class that has no labelled data: the pooled shares of all classes.
var prior = curve{0, 0.2, 0.6, 0.9, 0.99}

func likelihood(class string, g grade) float32 {
	if c, ok := curves[class]; ok {
		return c[g]
	}
	return prior[g]
}
