package detect

import (
	"strings"
	"unicode"
)

// words is a set of groups of words.
type words uint64

// The groups of words that wake detectors. A word is a whole run of letters and underscores, in any case.
const (
	wConnective words = 1 << iota // SQL that goes on after a value: or, and, union …
	wStatement                    // SQL that begins a statement: select, insert …
	wType                         // SQL types that a name alone is cast to
	wVerb                         // the other words that begin a statement: if, with, explain …
	wRoutine                      // SQL routines that wait, read or tell, and their names are no words: pg_sleep, load_file …
	wRisk                         // all routines and tables of sqlRisks
	wClause                       // the other words of SQL by which an expression or a query goes on
	wCommand                      // commands whose arguments may be words and numbers alone, options that name a command
	wScript                       // JavaScript that does something in a page: alert, eval, document …
	wScheme                       // schemes that are scripts
	wSecret                       // folders and files that tell secrets, and what their names end in
	wJava                         // what reaches from an expression into Java: getRuntime, ognl …
	wGadget                       // one word of each class in gadgets
	wSheet                        // what a stylesheet calls to leave its document
	wProgram                      // modules and objects of programs, of which members are used
	wRun                          // names that run something without a mark behind them
	wObject                       // the members by which JavaScript's objects share what they have
	wNone                         // the algorithm that is none
)

// vocabulary has the words of every group, all in lower case, two letters or more.
var vocabulary = []struct {
	group words
	words string
}{
	{wConnective, "or and xor not union having order group limit procedure into like rlike regexp between is in div mod intersect except minus offset partition ilike glob similar collate escape sounds overlaps isnull notnull"},
	{wStatement, "select insert update delete drop create alter truncate exec execute declare merge replace call shutdown waitfor begin set use show grant backup copy dbcc raiserror reconfigure"},
	{wType, "int integer bigint smallint numeric regclass json jsonb"},
	{wClause, "where on using case when then else as null true false unknown"},
	{wVerb, "revoke restore load handler rename attach bulk print explain describe with do if while values kill return go commit rollback savepoint pragma vacuum deny"},
	{wRoutine, "sleep benchmark outfile dumpfile extractvalue updatexml waitfor delay char chr concat openrowset opendatasource information_schema"},
	{wCommand, "sleep usleep timeout kill seq exit ping echo ext checkpoint askpass oproxycommand proxycommand olocalcommand localcommand sshcommand pack program pager invoke launcher cmd eval sudo nohup busybox xargs command doas setsid net export alias setx declare unset oqueuedirectory oq set env"},
	{wCommand, shellRunners},
	{wScript, "alert confirm prompt eval execscript settimeout setinterval importscripts function setimmediate document window self top parent frames globalthis opener this location innerhtml outerhtml insertadjacenthtml createcontextualfragment fromcharcode localstorage sessionstorage xmlhttprequest activexobject sendbeacon fetch import atob unescape constructor getscript globaleval"},
	{wScheme, "javascript vbscript livescript script data"},
	{wSecret, "etc proc passwd shadow ini conf log logs access_log error_log acces_log cnf htaccess htpasswd ssh aws git svn hg kube kubelet gnupg docker serviceaccount inf windows winnt system xampp wamp lampp inetpub apache php mysql id_rsa id_dsa id_ecdsa authorized_keys known_hosts bash_history mysql_history environ ntuser dat sysprep unattend unattended hosts env netrc pgpass messages syslog maillog err sess_ web config inc key bashrc profile bash_profile wtmp utmp lastlog ntds sock filezilla mercury webdav sendmail sites ssl_request_log"},
	{wJava, "java javax springframework getclassloader forname ognl opensymphony struts getruntime processbuilder scriptenginemanager scriptengine classloader _memberaccess runtime"},
	{wGadget, "rowset xalan bcel collections beanutils xbean groovy mchange logback springframework hibernate badattribute badattributevalueexpexception eventhandler processbuilder runtime scriptengine scriptenginemanager urlclassloader rmi ibatis tomcat dbcp hikari zaxxer shiro openjpa jeditorpane autocloseable inetsocketaddress inet objectdataprovider diagnostics install windowsidentity visualstudio automation axhost presentation internal claimsidentity fileinfo nd_func __js_function guzzlehttp gem activesupport actioncontroller nashorn xmldecoder jndi caucho mozilla rometools bytebuddy dynamic system subprocess posix builtins"},
	{wSheet, "xsl document unparsed system php msxsl xalan java rt runtime saxon ptr exsl redirect result func doc user lxslt"},
	{wProgram, "subprocess importlib platform process global kernel open response wscript scripting system groovy objectspace root os"},
	{wRun, "child_process __builtins__ scriptengine scriptenginemanager mainmodule cfexecute invoke"},
	{wObject, "constructor prototype"},
	{wNone, "none"},
}

// loneWord gives the groups of the words that mean something as a whole value.
func loneWord(v []byte) words {
	switch {
	case equalFold(v, "none"):
		return wNone
	case equalFold(v, "prototype"):
		return wObject
	}
	return 0
}

// lexicon has the groups of every word.
var lexicon = func() *wordTable[words] {
	groups := map[string]words{}
	for _, v := range vocabulary {
		for word := range strings.FieldsSeq(v.words) {
			groups[word] |= v.group
		}
	}
	for i, name := range sqlRisks.words {
		word := longestWord(name)
		groups[word] |= wRisk
		if sqlRisks.values[i] == sqlRuns {
			groups[word] |= wRoutine
		}
	}
	return newWordTable(groups)
}()

// longestWord gives the longest run of word bytes in a name, which a digit or $ may cut: md of md5, database of rdb$database.
func longestWord(name string) (word string) {
	for run := range strings.FieldsFuncSeq(name, func(r rune) bool { return r > unicode.MaxASCII || !isWord(byte(r)) }) { //nolint:gosec // ASCII
		if len(run) > len(word) {
			word = run
		}
	}
	return word
}

// wordsOf tells which groups have a word in v.
func wordsOf(v []byte) (w words) {
	for i := 0; i < len(v); i++ {
		if !isWord(v[i]) {
			continue
		}
		start := i
		for i++; i < len(v) && isWord(v[i]); i++ {
		}
		if i-start > 1 {
			w |= lexicon.of(v[start:i])
		}
	}
	return w
}
