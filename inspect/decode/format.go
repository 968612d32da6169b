package decode

// Format names a structure or wrapping that can be opened. Zero is none.
type Format uint8

// Ambiguity is a place that two parsers may read differently.
type Ambiguity uint8
