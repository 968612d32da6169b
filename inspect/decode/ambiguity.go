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
	Overlong    // overlong UTF-8
	BadUTF8     // not UTF-8 where it must be
	BOM         // a byte order mark
	Bidi        // bidirectional controls: shown otherwise than read
	Surrogate   // half a surrogate pair
	CharsetLie  // not in the declared charset
	TypeLie     // not of the declared content type, or a document that is declared as text
	TypeTwice   // several content types, or a parameter of one twice
	EncodingLie // not of the declared Content-Encoding, or encoded without saying so

	Seven      // UTF-7: plain ASCII to all but a few
	EntityOpen // a numeric character reference without its semicolon

	// Header lines.

	HeaderTwice   // a line that must come once comes again
	HeaderName    // a name that is no token
	LengthTwo     // Content-Length and Transfer-Encoding, or lengths that differ
	LengthLie     // Content-Length is not the length of the body
	HostTwo       // host and authority differ, or several hosts
	MethodTunnel  // X-HTTP-Method-Override and its like
	HopByHop      // a hop-by-hop header that names others
	HeaderSpecial // a control character in a value

	// Documents in general.

	Trailing     // bytes after the end of the document
	DuplicateKey // a member name that comes again
	EmptyKey     // a member name of no characters

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

	// XML (XML 1.0, Namespaces in XML 1.0).

	DuplicateAttribute // an attribute that comes again
	DocumentType       // a document type: some read it, some refuse it
	EntityDeclared     // an entity declared in the document
	EntityUsed         // an entity used that is none of the five
	CharsetUnusual     // a declared charset that most readers do not know

	// Protocol Buffers and gRPC.

	LongVarint // a number in more bytes than it needs
	Group      // a group: newer readers do not know them
	FrameFlag  // a frame's flag that is not defined

	// Multipart and mail (RFC 2046, RFC 7578, RFC 5322).

	BoundaryTwo     // two boundaries declared, or a boundary line of another than the declared or first one
	BoundaryPrefix  // a line that begins as the boundary does, and goes on
	BoundaryOpen    // the final boundary is missing
	BoundaryBare    // a boundary line that ends in LF or CR alone
	PartTwice       // a part name that comes again
	PartNameTwo     // several names, file names, or both forms of one, that differ
	PartHeaderTwice // a part's header line that comes again
	PartNoName      // a part of a form without a name
	PartEncoding    // Content-Transfer-Encoding in a part: some undo it, some do not
	Preamble        // text before the first boundary
	Epilogue        // text after the final boundary
	HeaderFolded    // a header line that goes on in the next
	HeaderMalformed // a header line without ":", or with a space before it

	// YAML (YAML 1.2).

	YAMLTag       // a tag that makes a value more than a value
	YAMLAnchor    // an anchor or alias: not expanded here
	YAMLMerge     // a merge key
	YAMLDocuments // several documents
	YAMLTab       // a tab as indentation

	// GraphQL (GraphQL October 2021).

	OperationTwice // operations of one name, or a nameless one beside others
	ArgumentTwice  // an argument that comes again

	// MessagePack, CBOR.

	LongForm   // a number or length in a longer form than it needs
	Indefinite // CBOR of indefinite length
	KeyKind    // a map's key that is no text
	CBORTag    // a CBOR tag that makes a value more than a value

	// JSON Web Tokens (RFC 7515, RFC 8725).

	TokenUnsigned // alg none, or no signature
	TokenParts    // more parts than the form has

	// CSV (RFC 4180), data URLs (RFC 2397), serialized objects.

	RowUneven    // rows of different lengths
	QuoteStray   // a quote where none is allowed
	MediaTypeLie // a data URL whose data is not base64 as it says
	LengthWrong  // a length that is not the value's

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
	PathSlash:          "ambiguous:path-slash",
	PathDots:           "ambiguous:path-dots",
	PathEmpty:          "ambiguous:path-empty",
	PathBackslash:      "ambiguous:path-backslash",
	PathParameter:      "ambiguous:path-parameter",
	PathFragment:       "ambiguous:path-fragment",
	PathAbsolute:       "ambiguous:path-absolute",
	QueryMark:          "ambiguous:query-mark",
	PercentBad:         "ambiguous:percent-bad",
	PercentTwice:       "ambiguous:percent-twice",
	PercentUnicode:     "ambiguous:percent-unicode",
	PercentPlain:       "ambiguous:percent-plain",
	ParameterTwice:     "ambiguous:parameter-twice",
	ParameterSemi:      "ambiguous:parameter-semicolon",
	ParameterBracket:   "ambiguous:parameter-bracket",
	CookieTwice:        "ambiguous:cookie-twice",
	CookieQuoted:       "ambiguous:cookie-quoted",
	NUL:                "ambiguous:nul",
	BareCR:             "ambiguous:bare-cr",
	Overlong:           "ambiguous:overlong",
	BadUTF8:            "ambiguous:bad-utf8",
	BOM:                "ambiguous:bom",
	Bidi:               "ambiguous:bidi",
	Surrogate:          "ambiguous:surrogate",
	CharsetLie:         "ambiguous:charset-lie",
	Seven:              "ambiguous:utf7",
	EntityOpen:         "ambiguous:entity-open",
	TypeLie:            "ambiguous:type-lie",
	TypeTwice:          "ambiguous:type-twice",
	EncodingLie:        "ambiguous:encoding-lie",
	HeaderTwice:        "ambiguous:header-twice",
	HeaderName:         "ambiguous:header-name",
	LengthTwo:          "ambiguous:length-two",
	LengthLie:          "ambiguous:length-lie",
	HostTwo:            "ambiguous:host-two",
	MethodTunnel:       "ambiguous:method-tunnel",
	HopByHop:           "ambiguous:hop-by-hop",
	HeaderSpecial:      "ambiguous:header-special",
	Trailing:           "ambiguous:trailing",
	DuplicateKey:       "ambiguous:duplicate-key",
	EmptyKey:           "ambiguous:empty-key",
	JSONComment:        "ambiguous:json-comment",
	JSONComma:          "ambiguous:json-comma",
	JSONQuote:          "ambiguous:json-quote",
	JSONNumber:         "ambiguous:json-number",
	JSONControl:        "ambiguous:json-control",
	JSONEscape:         "ambiguous:json-escape",
	JSONPrecise:        "ambiguous:json-precise",
	JSONPrefix:         "ambiguous:json-prefix",
	JSONSequence:       "ambiguous:json-sequence",
	Members:            "ambiguous:members",
	ChecksumBad:        "ambiguous:checksum-bad",
	NotCanonical:       "ambiguous:not-canonical",
	DuplicateAttribute: "ambiguous:duplicate-attribute",
	DocumentType:       "ambiguous:document-type",
	EntityDeclared:     "ambiguous:entity-declared",
	EntityUsed:         "ambiguous:entity-used",
	CharsetUnusual:     "ambiguous:charset-unusual",
	LongVarint:         "ambiguous:long-varint",
	Group:              "ambiguous:group",
	FrameFlag:          "ambiguous:frame-flag",
	BoundaryTwo:        "ambiguous:boundary-two",
	BoundaryPrefix:     "ambiguous:boundary-prefix",
	BoundaryOpen:       "ambiguous:boundary-open",
	BoundaryBare:       "ambiguous:boundary-bare",
	PartTwice:          "ambiguous:part-twice",
	PartNameTwo:        "ambiguous:part-name-two",
	PartHeaderTwice:    "ambiguous:part-header-twice",
	PartNoName:         "ambiguous:part-no-name",
	PartEncoding:       "ambiguous:part-encoding",
	Preamble:           "ambiguous:preamble",
	Epilogue:           "ambiguous:epilogue",
	HeaderFolded:       "ambiguous:header-folded",
	HeaderMalformed:    "ambiguous:header-malformed",
	YAMLTag:            "ambiguous:yaml-tag",
	YAMLAnchor:         "ambiguous:yaml-anchor",
	YAMLMerge:          "ambiguous:yaml-merge",
	YAMLDocuments:      "ambiguous:yaml-documents",
	YAMLTab:            "ambiguous:yaml-tab",
	OperationTwice:     "ambiguous:operation-twice",
	ArgumentTwice:      "ambiguous:argument-twice",
	LongForm:           "ambiguous:long-form",
	Indefinite:         "ambiguous:indefinite",
	KeyKind:            "ambiguous:key-kind",
	CBORTag:            "ambiguous:cbor-tag",
	TokenUnsigned:      "ambiguous:token-unsigned",
	TokenParts:         "ambiguous:token-parts",
	RowUneven:          "ambiguous:row-uneven",
	QuoteStray:         "ambiguous:quote-stray",
	MediaTypeLie:       "ambiguous:media-type-lie",
	LengthWrong:        "ambiguous:length-wrong",
}
