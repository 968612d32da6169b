package detect

import "bytes"

// templateReaches is what reaches out of a template, in lower case; grades as everywhere.
var templateReaches = [...]reaching{
	{"subclasses", certain, true},
	{".mro", strong, true},
	{"popen", certain, true},
	{"os.system", certain, true},
	{"subprocess", certain, true},
	{"registerundefinedfiltercallback", certain, true},
	{"_self.env", certain, true},
	{"getfilter(", certain, true},
	{"_templatereference", certain, true},
	{"freemarker.template", certain, true},
	{"?new()", certain, true},
	{"?api", strong, true},
	{"getruntime", certain, true},
	{"processbuilder", certain, true},
	{"java.lang", strong, true},
	{"javax.script", certain, true},
	{".forname(", certain, true},
	{"getclass()", strong, true},
	{".class.", strong, true},
	{"t(java", certain, true},
	{"t(org", certain, true},
	{".execute()", strong, true},
	{".exec(", strong, true},
	{"child_process", certain, true},
	{"process.mainmodule", certain, true},
	{"global.process", certain, true},
	{"require(", strong, true},
	{"constructor", certain, true},
	{"__proto__", certain, true},
	{"$eval", certain, true},
	{"$on.", strong, true},
	{"prototype", strong, true},
	{"tostring()", likely, true},
	{"fromcharcode", strong, true},
	{"system(", certain, true},
	{"passthru(", certain, true},
	{"shell_exec", certain, true},
	{"exec(", certain, true},
	{"eval(", strong, true},
	{"phpinfo(", certain, true},
	{"call_user_func", certain, true},
	{"file_get_contents", certain, true},
	{"file_put_contents", certain, true},
	{"include(", likely, true},
	{"|filter('", strong, true},
	{"|map('", strong, true},
	{"|sort('", strong, true},
	{"|reduce('", strong, true},
	{"|filter(\"", strong, true},
	{"|map(\"", strong, true},
	{"|sort(\"", strong, true},
	{"|reduce(\"", strong, true},
	{"|map([", strong, true},
	{"|map(_context", certain, true},
	{"dump(", strong, true},
	{"file_excerpt", certain, true},
	{"ini_set", strong, true},
	{"_context", likely, true},
	{"|attr(", strong, true},
	{"app.request.server", strong, true},
	{"constant(", likely, true},
	{".data_model", strong, true},
	{"request.application", certain, true},
	{"request.args", strong, true},
	{"request|", strong, true},
	{"request.environ", strong, true},
	{"config.items(", strong, true},
	{"config.iteritems(", strong, true},
	{"config.from_pyfile", certain, true},
	{"from_object(", certain, true},
	{"lipsum", strong, true},
	{"cycler.", strong, true},
	{"joiner.", strong, true},
	{"namespace.__", certain, true},
	{"get_flashed_messages.", strong, true},
	{"url_for.", strong, true},
	{"settings.secret_key", strong, true},
	{"config.secret", strong, true},
	{"messages.storages", strong, true},
	{"user.password", likely, true},
	{"self.module", certain, true},
	{"self.template", certain, true},
	{"self.context", certain, true},
	{"self.attr", certain, true},
	{"._mmarker", certain, true},
	{"app.request.query.filter", certain, true},
	{".inspect(", strong, true},
	{"with \"", strong, true},
	{"with split", strong, true},
	{"with string.", strong, true},
	{"this.pop", strong, true},
	{"this.push", strong, true},
	{"string.sub", strong, true},
	{"lookup this", likely, true},
	{"alert(", strong, true},
	{"<script", strong, true},
	{"_.version", strong, true},
	{"file.read", certain, true},
	{"file.open", certain, true},
	{"io.read", certain, true},
	{"io.popen", certain, true},
	{"dir.entries", certain, true},
	{"open3", certain, true},
	{"system.shell", certain, true},
	{"system.cmd", certain, true},
	{"system.get_env", strong, true},
	{"getenv(", strong, true},
	{"new file(", certain, true},
	{".gettext(", strong, true},
	{".tourl()", strong, true},
	{"classloader", certain, true},
	{"groovy.", strong, true},
	{"codehaus", certain, true},
	{"response.write", strong, true},
	{"server.mappath", strong, true},
	{"getproperty(", likely, true},
	{"fetch(", likely, true},
	{"self::", likely, true},
	{"smarty_internal", certain, true},
	{"template_object", strong, true},
	{"chr(", likely, true},
	{"(1).type", strong, true},
	{"import os", certain, true},
	{"__import__", certain, true},
	{"builtins", strong, true},
	{"flag.txt", strong, true},
	{"/etc/passwd", strong, true},
}

var templateByFirst = func() (t [128][]reaching) {
	for _, r := range templateReaches {
		t[r.text[0]] = append(t[r.text[0]], r)
	}
	return t
}()

// templateReach gives the strongest reach of an expression.
func templateReach(e []byte) grade {
	g := none
	for i := 0; i < len(e) && g < certain; i++ {
		for _, r := range templateByFirst[lower(e[i])&0x7f] {
			if r.grade > g && hasPrefixFold(e[i:], r.text) && (!isLetter(r.text[0]) || i == 0 || !isIdent(e[i-1])) {
				g = r.grade
			}
		}
	}
	return g
}

// phpReach tells the functions of PHP that run or read something.
func phpReach(name []byte) bool {
	for _, s := range [...]string{"system", "exec", "passthru", "shell_exec", "popen", "eval", "assert", "file_get_contents", "phpinfo", "include", "require", "readfile", "call_user_func", "proc_open"} {
		if equalFold(name, s) {
			return true
		}
	}
	return false
}

// rubyReach tells Ruby code that runs something: `cmd`, %x(cmd), system('…').
func rubyReach(e []byte) bool {
	if k := bytes.IndexByte(e, '`'); k >= 0 && bytes.IndexByte(e[k+1:], '`') > 0 && len(trim(e[:k])) == 0 {
		return true
	}
	return containsAny(e, "%x(", "%x{", "%x|", "%x[", "%x'", "system(", "exec(", "io.popen", "open3", "open4", "kernel.", "file.read", "file.open", "dir.", "eval(")
}
