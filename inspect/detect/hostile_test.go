package detect

import (
	"bytes"
	"testing"
	"time"
)

// Invariant 4: what is repeated to a mebibyte costs a mebibyte's work. The bound is a hundred times what it takes, so that only a square of the length misses it.
func TestHostileLength(t *testing.T) {
	const size = 1 << 20
	units := []string{
		"'", "\"", "`", "''", "(", ")", "((1", "/*", "--", "#", "$a$", "$(", "${", "`(", "\\", "[", "[a", "{", "{$", "<", "<!--", "<!--#", "%", "%s", "&", "|", ";", "@", ":", "+", "= ", "!", "~", "*",
		"select ", "union select ", "' or 1=1 ", "1 or ", "case when ", "exec $b$ ", "declare @a ", "waitfor ", "; ls ", "$(a ", "`a ", "<a ", "a=b&", "../", "x' ", "/*!", "{{", "${a:", "(&(", "(|", "\r\n", "\nBcc: ", "%n",
		"() { :; }; ", "eval(", "system('", "phpinfo(", "os.system(", "'.system(", "<?php ", "$_GET[", "{php} ", "a.b", "[$ne]", "\xe2\x80\x93", "\xc2\xa0", "0x", "\\u0041", "<?php ", "//a", "*|", "\x00", "a\n", "or ",
		"$a ", "array[", "\\x69", "a$u", "db.a.", "\r\nSET a ", "a `ls` b ", "(\"a\")(", "$a=1;$a(", "[=a", "%{7", ".__a", "; then ", "\\\\a\\b", "(a=*)", "<script> a", "constructor\": {", "eval(` ``", "``eval( ", "\\'", "$$;", "a->b ", "::int ", "/**/a", ":(){ :|",
	}
	start := time.Now()
	for _, u := range units {
		v := bytes.Repeat([]byte(u), size/len(u))
		one := time.Now()
		Run(nil, v, &Context{})
		if d := time.Since(one); d > 10*time.Second {
			t.Fatalf("%d bytes of %q took %v", size, u, d)
		}
	}
	t.Logf("%d values in %v", len(units), time.Since(start))
}
