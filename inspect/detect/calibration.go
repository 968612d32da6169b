package detect

// curve has the likelihood of an attack for each grade of evidence.
type curve [grades]float32

// curves are the likelihoods by class, to be counted on labelled data. None is filled in yet: every class uses prior.
var curves = map[string]curve{}

// prior is a placeholder by judgement, not a measured rate: until curves are counted a score orders findings, and is no likelihood.
var prior = curve{0, 0.2, 0.6, 0.9, 0.99}

func likelihood(class string, g grade) float32 {
	if c, ok := curves[class]; ok {
		return c[g]
	}
	return prior[g]
}
