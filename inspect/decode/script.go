package decode

// script is a group of characters that are written together.
type script uint8

const (
	anyScript script = iota // ASCII, signs and emoji, which stand beside every script
	noScript
	latin
	greek
	cyrillic
	armenian
	hebrew
	arabic
	indic
	thai
	georgian
	eastAsian // Han, Hiragana, Katakana
	hangul
)

// scripts are the blocks of Unicode 16 in order, some taken together. What lies between them is unassigned, private or seldom written.
var scripts = [...]struct {
	first, last rune
	script      script
}{
	{0, 0x7f, anyScript},
	{0xa0, 0x2af, latin},
	{0x370, 0x3ff, greek},
	{0x400, 0x52f, cyrillic},
	{0x531, 0x58f, armenian},
	{0x590, 0x5ff, hebrew},
	{0x600, 0x77f, arabic},
	{0x900, 0xdff, indic},
	{0xe00, 0xe7f, thai},
	{0x10a0, 0x10ff, georgian},
	{0x1e00, 0x1eff, latin},
	{0x2010, 0x2bff, anyScript},
	{0x3000, 0x303f, anyScript},
	{0x3040, 0x30ff, eastAsian},
	{0x3400, 0x4dbf, eastAsian},
	{0x4e00, 0x9fff, eastAsian},
	{0xac00, 0xd7a3, hangul},
	{0xff01, 0xff65, anyScript},
	{0x1f000, 0x1faff, anyScript},
}

func scriptOf(c rune) script {
	for _, row := range scripts {
		if c <= row.last {
			if c >= row.first {
				return row.script
			}
			break
		}
	}
	return noScript
}

// OneScript says whether the letters of v are of one script. Of random characters of 16 bits seven are so once in 180 times.
func OneScript(v []byte) bool {
	seen := anyScript
	for _, c := range string(v[:min(len(v), sample)]) {
		switch s := scriptOf(c); {
		case s == anyScript || s == seen:
		case s == noScript || seen != anyScript:
			return false
		default:
			seen = s
		}
	}
	return true
}
