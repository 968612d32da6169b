package detect

import "bytes"

// pathWalk follows the paths of a value, one after the other, segment by segment.
type pathWalk struct {
	path
	seg, prev  [24]byte // the segment being read and the one before it, cut
	n, nPrev   int
	dots, rest int  // bytes of the segment that are dots, and others
	evil       bool // in the segment being read
	drive      bool // the value is a path of Windows from its root
	key        bool // the value is a member's name: a map of files has them
	url        bool // the value is of a URL's path: clients resolve .. before they send it
	paths      int  // how many pieces between soft marks the value has

	alone, any hit // the best path, if it is the whole value, and in any case
}

// path is what is seen of one path.
type path struct {
	from, to      int // the span of what spoke
	depth, lowest int // how far below its beginning the path is, and was at its lowest
	ups, stays    int // segments .. and .
	marks, names  int
	junk          int
	rooted        bool // begins with a mark
	evilUps       bool // an up written with encodings no honest client uses
	evilMark      bool
	nul           bool
	wide          bool // an up of more than two dots
	server        bool // passes a folder of a well-known server
	toRoot        bool // the first name after climbing is a folder that lies at the root
	climbed       bool // the file was reached by climbing or through evil marks
	reached       grade
}

// add takes one unit. Segments end at slashes and at junk that may be one; paths end where a path cannot go on.
func (w *pathWalk) add(unit byte, r *pathReader) {
	switch unit {
	case unitSkip:
		w.evil = w.evil || r.at > 0
	case unitNUL:
		if w.rest > 0 {
			w.nul = true
			w.end(r, false)
			return
		}
		w.evil = true
	case '.':
		w.dots++
		w.evil = w.evil || r.evil
		w.keep(unit)
	case '/', unitJunk:
		if unit == unitJunk {
			w.junk++
		}
		if w.dots+w.rest == 0 && w.marks == 0 {
			w.rooted = true
		}
		w.evilMark = w.evilMark || r.evil
		w.end(r, true)
		w.marks++
	case unitSoft:
		w.end(r, false)
		w.finish(r)
	default:
		w.rest++
		w.keep(unit)
	}
}

func (w *pathWalk) keep(c byte) {
	if w.n == len(w.seg) { // the end of a name tells more than its beginning
		w.n = copy(w.seg[:], w.seg[8:])
	}
	w.seg[w.n] = c
	w.n++
}

// end closes the segment before the unit at r.at; mark tells that the path goes on.
func (w *pathWalk) end(r *pathReader, mark bool) {
	name := w.seg[:w.n]
	switch {
	case w.dots == 2 && w.rest == 0 && (mark || w.marks > 0), w.dots > 2 && w.rest == 0 && mark:
		w.wide = w.wide || w.dots > 2
		w.depth--
		w.lowest = min(w.lowest, w.depth)
		w.evilUps = w.evilUps || w.evil || r.evil
		if w.ups++; w.ups == 1 {
			w.from = max(0, r.at-w.dots)
		}
		w.to = r.at
		w.nPrev = 0
	case w.dots == 1 && w.rest == 0:
		w.stays++
	case w.rest > 0:
		if w.names == 0 && w.ups >= 3 && mark && rootFolder(name) {
			w.toRoot, w.to = true, r.at
		}
		w.names++
		w.depth++
		w.server = w.server || serverFolder(name)
		g := fileSecrecy(w.prev[:w.nPrev], name)
		if g == none && w.server && !mark && serverFile(name) {
			g = likely
		}
		if g > w.reached {
			w.reached, w.to = g, r.at
			w.climbed = w.ups > 0 || w.evilMark || w.stays > 1
		}
		w.nPrev = copy(w.prev[:], name)
	}
	w.n, w.dots, w.rest, w.evil = 0, 0, 0, false
}

// finish grades the path that ended and begins the next.
func (w *pathWalk) finish(r *pathReader) {
	if w.marks+w.names > 0 {
		w.paths++
		to := min(max(w.to, w.from), r.at)
		if w.ups == 0 && w.paths == 1 {
			w.from = 0
		}
		w.alone = w.alone.or(hit{min(w.from, to), to, w.path.alone()})
		if w.url && w.ups > 0 && w.lowest < 0 {
			w.any = w.any.or(hit{min(w.from, to), to, likely})
		}
		w.any = w.any.or(hit{min(w.from, to), to, w.among()})
	}
	w.path = path{from: r.at, to: r.at}
	w.nPrev = 0
}

