package detect

import "bytes"

// jsJoined finds a name that is put together from pieces so that no word of it stands in the value: 'ev'+'al', /al/.source+/ert/.source.
func jsJoined(v []byte) hit {
	var buf [512]byte
	n, pieces, from, last := 0, 0, 0, -1
	for i := 0; i < len(v); i++ {
		q := v[i]
		if q != '\'' && q != '"' && q != '/' && q != '`' {
			continue
		}
		k := bytes.IndexByte(v[i+1:min(len(v), i+64)], q)
		if k < 0 {
			continue
		}
		to := i + 1 + k
		if q == '/' && !bytes.HasPrefix(v[to+1:], []byte(".source")) {
			continue
		}
		if last < 0 || !plusOnly(v[last:i]) {
			n, pieces, from = 0, 0, i
		}
		n += copy(buf[n:], bytes.ToLower(v[i+1:to]))
		if pieces++; k < 8 && pieces > 1 && sinkName(buf[:n]) && !sinkName(v[i+1:to]) {
			return hit{from, to + 1, strong}
		}
		i, last = to, to+1
		if q == '/' {
			last += len(".source")
		}
	}
	return hit{}
}

// plusOnly tells whether two literals are joined by nothing but +, || and empty strings.
func plusOnly(between []byte) bool {
	plus := false
	for _, c := range between {
		plus = plus || c == '+'
		if bytes.IndexByte([]byte("+|'\" 0"), c) < 0 {
			return false
		}
	}
	return plus
}

func sinkName(v []byte) bool {
	for _, s := range [...]string{"alert", "eval", "javascript", "location", "document", "unescape", "cookie", "prompt(", "confirm", "<script", "constructor"} {
		if bytes.Contains(v, []byte(s)) {
			return true
		}
	}
	return false
}

// eventName tells whether name is an event handler attribute that some browser has or had.
func eventName(name []byte) bool {
	var buf [28]byte
	if len(name) < 5 || len(name) > len(buf)+2 || name[0]|0x20 != 'o' || name[1]|0x20 != 'n' {
		return false
	}
	event := buf[:len(name)-2]
	for i := range event {
		event[i] = lower(name[i+2])
	}
	for _, stem := range eventsByFirst[event[0]&0x1f] {
		if bytes.HasPrefix(event, []byte(stem)) {
			return !bytes.Equal(event, []byte("line"))
		}
	}
	return false
}

// eventStems begin the names of events, of the HTML standard and of browsers before it.
var eventStems = [...]string{
	"abort", "activate", "after", "animation", "audio", "auxclick", "before", "begin", "blur", "bounce", "cancel", "canplay", "cell", "change", "click", "close", "command", "connect", "content", "context", "control", "copy", "cue", "cut",
	"data", "dblclick", "deactivate", "device", "dom", "drag", "drop", "duration", "emptied", "encrypted", "end", "enter", "error", "exit", "fill", "filter", "finish", "focus", "formdata", "fullscreen", "gain", "gesture", "get", "got", "hash", "help", "hide",
	"input", "install", "interrupt", "invalid", "key", "lang", "layout", "load", "location", "lose", "lost", "media", "message", "mouse", "move", "moz", "offline", "online", "open", "orientation", "out", "page", "paste", "pause", "play", "point", "pop", "print", "progress", "property",
	"rate", "ready", "redo", "rejection", "repeat", "reset", "resize", "resume", "reverse", "row", "scroll", "search", "security", "seek", "select", "show", "slot", "snap", "sound", "speech", "stalled", "start", "stop", "storage", "submit", "suspend", "svg", "sync",
	"text", "time", "toggle", "touch", "track", "transition", "undo", "unhandled", "unload", "url", "visibility", "volume", "waiting", "webkit", "wheel", "zoom",
}

var eventsByFirst = func() (t [32][]string) {
	for _, stem := range eventStems {
		t[stem[0]&0x1f] = append(t[stem[0]&0x1f], stem)
	}
	return t
}()

// option tells a command's option, --location=eu or --key-location=eu, from --location: two dashes stand where its word begins.
func option(v []byte, i int) bool {
	for least := max(0, i-64); i > least && (isAlnum(v[i-1]) || v[i-1] == '-'); i-- {
	}
	return hasPrefix(v[i:], "--") && (i == 0 || isSpace(v[i-1]) || v[i-1] == '[' || v[i-1] == '(')
}

// jsNamed tells what a function of mathematics is made with, Function('f'): as a program a lone name does nothing.
func jsNamed(v []byte, i int) bool {
	if i >= len(v) || v[i] != '\'' && v[i] != '"' {
		return false
	}
	end := identEnd(v, i+1)
	return end > i+1 && end+1 < len(v) && v[end] == v[i] && (v[end+1] == ')' || v[end+1] == ',')
}

// jsQuoted tells a name that a text quotes in backquotes, `setTimeout()`, from its use: a dialog that is called with something is one wherever it stands.
func jsQuoted(v []byte, i, to int, use grade) bool {
	from, end, ok := quotedIn(v, i)
	return ok && (isLetter(v[from]) || v[from] == '/' || hasPrefix(v[from:], "--")) && (to >= end || v[to] == ')' || use < certain && v[to] != '\'' && v[to] != '"')
}

// sendsAway tells an argument that is another host's URL with something of the page joined to it: "//x/?c="+document.title.
func sendsAway(v []byte, i int) bool {
	if i >= len(v) || v[i] != '\'' && v[i] != '"' && v[i] != '`' {
		return false
	}
	end := indexByte(v[:min(len(v), i+256)], v[i], i+1)
	if end < 0 || !bytes.Contains(v[i:min(end, i+10)], []byte("//")) {
		return false
	}
	next := skipSpace(v, end+1)
	return v[i] == '`' && bytes.Contains(v[i:end], []byte("${")) || next < len(v) && v[next] == '+'
}

// plural tells alert(s) and confirm(ed): the word with and without its ending.
func plural(v []byte, open int) bool {
	end := indexByte(v[:min(len(v), open+6)], ')', open)
	if end < 0 || end+1 < len(v) && bytes.IndexByte([]byte(" .,:!?"), v[end+1]) < 0 {
		return false
	}
	switch string(v[open+1 : end]) {
	case "s", "es", "ed", "ing", "er", "ers", "ation":
		return true
	}
	return false
}
