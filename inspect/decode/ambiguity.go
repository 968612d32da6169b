package decode

// Ambiguity is a place that two parsers may read differently. Each is a finding of class ambiguous:<name>.
type Ambiguity uint8

// The ambiguities. The numbers are not stored anywhere: keep them grouped by format.
const (
	_ Ambiguity = iota

	// The request target (RFC 3986, RFC 9110).
	PathSlash     // %2F or %5C in a path segment
	PathDots      // "." or ".." as a segment, plain or escaped
	PathEmpty     // "//": an empty segment inside the path
	PathBackslash // "\" taken for "/" by some
	PathParameter // ";": a matrix parameter to some, part of the name to others
	PathFragment  // "#" in a request target
	PathAbsolute  // absolute-form: scheme and authority in the target
	QueryMark     // a second "?"

	// Percent encoding, forms, cookies.
	PercentBad       // "%" without two hex digits
	PercentTwice     // an escape that yields an escape
	PercentUnicode   // %uXXXX, read by IIS and old JavaScript only
	PercentPlain     // an escape of a letter or digit: needs none
	ParameterTwice   // a form or query name that comes again
	ParameterSemi    // ";" between parameters: a separator to some
	ParameterBracket // a[b]= or a[]=: a member of a structure to some
	CookieTwice      // a cookie name that comes again
	CookieQuoted     // a quoted cookie value: with or without its quotes

	// Characters.
	NUL         // a NUL: the end of the text to some
	BareCR      // CR without LF
	BareLF      // LF where CRLF is asked for
	Overlong    // overlong UTF-8
	BadUTF8     // not UTF-8 where it must be
	BOM         // a byte order mark
	Bidi        // bidirectional controls: shown otherwise than read
	Surrogate   // half a surrogate pair
	CharsetLie  // not in the declared charset
	CharsetTwo  // two declarations of the charset that differ
	TypeLie     // not of the declared content type
	TypeTwice   // several Content-Type lines
	EncodingLie // not of the declared Content-Encoding, or encoded without saying so

	// Header lines.
	HeaderTwice   // a line that must come once comes again
	HeaderName    // a name that is no token
	LengthTwo     // Content-Length and Transfer-Encoding, or lengths that differ
	LengthLie     // Content-Length is not the length of the body
	HostTwo       // host and authority differ
	MethodTunnel  // X-HTTP-Method-Override and its like
	HopByHop      // a hop-by-hop header that names others
	HeaderSpecial // a control character in a value

	// Documents in general.
	Trailing      // bytes after the end of the document
	DuplicateKey  // a member name that comes again
	EmptyKey      // a member name of no characters
	SplitEncoding // one wrapping in two dialects: base64 of both alphabets, padding inside

	// JSON (RFC 8259).
	JSONComment  // /* */ or //
	JSONComma    // a comma before the end
	JSONQuote    // '…' or a name without quotes
	JSONNumber   // 01, +1, .5, 0x1, NaN, Infinity
	JSONControl  // a raw control character in a string
	JSONEscape   // an escape that does not exist
	JSONPrecise  // a number that a double does not hold
	JSONPrefix   // a guard before the document: )]}'
	JSONSequence // several documents one after the other

	// Compression.
	Members      // several members or frames: some read only the first
	ChecksumBad  // the checksum does not hold
	NotCanonical // bits after the end that should be zero

	// Room for the other structures; their owners group them here.

	ambiguities
)

// String returns the name as it stands after "ambiguous:".
func (a Ambiguity) String() string { return a.Class()[len("ambiguous:"):] }

// Class returns the class of the finding, a constant.
func (a Ambiguity) Class() string {
	if a < ambiguities && ambiguityClasses[a] != "" {
		return ambiguityClasses[a]
	}
	return "ambiguous:unknown"
}

// Ambiguities returns all of them, in order.
func Ambiguities() []Ambiguity {
	all := make([]Ambiguity, 0, ambiguities)
	for a := Ambiguity(1); a < ambiguities; a++ {
		all = append(all, a)
	}
	return all
}

var ambiguityClasses = [ambiguities]string{
	PathSlash:        "ambiguous:path-slash",
	PathDots:         "ambiguous:path-dots",
	PathEmpty:        "ambiguous:path-empty",
	PathBackslash:    "ambiguous:path-backslash",
	PathParameter:    "ambiguous:path-parameter",
	PathFragment:     "ambiguous:path-fragment",
	PathAbsolute:     "ambiguous:path-absolute",
	QueryMark:        "ambiguous:query-mark",
	PercentBad:       "ambiguous:percent-bad",
	PercentTwice:     "ambiguous:percent-twice",
	PercentUnicode:   "ambiguous:percent-unicode",
	PercentPlain:     "ambiguous:percent-plain",
	ParameterTwice:   "ambiguous:parameter-twice",
	ParameterSemi:    "ambiguous:parameter-semicolon",
	ParameterBracket: "ambiguous:parameter-bracket",
	CookieTwice:      "ambiguous:cookie-twice",
	CookieQuoted:     "ambiguous:cookie-quoted",
	NUL:              "ambiguous:nul",
	BareCR:           "ambiguous:bare-cr",
	BareLF:           "ambiguous:bare-lf",
	Overlong:         "ambiguous:overlong",
	BadUTF8:          "ambiguous:bad-utf8",
	BOM:              "ambiguous:bom",
	Bidi:             "ambiguous:bidi",
	Surrogate:        "ambiguous:surrogate",
	CharsetLie:       "ambiguous:charset-lie",
	CharsetTwo:       "ambiguous:charset-two",
	TypeLie:          "ambiguous:type-lie",
	TypeTwice:        "ambiguous:type-twice",
	EncodingLie:      "ambiguous:encoding-lie",
	HeaderTwice:      "ambiguous:header-twice",
	HeaderName:       "ambiguous:header-name",
	LengthTwo:        "ambiguous:length-two",
	LengthLie:        "ambiguous:length-lie",
	HostTwo:          "ambiguous:host-two",
	MethodTunnel:     "ambiguous:method-tunnel",
	HopByHop:         "ambiguous:hop-by-hop",
	HeaderSpecial:    "ambiguous:header-special",
	Trailing:         "ambiguous:trailing",
	DuplicateKey:     "ambiguous:duplicate-key",
	EmptyKey:         "ambiguous:empty-key",
	SplitEncoding:    "ambiguous:split-encoding",
	JSONComment:      "ambiguous:json-comment",
	JSONComma:        "ambiguous:json-comma",
	JSONQuote:        "ambiguous:json-quote",
	JSONNumber:       "ambiguous:json-number",
	JSONControl:      "ambiguous:json-control",
	JSONEscape:       "ambiguous:json-escape",
	JSONPrecise:      "ambiguous:json-precise",
	JSONPrefix:       "ambiguous:json-prefix",
	JSONSequence:     "ambiguous:json-sequence",
	Members:          "ambiguous:members",
	ChecksumBad:      "ambiguous:checksum-bad",
	NotCanonical:     "ambiguous:not-canonical",
}