// best gives what was found in the end.
func (w *pathWalk) best(size int) hit {
	h := w.any
	if w.paths <= 2 && !w.key {
		h = w.alone.or(h)
	}
	h.to = min(h.to, size)
	return h
}

// among says what a path means that stands among other text: only what no honest text writes.
func (w *path) among() grade {
	switch {
	case w.climbed && w.reached >= strong, w.climbed && w.reached == likely && (w.ups > 2 || w.evilMark || w.evilUps):
		return certain
	case w.reached >= strong && w.nul:
		return strong
	case w.evilUps && w.marks > 0, w.junk >= 3 && w.evilMark && w.ups > 0:
		return strong
	case w.ups >= 2 && w.rooted && w.lowest < 0 && !w.wide: // climbs above the root
		return strong
	case w.ups >= 6, w.toRoot:
		return strong
	case w.climbed && w.reached == likely:
		return likely
	case w.ups >= 1:
		return hint
	}
	return none
}

// alone says what a path means that is the whole value, up to its parameters.
func (w *path) alone() grade {
	g := w.among()
	switch {
	case w.climbed && w.reached >= likely:
		return certain
	case w.ups > 0 && w.reached == hint: // ../../config/database.yml
		return max(g, likely)
	case w.nul && (w.reached >= likely || w.ups > 0):
		return max(g, strong)
	case w.ups >= 3 && (w.wide || w.names == 0), w.ups >= 2 && w.wide && w.lowest < 0, w.stays >= 12:
		return max(g, strong)
	case w.marks > 0 || w.reached >= strong:
		return max(g, w.reached)
	}
	return g
}

// fileSecrecy grades the file name in folder by what it tells whoever reads it: accounts and keys (strong), the settings and logs of servers
// that inclusion turns into code (likely). Both are in lower case.
func fileSecrecy(folder, name []byte) grade {
	name = newest(bytes.TrimRight(name, "~"))
	if endsWith(folder, "etc") { // filters that delete dots and slashes leave ....etc/passwd
		return etcSecrecy(name)
	}
	if len(folder) > 0 && allDigits(folder) {
		folder = []byte("self") // /proc/1/environ
		if string(name) == "status" || string(name) == "root" || string(name) == "net" || string(name) == "stat" {
			return none
		}
	}
	switch string(folder) {
	case "self", "thread-self":
		switch string(name) {
		case "environ", "cmdline", "maps", "mem", "status", "fd", "cwd", "root", "stat", "exe", "mounts", "net", "attr", "auxv":
			return strong
		}
	case "proc":
		switch string(name) {
		case "version", "cmdline", "mounts", "cpuinfo", "meminfo", "net", "sched_debug", "config.gz", "partitions", "devices", "modules", "swaps", "interrupts", "ioports", "kallsyms":
			return likely
		}
	case ".ssh", ".aws", ".kube", ".docker", ".gnupg", "crontabs":
		return strong
	case "log":
		switch string(name) {
		case "secure", "syslog", "btmp", "faillog", "dmesg", "auth.log", "kern.log", "mail.log", "boot.log", "daemon.log", "maillog":
			return likely
		}
	case ".git", ".svn", ".hg":
		return likely
	case "kubelet":
		return likely
	case "serviceaccount":
		return strong
	case "windows", "winnt":
		switch string(name) {
		case "win.ini", "system.ini", "repair", "panther", "explorer.exe", "my.ini", "php.ini", "iis.log":
			return strong
		case "system32", "system":
			return likely
		}
	case "repair", "regback":
		switch string(name) {
		case "sam", "system", "security", "software":
			return strong
		}
	case "mail":
		if string(name) == "www-data" || string(name) == "root" || string(name) == "apache" || string(name) == "nobody" {
			return likely
		}
	case "php4", "php5", "php":
		if string(name) == "sessions" {
			return likely
		}
	case "web-inf", "meta-inf":
		if string(name) == "web.xml" || string(name) == "context.xml" || string(name) == "classes" || string(name) == "applicationcontext.xml" {
			return strong
		}
	}
	return nameSecrecy(name)
}

