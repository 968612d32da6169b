package detect

import "bytes"

// busyLoop tells JavaScript that keeps a server busy until a time has passed, as blind injections measure it: (function(){… new Date() … while(b-a<20000) …}).
func busyLoop(v []byte) bool {
	v = v[:min(len(v), 512)]
	if hasPrefix(v, "function") && containsAny(v[:min(len(v), 32)], "while(1)", "while(true)", "for(;;)") {
		return true
	}
	return containsFold(v, "new date") && (containsFold(v, "while(") || containsFold(v, "while (")) && (hasPrefix(v, "function") || hasPrefix(v, "var ") || hasPrefix(v, "do"))
}

// mongoShell finds a command of MongoDB's shell that changes a database or shows what is in it: db.users.drop().
func mongoShell(v []byte) hit {
	for i := 0; i+3 < len(v); i++ {
		k := bytes.Index(v[i:], []byte("db."))
		if k < 0 {
			break
		}
		i += k
		if i > 0 && isIdent(v[i-1]) || i > 24 {
			continue
		}
		at := i + len("db.")
		for parts := 0; parts < 4 && at < len(v); parts++ {
			end := identEnd(v, at)
			if end < len(v) && v[end] == '(' {
				return hit{i, min(len(v), end+32), mongoGrade(v, v[at:end])}
			}
			if end == at || end >= len(v) || v[end] != '.' {
				break
			}
			at = end + 1
		}
	}
	return hit{}
}

// mongoGrade grades a command by its name. In a text of several lines, or in a sentence, it is someone's notes.
func mongoGrade(v, name []byte) grade {
	if len(v) > 256 || bytes.Count(v, []byte("\n")) > 1 || proseWords(v) > 3 {
		return hint
	}
	switch string(name) {
	case "drop", "dropDatabase", "remove", "deleteMany", "deleteOne", "insert", "insertOne", "insertMany", "update", "updateMany", "eval", "adminCommand", "runCommand", "shutdownServer", "getCollectionNames", "getCollectionInfos", "getUsers", "createUser", "dropUser", "copyDatabase", "cloneDatabase", "loadServerScripts", "getSiblingDB", "mapReduce":
		return strong
	}
	return hint
}

// redisCommands are commands by which a line that reached a Redis server does harm; what follows each is told by redisGrade.
var redisCommands = []string{"FLUSHALL", "FLUSHDB", "CONFIG SET ", "CONFIG GET ", "SLAVEOF ", "REPLICAOF ", "MODULE LOAD ", "EVAL ", "SCRIPT LOAD ", "SHUTDOWN", "DEBUG ", "MIGRATE ", "BGSAVE", "KEYS *", "SET ", "GET ", "DEL "}

// redisLine finds a command of Redis or memcached on a line of its own behind a line's end, and RESP's own form *1 $8.
func redisLine(v []byte) hit {
	if hasPrefix(v, `EVAL "`) && containsFold(v, "redis.") {
		return hit{0, len(v), strong}
	}
	lines := 0
	for i := 0; i < len(v) && lines < 8; i++ {
		if v[i] != '\n' {
			continue
		}
		lines++
		if g := redisGrade(v[:i], v[i+1:]); g != none {
			return hit{i, len(v), g}
		}
	}
	return hit{}
}

func redisGrade(before, rest []byte) grade {
	ended := bytes.HasSuffix(before, []byte("\r"))
	if before = trim(before); len(before) > 64 || proseWords(before) > 2 {
		return none
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	line = trim(line)
	if ended && len(before) > 1 && before[0] == '*' && isDigit(before[1]) && len(line) > 1 && line[0] == '$' && isDigit(line[1]) {
		return strong
	}
	for _, c := range redisCommands {
		if !hasPrefix(line, c) {
			continue
		}
		if last := c[len(c)-1]; last == ' ' || last == '*' || len(line) == len(c) {
			return pick(len(c) > 4 || ended && bytes.Count(line, []byte(" ")) < 3, strong, none)
		}
	}
	return pick(ended && memcached(line), strong, none)
}

// memcached tells a storage command: set key flags expiry bytes.
func memcached(line []byte) bool {
	fields := 0
	for f := range bytes.FieldsSeq(line) {
		switch {
		case fields == 0:
			if s := string(f); s != "set" && s != "add" && s != "replace" && s != "append" && s != "prepend" {
				return false
			}
		case fields > 1:
			for _, b := range f {
				if !isDigit(b) {
					return false
				}
			}
		}
		fields++
	}
	return fields == 5
}
