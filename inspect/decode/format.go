package decode

// Format names a structure or wrapping that can be opened. Zero is none.
type Format uint8

// The formats, in the order in which they are tried: wrappings with a mark of their own; structures (before the wrappings of text: an escape in one field of a binary
// message is that field's, not the message's); wrappings of text; what has no mark at all and must be read to its end to be believed; and Rest, what follows the end of
// a document. Their numbers are in the stored forms of profiles: what is new comes last, and has its turn by place.
const (
	_ Format = iota

	FormatGzip
	FormatZlib
	FormatZstd
	FormatUTF32
	FormatUTF16

	FormatGRPC
	FormatGRPCWeb
	FormatJava
	FormatDotNet
	FormatPickle
	FormatPHP
	FormatDataURL
	FormatPEM
	FormatJWT
	FormatAuth
	FormatNDJSON
	FormatJSON
	FormatMultipart
	FormatMIME
	FormatXML
	FormatGraphQL
	FormatForm
	FormatURL
	FormatYAML
	FormatCSV
	FormatSegments
	FormatMessagePack
	FormatCBOR
	FormatProtobuf

	FormatBOM
	FormatPercent
	FormatPlus
	FormatEntities
	FormatEscapes
	FormatQuotedPrintable
	FormatEncodedWord
	FormatUTF7
	FormatOverlong
	FormatHex
	FormatBase32
	FormatASCII85
	FormatBase64

	FormatRecords
	FormatDeflate
	FormatBrotli
	FormatTokens

	FormatRest

	FormatBSON   // tried before MessagePack: see place
	FormatSnappy // tried before gRPC

	formats
)

// Row is what there is to know of one format.
type Row struct {
	Format   Format
	Name     string                            // as it stands in paths
	Wrapping bool                              // one value in, one value out; else a structure with members
	Weak     bool                              // a wrapping that any word could be in: only the sense of what is inside tells
	Unique   bool                              // a structure whose member names come once
	Sure     bool                              // a structure that, read to its end, is nothing else: detectors see its members, not its text
	Binary   bool                              // found in bytes that are not text
	Begins   string                            // the bytes that it may begin with, blanks left out; "" is any
	Holds    string                            // bytes that must all be in it, the rarest first
	Any      string                            // bytes of which one must be in it
	Only     string                            // the classes of bytes that it is made of, by example; "" is any
	Least    int                               // bytes that it has at least
	Fits     func(src []byte, has uint64) bool // what else the classes of its bytes say, before Sniff; nil where they say nothing
	Types    string                            // media types that promise it, separated by spaces; +x stands for every type that ends so
	Sniff    func(src []byte) bool             // looks closer at what Look let through
	Decode   Decoder
	Source   string // where the format is laid down
	Not      string // what is not done
}

// String returns the name as it stands in paths.
func (f Format) String() string {
	if f < formats {
		return Formats[f].Name
	}
	return ""
}

// ParseFormat returns the format of that name, zero for none.
func ParseFormat(name string) Format {
	for i := range Formats {
		if Formats[i].Name == name && name != "" {
			return Format(i)
		}
	}
	return 0
}