// serverFolder tells the folders that well-known servers are installed in, on the systems that have no /etc.
func serverFolder(name []byte) bool {
	for _, s := range [...]string{"xampp", "wamp", "lampp", "inetpub", "apache", "mysql", "php", "filezilla", "winnt", "sendmail", "mercurymail", "phpmyadmin", "webdav", "panther", "sysprep", "tomcat", "system volume"} {
		if bytes.HasPrefix(name, []byte(s)) {
			return true
		}
	}
	return false
}

// serverFile tells the files that say how a server is set up or what it saw.
func serverFile(name []byte) bool {
	for _, s := range [...]string{".conf", ".ini", ".log", ".err", ".cnf", ".inc", ".dat", ".inf", "_log", ".bak", ".asp", ".aspx", ".txt"} {
		if endsWith(name, s) {
			return true
		}
	}
	return false
}

// rootFolder tells the folders that lie at the root of a system and are hardly ever a project's own.
func rootFolder(name []byte) bool {
	switch string(name) {
	case "etc", "var", "proc", "root", "sys", "boot", "windows", "winnt", "inetpub", "program files", "programdata", "documents and settings":
		return true
	}
	return false
}

func etcSecrecy(name []byte) grade {
	switch string(name) {
	case "passwd", "shadow", "gshadow", "sudoers", "master.passwd", "passwd-", "shadow-", "group", "security":
		return strong
	case "hosts", "issue", "motd", "crontab", "fstab", "mtab", "httpd", "apache2", "apache", "php", "php4", "php5", "php.ini", "my.cnf", "mysql", "ssh", "nginx", "group-", "profile", "inetd.conf",
		"ftpusers", "ftpchroot", "ftphosts", "proftpd", "proftpd.conf", "vsftpd", "vsftpd.conf", "pure-ftpd", "pure-ftpd.conf", "wu-ftpd", "samba", "snmp", "logrotate.d", "cron.d", "exports", "networks", "pam.d", "kubernetes", "environment", "docker", "hosts.allow", "hosts.deny", "sudoers.d", "rsyslog.conf", "selinux",
		"resolv.conf", "hostname", "os-release", "redhat-release", "debian_version", "lsb-release", "sysctl.conf", "syslog.conf", "anaconda-ks.cfg", "chrootusers", "init.d", "sysconfig", "php4.4", "bootptab":
		return likely
	}
	return nameSecrecy(name)
}

// nameSecrecy grades a file by its name alone.
func nameSecrecy(name []byte) grade {
	if len(name) < 3 || bytes.IndexByte(name, '.') < 0 && bytes.IndexByte(name, '_') < 0 && len(name) > 11 {
		return none
	}
	if bytes.HasPrefix(name, []byte("sess_")) || rotated(name, "messages.") || rotated(name, "syslog.") || bytes.HasPrefix(name, []byte("maillog")) {
		return likely
	}
	switch string(name) {
	case "boot.ini", "win.ini", "system.ini", "ntuser.dat", "sysprep.inf", "sysprep.xml", "unattend.xml", "unattended.xml", "unattend.txt", "unattended.txt", ".htpasswd", ".bash_history", ".mysql_history", ".ssh", ".zsh_history", ".psql_history", ".python_history", ".node_repl_history", ".history",
		"id_rsa", "id_dsa", "id_ed25519", "id_ecdsa", "authorized_keys", "wp-config.php", "ntds.dit", "known_hosts", ".netrc", ".pgpass", ".git-credentials", "docker.sock":
		return strong
	case ".htaccess", "php.ini", "my.ini", "my.cnf", "my.cnf.bak", "httpd.conf", "httpd2.conf", "apache.conf", "apache2.conf", "nginx.conf", "access.log", "access_log", "error.log", "error_log", "acces.log", "acces_log", "httpd-error.log", "httpd-access.log",
		"proftpd.conf", "vsftpd.conf", "vsftpd.log", "proftpd.log", "mysql.log", "mysql.err", "mysqld.log", "mysql-bin.log", "tomcat-users.xml", "web.config", "machine.config", "config.inc.php", "config.inc", "filezilla.xml", ".bashrc", ".profile", ".bash_profile", ".env", "sites-enabled", "web.xml",
		"auth.log", "secure.log", "php_error.log", "php_errors.log", "server.key", "private.key", "other_vhosts_access.log", "ssl_request_log", "sshd.log", "lastlog", "wtmp", "utmp", "httpd-vhosts.conf", "vhosts.conf", "ports.conf", "filezilla server.xml", "mercury.ini", "logs.pl", "setupinfo.bak", "cmd.exe":
		return likely
	case "database.yml", "secrets.yml", "credentials.yml.enc", "master.key", "settings.py", "local_settings.py", "config.php", "configuration.php", "localsettings.php", "parameters.yml", "parameters.yaml", "appsettings.json", "application.properties", "application.yml", "terraform.tfstate", ".env.local", ".env.production",
		".npmrc", ".pypirc", ".dockercfg", "config.json", "secrets.json", "credentials.json", "credentials", "config.yml", "config.yaml", "settings.php", "database.php", "connection.php", "db.php", "dump.sql", "backup.sql", "db.sqlite3", "global.asa", "secret.txt", "secrets.txt", "flag.txt", "flag", "password.txt", "passwords.txt":
		return hint // what is ordinary to name, unless one climbs to it
	}
	return none
}

