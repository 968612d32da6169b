package detect

// sqlKeyword is what a keyword does in the grammar.
type sqlKeyword uint8

// The keywords by what may stand before and behind them.
const (
	sqlAnd       sqlKeyword = iota + 1 // and or xor: an expression on both sides
	sqlWordOp                          // like in between is …: an operand on both sides
	sqlIs                              // is: then null, true, not …
	sqlNot                             // not exists binary …: an operand behind
	sqlConst                           // null true false
	sqlUnion                           // union intersect except minus
	sqlAll                             // all distinct
	sqlSelect                          //
	sqlFrom                            // from join …: a table behind
	sqlWhere                           // where on having when then else: an expression behind
	sqlHaving                          //
	sqlOrder                           // order group partition: by behind
	sqlBy                              //
	sqlLimit                           // limit offset fetch procedure
	sqlInto                            //
	sqlAs                              //
	sqlCase                            //
	sqlWhen                            // when then else
	sqlFinish                          // end asc desc: nothing need follow
	sqlJoin                            // left inner …: words before join
	sqlStatement                       // insert update drop …: begins a statement
	sqlPostfix                         // isnull notnull: an operand before, none behind
	sqlObject                          // table into set procedure …: what may stand behind a statement's first word
)

// sqlKeywords has every keyword the grammar knows, in lower case.
var sqlKeywords = byWord(map[sqlKeyword]string{
	sqlAnd:       "and or xor",
	sqlWordOp:    "like rlike regexp ilike glob similar in between div mod collate escape sounds overlaps",
	sqlIs:        "is",
	sqlNot:       "not exists binary any some prior unique connect_by_root",
	sqlConst:     "null true false unknown",
	sqlUnion:     "union intersect except minus",
	sqlAll:       "all distinct distinctrow",
	sqlSelect:    "select",
	sqlFrom:      "from join",
	sqlWhere:     "where on using",
	sqlHaving:    "having",
	sqlOrder:     "order group partition",
	sqlBy:        "by",
	sqlLimit:     "limit offset procedure",
	sqlInto:      "into",
	sqlAs:        "as",
	sqlCase:      "case",
	sqlWhen:      "when then else",
	sqlFinish:    "end asc desc",
	sqlJoin:      "left right inner outer cross natural full",
	sqlStatement: "insert update delete drop create alter truncate exec execute declare merge replace call shutdown waitfor begin set use show grant revoke backup restore copy load handler rename attach bulk print dbcc explain describe with do if while values reconfigure kill return go commit rollback savepoint pragma vacuum deny raiserror",
	sqlPostfix:   "isnull notnull",
	sqlObject:    "table database schema view index user role login function trigger outfile dumpfile",
})

// sqlKeywordOf looks a word up in any case; 0 is an ordinary name.
func sqlKeywordOf(word []byte) sqlKeyword {
	return sqlKeywords.of(word)
}

// lowered appends word in lower case to buf as far as it has room, so that nothing is allocated; a longer word gives nothing.
func lowered(buf, word []byte) []byte {
	if len(word) > cap(buf) {
		return nil
	}
	for _, b := range word {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		buf = append(buf, b)
	}
	return buf
}

// sqlRisk is what a routine or table gives to one who should not call it.
type sqlRisk uint8

// The risks.
const (
	sqlTells sqlRisk = iota + 1 // tells of the server: versions, users, the schema
	sqlCodes                    // makes text of numbers or takes text apart: how blind injections read
	sqlActs                     // waits, reads files, runs commands, makes errors that tell
	sqlRuns                     // does so too, and its name says it without a call: xp_cmdshell
)

// sqlRisks has the names by risk, in lower case; a dotted name counts by its parts.
var sqlRisks = byWord(map[sqlRisk]string{
	sqlTells: "information_schema sysobjects syscolumns sysusers sysdatabases syslogins sys sysibm syscat all_users all_tables all_tab_columns user_tables dba_users sqlite_master sqlite_schema sqlite_version msysobjects pg_catalog pg_user pg_shadow pg_database pg_tables version user database schema current_user session_user system_user user_name db_name host_name suser_sname servername banner current_database current_schema inet_server_addr global_name v$version systables master mysql rdb$database rdb$fields domain generate_series dblink analyse",
	sqlCodes: "char chr ascii ord hex unhex substr substring substring_index mid concat concat_ws group_concat cast convert elt make_set length len char_length position locate instr left right bin lower upper ifnull nullif iif if isnull floor rand quote load_extension typeof unicode nchar to_char string_agg xmlagg array_to_string json_keys count md5 sha1 pi exp row repeat regexp_replace reverse round bit_count conv strcmp field find_in_set coalesce decode case name_const json_extract json_valid json_depth jsonb_pretty json_build_object starts_with unistr to_json row_to_json zeroblob",
	sqlActs:  "sleep benchmark waitfor extractvalue updatexml openrowset opendatasource openquery outfile dumpfile httpuritype ctxsys randomblob crypt_key geometrycollection multipoint polygon linestring multilinestring multipolygon get_host_address receive_message gtid cmdshell ordsys xmltype regexp_like set_config sys_context regexp_substring json_extract_path jsonb_path_query pg_terminate_backend pg_reload_conf",
	sqlRuns:  "pg_sleep load_file xp_cmdshell xp_dirtree xp_regread xp_regwrite xp_fileexist xp_subdirs sp_executesql sp_oacreate sp_oamethod sp_makewebtask sp_addextendedproc sp_password sp_configure sp_addlogin sp_addsrvrolemember utl_http utl_inaddr utl_file utl_smtp utl_tcp dbms_pipe dbms_lock dbms_ldap dbms_java dbms_scheduler dbms_xmlgen dbms_xmlquery dbms_utility lo_import lo_export pg_read_file pg_ls_dir pg_read_binary_file query_to_xml database_to_xml st_latfromgeohash gtid_subset gtid_subtract fts3_tokenizer sys_exec sys_eval lo_get lo_put lo_create lo_from_bytea pg_stat_file pg_ls_logdir pg_ls_waldir xp_servicecontrol xp_enumgroups xp_loginconfig sp_addlinkedserver sp_execute_external_script dbms_session dbms_sql dbms_advisor dbms_export_extension dbms_cloud fn_xe_file_target_read_file fn_get_audit_file fn_trace_gettable",
})

// sqlRiskOf gives the greatest risk of a name's parts: in master..xp_cmdshell the last one.
func sqlRiskOf(name []byte) (r sqlRisk) {
	for start := 0; start < len(name); {
		end := start
		for end < len(name) && name[end] != '.' && name[end] != '[' && name[end] != ']' && name[end] != '@' && name[end] != '`' {
			end++
		}
		k := sqlRisks.of(name[start:end])
		if k == sqlActs && end-start < len(name) && indexByte(name[start:end], '_', 0) < 0 { // outfile.write: a member of a program
			k = 0
		}
		if k > r {
			r = k
		}
		start = end + 1
	}
	return r
}
