// Package inspect says what a message says: it opens every layer of it, down to plain values, and asks the detectors about each.
//
// # How to read it
//
// inspect.go has the Inspector and its Limits, tree.go the Tree, path.go the paths. roots.go takes a message apart into path, query, header, cookie and body; walk.go
// is the Sink that makes nodes of what the decoders report; unfold.go is the heart, the loop of every value: what could it be (decode.Look), does it look so (the
// sniffers), open it, and was there sense in it (sensible)? What made no sense is undone without a trace. findings.go asks the detectors when the whole tree stands;
// account.go counts the bytes. odd.go notes what two servers may read differently.
//
// # Invariants
//
//  1. Decoded + Opaque + Unexamined is the length of the body, or its declared length where that is more. FuzzInspect holds it.
//  2. Nodes are in document order; Nodes[i+1:End] are the descendants of node i. A parent comes before its children.
//  3. Raw and Name point into the message or the arena. Free clears the arena; under the race detector it is overwritten.
//  4. The same Path is the same Shape in every call, and ParsePath reads back what Path prints. Repeated names (form keys, XML elements, header lines) share one path.
//  5. The work is bounded: each opening of a value pays for its bytes, what is tried and given up too. No bomb costs more than five ordinary bodies of its size (TestBombs).
//  6. A panic in a decoder, sniffer or detector costs one node, never the message. Tree.Panics has the stack.
//  7. Inspect is pure: no clock, no randomness, no goroutine. The tree of a message is the same on every machine.
//
// # Formats
//
// Wrappings have one value inside; structures have members. "weak" wrappings have no mark of their own: only the sense of what is inside tells.
//
//	gzip       wrapping       RFC 1952
//	zlib       wrapping       RFC 1950; not done: preset dictionaries
//	zstd       wrapping       RFC 8878; not done: dictionaries
//	utf32      weak wrapping  Unicode 16 §3.10; not done: byte order 2143 and 3412
//	utf16      weak wrapping  RFC 2781; not done: Han, Kana and Hangul without a mark, but for much ASCII among them
//	grpc       structure      gRPC over HTTP/2; not done: message encodings beside gzip, zlib, deflate, zstd, brotli and snappy
//	grpcweb    structure      gRPC-Web
//	java       structure      Java Object Serialization 6.4; not done: only names and texts are read
//	dotnet     structure      MS-NRBF; not done: only texts are read
//	pickle     structure      PEP 3154, pickletools; not done: nothing is run
//	php        structure      php.net/serialize
//	dataurl    structure      RFC 2397
//	pem        structure      RFC 7468, RFC 1421; not done: what is encrypted
//	jwt        structure      RFC 7515, RFC 7516, RFC 7519; not done: signatures are not checked
//	auth       structure      RFC 9110 §11.4; not done: the parameters of Digest and its like
//	ndjson     structure      github.com/ndjson/ndjson-spec, RFC 7464
//	json       structure      RFC 8259
//	multipart  structure      RFC 2046 §5.1, RFC 7578
//	mime       structure      RFC 5322, RFC 9112
//	xml        structure      XML 1.0 (fifth edition); not done: entities are not expanded, nothing is fetched
//	graphql    structure      GraphQL, October 2021; not done: type system documents
//	form       structure      WHATWG URL §5
//	url        structure      RFC 3986, WHATWG URL; not done: addresses without parameters, but for base64 in their path
//	yaml       structure      YAML 1.2.2; not done: aliases and merge keys are not followed; keys that are collections; tabs as white space
//	csv        structure      RFC 4180; not done: names over several lines
//	segments   structure      HL7 2.5 §2, ANSI X12.5, ISO 9735; not done: components and escapes within fields; separators that the header declares
//	msgpack    structure      msgpack.org specification, 2017; not done: a map's keys that are containers
//	cbor       structure      RFC 8949; not done: a map's keys that are containers; tags are noted, not applied
//	protobuf   structure      protobuf.dev/programming-guides/encoding; not done: packed fields of large numbers are bytes; names need a descriptor
//	bom        wrapping       RFC 3629 §6
//	percent    wrapping       RFC 3986 §2.1
//	plus       wrapping       WHATWG URL §5.1
//	html       wrapping       WHATWG HTML §13.5
//	escape     wrapping       ECMA-262 §12.9.4, ISO 9899 §6.4.4.4
//	qp         weak wrapping  RFC 2045 §6.7
//	word       wrapping       RFC 2047; not done: charsets beside UTF-8 and ISO 8859-1
//	utf7       weak wrapping  RFC 2152
//	overlong   weak wrapping  RFC 3629 §3
//	hex        weak wrapping  RFC 4648 §8
//	base32     weak wrapping  RFC 4648 §6; not done: the extended hexadecimal alphabet
//	ascii85    wrapping       PostScript Language Reference 3 §3.13.3; not done: without its marks <~ and ~>
//	base64     weak wrapping  RFC 4648 §4, §5; RFC 2045 §6.8
//	records    structure      -
//	deflate    weak wrapping  RFC 1951
//	br         weak wrapping  RFC 7932
//	tokens     structure      -; not done: words in other wrappings than base64 and hexadecimal digits
//	bson       structure      bsonspec.org 1.1; not done: decimal128 and ObjectId are bytes
//	snappy     weak wrapping  github.com/google/snappy, format_description.txt and framing_format.txt; not done: checksums
//
// # Ambiguities
//
// Each is a finding of class ambiguous:<name>, and never denies alone.
//
//	path-slash, path-dots, path-empty, path-backslash, path-parameter, path-fragment, path-absolute, query-mark, percent-bad, percent-twice,
//	percent-unicode, percent-plain, parameter-twice, parameter-semicolon, parameter-bracket, cookie-twice, cookie-quoted, nul, bare-cr,
//	overlong, bad-utf8, bom, bidi, surrogate, charset-lie, type-lie, type-twice, encoding-lie, utf7, entity-open, header-twice, header-name,
//	length-two, length-lie, host-two, method-tunnel, hop-by-hop, header-special, trailing, duplicate-key, empty-key, json-comment, json-comma,
//	json-quote, json-number, json-control, json-escape, json-precise, json-prefix, json-sequence, members, checksum-bad, not-canonical,
//	duplicate-attribute, document-type, entity-declared, entity-used, charset-unusual, long-varint, group, frame-flag, boundary-two,
//	boundary-prefix, boundary-open, boundary-bare, part-twice, part-name-two, part-header-twice, part-no-name, part-encoding, preamble,
//	epilogue, header-folded, header-malformed, yaml-tag, yaml-anchor, yaml-merge, yaml-documents, yaml-tab, operation-twice, argument-twice,
//	long-form, indefinite, key-kind, cbor-tag, token-unsigned, token-parts, row-uneven, quote-stray, media-type-lie, length-wrong
//
// # Decisions
//
// 2026-11-23. Both readings stay: a value in which a layer was opened keeps its own text, and the layer is its child. Refused: to replace the text. Price: a byte may be
// looked at once for each layer around it.
//
// 2026-11-23. Whether base64, hex and other weak wrappings are there is asked of a model of text (decode/text.go): the bits that the text inside takes, against those of
// the word outside; eight bits of evidence are asked. Refused: lists of words, thresholds on entropy. Price: a random token of 8 to 14 letters is opened once in 200 to
// 10,000 times, and a short value of digits or random letters in hexadecimal digits may stay closed.
//
// 2026-11-23, 2026-11-27. "a+b" at the surface of a JSON value stays as it is; inside another wrapping, in a cookie, beside percent escapes, between three words and more, or two of small letters alone
// it is read with spaces too. Refused: to undo it everywhere, since one in a hundred ordinary values has such a plus. Price: two words of which one has a capital or a digit, joined by plus alone in a JSON
// string keep it, and "Ctrl+Alt+Delete" has a second reading.
//
// 2026-11-27. Binary structures are tried before the wrappings of text, and quoted-printable whose lines are broken before all structures. Refused: to open a message's
// bytes as text escaped here and there, and its fields once more: that doubled the work at each layer. Price: a text that reads as such a structure by chance is not unescaped.
//
// 2026-11-27. The payload of a text in quoted-printable is compared with CRLF at its line ends, since RFC 2045 has no others (test/quality/nest, mailLines). XML's line ends
// are one line feed (XML 1.0 §2.11). Price: such a text is copied.
//
// 2026-11-27. Of two lines of Host, Content-Type or Authorization Envoy makes one, with a comma (test/e2e, Test07Ambiguity): what is joined counts as twice. Refused: the same
// for User-Agent and others in whose values commas are ordinary.
//
// 2026-11-28. Words in base64 within a text (lists, log lines, settings, what stands before a signature) are members of the layer tokens, whatever stands between them;
// twenty bits of evidence are asked, since a text has many words. Refused: a grammar for each kind of list. Price: a word in escapes stays in its text. Hexadecimal digits, ten pairs and more, are such words
// too since SQL and logs write texts so.
//
// 2026-11-28. A member's name in which a layer opens is a value too, "#key", before what it names; a comment of JSON is one, "#comment". The message's own members may have
// these names, but only given ones come twice without a finding. Refused: a node between a name and its value, which would change the path of every field. Price: comments in
// YAML and GraphQL are looked at in the text of the whole document only, as they are written.
//
// 2026-11-28. An address is opened where it has parameters, or base64 in its path (layer url); its text stays, and is undone as a whole too. Refused: scheme, host and segments
// as members of every address. Price: two nodes and more for each address with a query.
//
// 2026-11-28. What a part's header says of its body (Content-Transfer-Encoding, Content-Encoding) is believed, as those of the call are; what does not hold is a lie noted.
//
// 2026-11-28. Both cases in one hexadecimal word, padding of base64 that does not fit and base64 in even groups are read, since lenient readers do. Refused: what PHP skips in
// base64 (any byte). Price: none on ordinary values (make quality, layers).
//
// 2026-11-28. A byte order mark in what was undone of hexadecimal digits or base64 is evidence only beside letters of one script (decode/script.go): else it is the beginning of an
// identifier, of which one in 30,000 begins so. Price: a text of several scripts must make sense without it, and one such identifier in ten is still opened.
//
// 2026-11-28. BSON is believed by its grammar alone: its first four bytes are its length, and each document in it says its own. Price: decimal128 and identifiers are opaque bytes.
//
// 2026-11-28. Of several readings of one text those that another outdoes (rivals.go) do not speak for what was not read, nor for what is ordinary. Refused: the worst of all readings,
// with which compressed bytes in percent escapes, read once more with "+" for spaces, were opaque. Price: what is opaque in such a reading alone is not counted.
//
// 2026-11-23. Structures that stand in the body as they are share the account by their members; the bytes of a wrapped value take the worst state inside.
//
// 2026-11-23. The Shape is not keyed. Who chooses field names can make two names one field, which widens that field and no other. Refused: a key, since profiles are
// exchanged between replicas and files.
package inspect