// rotated tells a log that was put aside: syslog.1, messages.gz.
func rotated(name []byte, log string) bool {
	rest, ok := bytes.CutPrefix(name, []byte(log))
	return ok && len(rest) > 0 && (isDigit(rest[0]) || string(rest) == "gz" || string(rest) == "log" || string(rest) == "old")
}

// newest is the name of the log that a name is an older part of: auth.log.3 and auth.log.2.gz are parts of auth.log.
func newest(name []byte) []byte {
	log, _ := bytes.CutSuffix(name, []byte(".gz"))
	if dot := bytes.LastIndexByte(log, '.'); dot > 0 && dot+1 < len(log) && allDigits(log[dot+1:]) {
		log = log[:dot]
	}
	if bytes.HasSuffix(log, []byte(".log")) {
		return log
	}
	return name
}

// streamWrapper finds the wrappers of PHP and Java that turn a file name into a stream that is read, decoded or run.
func streamWrapper(v []byte, s *summary) hit {
	if !s.has(cColon) || !s.hasAny(cSlash|cBackslash) {
		if s.has(cDot) && (hasPrefixFold(v, "convert.iconv.") || hasPrefixFold(v, "convert.base64-")) {
			return hit{0, len(v), likely}
		}
		return hit{}
	}
	var best hit
	for i := 0; i+2 < len(v); i++ {
		k := bytes.IndexByte(v[i:], ':')
		if k < 0 || i+k+2 >= len(v) {
			break
		}
		i += k
		if v[i+1] != '/' && v[i+1] != '\\' {
			continue
		}
		from := i
		for from > 0 && i-from < 16 && (isAlnum(v[from-1]) || v[from-1] == '.') {
			from--
		}
		best = best.or(hit{from, len(v), wrapperGrade(v[from:i], v[i+1:])})
	}
	return best
}

func wrapperGrade(name, rest []byte) grade {
	name = bytes.TrimPrefix(name, []byte("."))
	switch {
	case equalFold(name, "php"):
		if containsAny(rest[:min(len(rest), 32)], "filter", "input", "output", "memory", "temp", "stdin", "stdout", "stderr", "fd") {
			return certain
		}
	case equalFold(name, "expect"), equalFold(name, "phar"), equalFold(name, "zip"), equalFold(name, "glob"), equalFold(name, "ogg"), equalFold(name, "ssh2"), equalFold(name, "rar"), equalFold(name, "compress.zlib"), equalFold(name, "compress.bzip2"), equalFold(name, "zlib"):
		if len(rest) > 1 && rest[1] == '/' {
			return strong
		}
	case equalFold(name, "data"):
		if len(rest) > 2 && rest[1] == '/' && bytes.IndexByte(rest, ',') > 0 {
			return strong
		}
	}
	return none
}
