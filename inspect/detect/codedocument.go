package detect

// codeOpeners are words that begin a line of a program, in most languages that people write.
var codeOpeners = []string{
	"const ", "let ", "var ", "function ", "async ", "class ", "def ", "import ", "from ", "return", "public ", "private ", "protected ", "static ", "package ", "func ", "fn ", "struct ", "enum ", "interface ",
	"#include", "#define", "using ", "namespace ", "if (", "if(", "for (", "for(", "while (", "while(", "else", "switch", "case ", "try", "catch", "export ", "module", "require", "void ", "int ", "char ", "double ", "float ", "type ", "impl ", "pub ", "@", "elif ", "except", "with ", "print(", "console.", "<?php", "end", "self.", "this.",
}

// findCodeDocument tells the text of a program: most of its lines begin with a keyword, end as statements do, or are deeper than their neighbour.
func findCodeDocument(v []byte, _ *Context, _ *summary) hit {
	lines, code, opened := 0, 0, 0
	if first := trim(v); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return hit{} // JSON has a program's marks at its lines' ends
	}
	for at := 0; at < len(v) && lines < 200; {
		end := indexByte(v, '\n', at)
		if end < 0 {
			end = len(v)
		}
		line := v[at:end]
		at = end + 1
		body := trim(line)
		if len(body) == 0 {
			continue
		}
		lines++
		if statement, opener := codeLine(body); statement {
			code++
			if opener {
				opened++
			}
		}
	}
	switch {
	case lines < 3 || opened == 0 || code*2 < lines:
		return hit{}
	case code*4 >= lines*3:
		return hit{0, len(v), certain}
	}
	return hit{0, len(v), strong}
}

// codeLine tells one line of a program, without the blanks around it, and whether it begins with one of a language's words.
func codeLine(body []byte) (statement, opener bool) {
	last := body[len(body)-1]
	closes := last == ';' || last == '{' || last == '}'
	marks := indexByte(body, '(', 0) > 0 || indexByte(body, '=', 0) > 0 || last == ':' || last == ',' || last == '('
	for _, w := range codeOpeners {
		if hasPrefix(body, w) {
			return closes || marks || len(body) < 40 && w != "@" && w != "from " && w != "end", true
		}
	}
	comment := hasPrefix(body, "//") || hasPrefix(body, "/*") || hasPrefix(body, "* ") || hasPrefix(body, "*/") || body[0] == '}' || body[0] == ')'
	return closes || comment || marks && (last == ')' || last == ',' || last == '(') && indexByte(body, '(', 0) > 0, false
}