// Formats is every format, by its number. A row without a decoder is planned, and skipped.
var Formats = [formats]Row{
	FormatGzip:            {Name: "gzip", Wrapping: true, Binary: true, Types: "application/gzip application/x-gzip", Begins: "\x1f", Least: 18, Sniff: sniffGzip, Decode: Gzip, Source: "RFC 1952"},
	FormatZlib:            {Name: "zlib", Wrapping: true, Binary: true, Types: "application/zlib", Begins: "\x08\x18\x28\x38\x48\x58\x68\x78", Least: 8, Sniff: sniffZlib, Decode: Zlib, Source: "RFC 1950", Not: "preset dictionaries"},
	FormatZstd:            {Name: "zstd", Wrapping: true, Binary: true, Types: "application/zstd", Begins: "\x28\x50\x51\x52\x53\x54\x55\x56\x57\x58\x59\x5a\x5b\x5c\x5d\x5e\x5f", Least: 9, Sniff: sniffZstd, Decode: Zstd, Source: "RFC 8878", Not: "dictionaries"},
	FormatUTF32:           {Name: "utf32", Wrapping: true, Weak: true, Binary: true, Least: 8, Sniff: sniffUTF32, Decode: UTF32, Source: "Unicode 16 §3.10", Not: "byte order 2143 and 3412"},
	FormatUTF16:           {Name: "utf16", Wrapping: true, Weak: true, Binary: true, Least: 4, Sniff: sniffUTF16, Decode: UTF16, Source: "RFC 2781", Not: "Han, Kana and Hangul without a mark, but for much ASCII among them"},
	FormatGRPC:            {Name: "grpc", Sure: true, Binary: true, Types: "application/grpc application/grpc+proto", Begins: "\x00\x01", Least: 5, Sniff: sniffGRPC, Decode: GRPC, Source: "gRPC over HTTP/2", Not: "message encodings beside gzip, zlib, deflate, zstd, brotli and snappy"},
	FormatGRPCWeb:         {Name: "grpcweb", Sure: true, Binary: true, Types: "application/grpc-web application/grpc-web+proto application/grpc-web-text", Begins: "\x00\x01\x80", Least: 5, Sniff: sniffGRPCWeb, Decode: GRPCWeb, Source: "gRPC-Web"},
	FormatJava:            {Name: "java", Binary: true, Begins: "\xac", Least: 6, Sniff: sniffJava, Decode: Java, Source: "Java Object Serialization 6.4", Not: "only names and texts are read"},
	FormatDotNet:          {Name: "dotnet", Binary: true, Begins: "\x00", Least: 17, Sniff: sniffDotNet, Decode: DotNet, Source: "MS-NRBF", Not: "only texts are read"},
	FormatPickle:          {Name: "pickle", Begins: "\x80(c", Holds: ".", Least: 4, Sniff: sniffPickle, Decode: Pickle, Source: "PEP 3154, pickletools", Not: "nothing is run"},
	FormatPHP:             {Name: "php", Begins: "aOCs", Holds: ":", Least: 6, Sniff: sniffPHP, Decode: PHP, Source: "php.net/serialize"},
	FormatDataURL:         {Name: "dataurl", Begins: "dDbB", Any: ",:", Least: 6, Sniff: sniffDataURL, Decode: DataURL, Source: "RFC 2397"},
	FormatPEM:             {Name: "pem", Types: "application/x-pem-file application/pem-certificate-chain", Begins: "-", Holds: "-", Least: 30, Sniff: sniffPEM, Decode: PEM, Source: "RFC 7468, RFC 1421", Not: "what is encrypted"},
	FormatJWT:             {Name: "jwt", Types: "application/jwt", Begins: "e", Holds: ".", Only: alphanumeric + "-_.=", Least: 12, Sniff: sniffJWT, Decode: JWT, Source: "RFC 7515, RFC 7516, RFC 7519", Not: "signatures are not checked"},
	FormatAuth:            {Name: "auth", Begins: "BbDdNnTt", Holds: " ", Only: alphanumeric + "+/-_=.~ \r\n\t", Least: 12, Sniff: sniffAuth, Decode: Auth, Source: "RFC 9110 §11.4", Not: "the parameters of Digest and its like"},
	FormatJSON:            {Name: "json", Unique: true, Sure: true, Types: "application/json text/json +json", Begins: "{[\")\xef", Sniff: sniffJSON, Decode: JSON, Source: "RFC 8259"},
	FormatNDJSON:          {Name: "ndjson", Unique: true, Sure: true, Types: "application/x-ndjson application/ndjson application/jsonl application/json-seq", Begins: "{[\x1e", Holds: "\n", Least: 5, Sniff: sniffNDJSON, Decode: NDJSON, Source: "github.com/ndjson/ndjson-spec, RFC 7464"},
	FormatMultipart:       {Name: "multipart", Sure: true, Types: "multipart/form-data multipart/mixed multipart/related multipart/alternative multipart/byteranges multipart/signed", Begins: "-", Least: 20, Sniff: sniffMultipart, Decode: Multipart, Source: "RFC 2046 §5.1, RFC 7578"},
	FormatMIME:            {Name: "mime", Types: "message/rfc822 message/http application/http", Holds: ":\n", Least: 10, Sniff: sniffMIME, Decode: MIME, Source: "RFC 5322, RFC 9112"},
	FormatXML:             {Name: "xml", Types: "application/xml text/xml +xml", Begins: "<\xef\x4c", Any: "<\xa7", Sniff: sniffXML, Decode: XML, Source: "XML 1.0 (fifth edition)", Not: "entities are not expanded, nothing is fetched"},
	FormatGraphQL:         {Name: "graphql", Types: "application/graphql", Begins: "{qmsf#", Holds: "{}", Least: 5, Sniff: sniffGraphQL, Decode: GraphQL, Source: "GraphQL, October 2021", Not: "type system documents"},
	FormatForm:            {Name: "form", Sure: true, Types: "application/x-www-form-urlencoded", Holds: "=", Only: alphanumeric + ".:=/%+&?~-;'[](),_@!*$\r\n", Sniff: sniffForm, Decode: Form, Source: "WHATWG URL §5"},
	FormatURL:             {Name: "url", Begins: letters + "/", Holds: "/", Only: alphanumeric + ".:{=/%+&?~-;'}[](),_|#@!*^$", Least: 8, Fits: fitsURL, Sniff: sniffURL, Decode: URL, Source: "RFC 3986, WHATWG URL", Not: "addresses without parameters, but for base64 in their path"},
	FormatYAML:            {Name: "yaml", Unique: true, Types: "application/yaml application/x-yaml text/yaml text/x-yaml", Holds: ":\n", Least: 8, Sniff: sniffYAML, Decode: YAML, Source: "YAML 1.2.2", Not: "aliases and merge keys are not followed; keys that are collections; tabs as white space"},
	FormatCSV:             {Name: "csv", Types: "text/csv", Holds: "\n", Least: 8, Sniff: sniffCSV, Decode: CSV, Source: "RFC 4180", Not: "names over several lines"},
	FormatSegments:        {Name: "segments", Sure: true, Types: "application/hl7-v2 application/edi-x12 application/edifact x-application/hl7-v2+er7", Begins: capitals, Any: "|*+", Least: 16, Sniff: sniffSegments, Decode: Segments, Source: "HL7 2.5 §2, ANSI X12.5, ISO 9735", Not: "components and escapes within fields; separators that the header declares"},
	FormatMessagePack:     {Name: "msgpack", Unique: true, Sure: true, Binary: true, Types: "application/msgpack application/x-msgpack application/vnd.msgpack", Least: 4, Sniff: sniffMessagePack, Decode: MessagePack, Source: "msgpack.org specification, 2017", Not: "a map's keys that are containers"},
	FormatCBOR:            {Name: "cbor", Unique: true, Sure: true, Binary: true, Types: "application/cbor +cbor", Least: 4, Sniff: sniffCBOR, Decode: CBOR, Source: "RFC 8949", Not: "a map's keys that are containers; tags are noted, not applied"},
	FormatProtobuf:        {Name: "protobuf", Sure: true, Binary: true, Types: "application/protobuf application/x-protobuf application/vnd.google.protobuf +proto", Least: 2, Sniff: sniffProtobuf, Decode: Protobuf, Source: "protobuf.dev/programming-guides/encoding", Not: "packed fields of large numbers are bytes; names need a descriptor"},
	FormatBOM:             {Name: "bom", Wrapping: true, Begins: "\xef", Least: 4, Sniff: sniffBOM, Decode: MarkedUTF8, Source: "RFC 3629 §6"},
	FormatPercent:         {Name: "percent", Wrapping: true, Holds: "%", Sniff: sniffPercent, Decode: Percent, Source: "RFC 3986 §2.1"},
	FormatPlus:            {Name: "plus", Wrapping: true, Holds: "+", Least: 4, Fits: fitsPlus, Sniff: sniffPlus, Decode: Plus, Source: "WHATWG URL §5.1"},
	FormatEntities:        {Name: "html", Wrapping: true, Holds: "&", Least: 4, Sniff: sniffEntities, Decode: Entities, Source: "WHATWG HTML §13.5"},
	FormatEscapes:         {Name: "escape", Wrapping: true, Holds: "\\", Least: 4, Sniff: sniffEscapes, Decode: Escapes, Source: "ECMA-262 §12.9.4, ISO 9899 §6.4.4.4"},
	FormatQuotedPrintable: {Name: "qp", Wrapping: true, Weak: true, Holds: "=", Only: alphanumeric + marks, Least: 3, Sniff: sniffQuoted, Decode: QuotedPrintable, Source: "RFC 2045 §6.7"},
	FormatEncodedWord:     {Name: "word", Wrapping: true, Holds: "?=", Least: 8, Sniff: sniffEncodedWords, Decode: EncodedWords, Source: "RFC 2047", Not: "charsets beside UTF-8 and ISO 8859-1"},
	FormatUTF7:            {Name: "utf7", Wrapping: true, Weak: true, Holds: "+-", Least: 5, Sniff: sniffUTF7, Decode: UTF7, Source: "RFC 2152"},
	FormatOverlong:        {Name: "overlong", Wrapping: true, Weak: true, Binary: true, Least: 2, Sniff: sniffOverlong, Decode: OverlongUTF8, Source: "RFC 3629 §3"},
	FormatHex:             {Name: "hex", Wrapping: true, Weak: true, Begins: hexDigits + `xX\`, Only: hexDigits + "xX :-,'\\\r\n", Least: 8, Fits: fitsHex, Sniff: sniffHex, Decode: Hex, Source: "RFC 4648 §8"},
	FormatBase64:          {Name: "base64", Wrapping: true, Weak: true, Begins: alphanumeric + "+/-_", Only: alphanumeric + "+/-_=\r\n \t", Least: 8, Fits: fitsBase64, Sniff: sniffBase64, Decode: Base64, Source: "RFC 4648 §4, §5; RFC 2045 §6.8"},
	FormatBase32:          {Name: "base32", Wrapping: true, Weak: true, Begins: letters + "234567", Only: alphanumeric + "=", Least: 13, Sniff: sniffBase32, Decode: Base32, Source: "RFC 4648 §6", Not: "the extended hexadecimal alphabet"},
	FormatASCII85:         {Name: "ascii85", Wrapping: true, Begins: "<", Holds: "~<>", Least: 9, Sniff: sniffASCII85, Decode: ASCII85, Source: "PostScript Language Reference 3 §3.13.3", Not: "without its marks <~ and ~>"},
	FormatRecords:         {Name: "records", Binary: true, Least: 4, Sniff: sniffRecords, Decode: Records, Source: "-"},
	FormatDeflate:         {Name: "deflate", Wrapping: true, Weak: true, Binary: true, Least: 5, Sniff: sniffDeflate, Decode: Deflate, Source: "RFC 1951"},
	FormatBrotli:          {Name: "br", Wrapping: true, Weak: true, Binary: true, Least: 5, Sniff: sniffBrotli, Decode: Brotli, Source: "RFC 7932"},
	FormatTokens:          {Name: "tokens", Any: capitals + "0123456789", Least: tokenLeast + 2, Fits: fitsTokens, Sniff: sniffTokens, Decode: Tokens, Source: "-", Not: "words in other wrappings than base64 and hexadecimal digits"},
	FormatRest:            {Name: "rest", Wrapping: true},
	FormatBSON:            {Name: "bson", Unique: true, Sure: true, Binary: true, Types: "application/bson application/x-bson application/vnd.bson", Least: 8, Sniff: sniffBSON, Decode: BSON, Source: "bsonspec.org 1.1", Not: "decimal128 and ObjectId are bytes"},
	FormatSnappy:          {Name: "snappy", Wrapping: true, Weak: true, Binary: true, Types: "application/snappy application/x-snappy application/x-snappy-framed", Least: 4, Sniff: sniffSnappy, Decode: Snappy, Source: "github.com/google/snappy, format_description.txt and framing_format.txt", Not: "checksums"},
}
