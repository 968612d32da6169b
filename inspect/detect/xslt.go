package detect

// xsltReaches are what a stylesheet calls to leave its document, by processor: files, the network, Java, PHP, scripts.
var xsltReaches = []string{
	"document('", "document(\"", "unparsed-text(", "system-property(", "php:function", "php:functionstring", "msxsl:script", "xalan:", "java:java", "rt:exec", "rt:getruntime",
	"runtime:", "saxon:", "ptr:", "exsl:document", "redirect:write", "result-document", "func:script", "doc-available(", "user:xml", "lxslt:",
}

// findXSLT reads a stylesheet, or an expression put into one, that reaches outside its document.
func findXSLT(v []byte, c *Context, s *summary) hit {
	if s.words&wSheet == 0 {
		return hit{}
	}
	sheet := indexFold(v, "<xsl:")
	if sheet < 0 {
		sheet = indexFold(v, "/xsl/transform")
	}
	if at := indexFold(v, ":document"); at > 0 && indexFold(v, "exslt.org/common") >= 0 {
		return hit{at, len(v), strong} // writes a file
	}
	grade := none
	for _, reach := range xsltReaches {
		if at := indexFold(v, reach); at == 0 || at > 0 && !isWord(v[at-1]) {
			switch {
			case sheet >= 0:
				return hit{min(sheet, at), len(v), certain}
			case reach == "system-property(" || reach == "php:function" || reach == "unparsed-text(" || reach == "msxsl:script":
				grade = strong
			case at == 0 && s.has(cOpen|cClose) && equalFold(c.Name, "select"):
				grade = likely
			}
			if grade != none {
				return hit{at, len(v), grade}
			}
		}
	}
	if sheet >= 0 {
		return hit{sheet, len(v), hint}
	}
	return hit{}
}
