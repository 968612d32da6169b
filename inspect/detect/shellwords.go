package detect

// shellRank is how surely a word is a command and nothing else.
type shellRank uint8

// The ranks.
const (
	shellPlain shellRank = iota + 1 // also a word of English or a name: sort, find, more
	shellTool                       // a developer's own, which texts for developers quote: git, npm
	shellSure                       // hardly ever one
	shellRuns                       // a shell or interpreter, or a tool to fetch and connect
)

// shellRunners are shells, interpreters and what fetches or connects, in lower case. They wake the detector (words.go) without any mark: powershell -c whoami.
const shellRunners = "sh bash zsh dash ksh csh tcsh ash fish pwsh powershell cmd cscript wscript python python2 python3 perl ruby php node nodejs lua tclsh expect java curl wget fetch lynx nc ncat netcat socat telnet ssh scp sftp tftp rlogin rsh screen tmux exec source nping"

// shellCommands has the commands of Unix and Windows worth knowing, in lower case.
var shellCommands = byWord(map[shellRank]string{
	shellPlain: "command at cat cut date env exit export file find free head help host hostname join kill last less local log look mail man more mount move net open paste print pr read reboot rename script service set sleep sort split start stat strings tail test time top touch tree trap true type unset users wait watch which who write copy del dir in arch halt history jobs uptime usage vol ver w x ls tee ftp shutdown route aptitude lastlog acpi systeminfo case eval if for while",
	shellTool:  "make git svn npm docker kubectl pip pip3 gem apt apt-get yum dnf apk dpkg rpm systemctl journalctl gcc cc g++ mysql psql sqlite3 mongo redis-cli openssl tar gzip gunzip zip unzip bzip2 pipx yarn pnpm npx cargo rustc go mvn gradle cmake helm terraform ansible podman vagrant composer conda poetry pytest tox jest eslint brew snap dotnet nuget minikube",
	shellSure:  "id echo awk sed grep egrep fgrep ifconfig ipconfig iptables whoami uname pwd cd cp mv rm rmdir mkdir chmod chown chgrp ln ps df du dmesg lsof lsmod netstat nslookup dig ping ping6 traceroute tracert arp ip ss passwd useradd usermod userdel adduser sudo su crontab killall pkill nohup xargs tac nl rev od xxd hexdump base64 base32 md5sum sha1sum cksum wc tr uniq seq yes printenv printf mkfifo mknod mktemp dd stty tty getent groups finger lsb_release ulimit chroot sysctl insmod modprobe fdisk mkfs lpr wall nice timeout setsid whois regsvr32 rundll32 reg regedit tasklist taskkill schtasks wmic attrib icacls cacls findstr fsutil certutil bitsadmin mshta netsh nbtstat sc assoc ftype gpresult whereis realpath readlink basename dirname column fold expand comm diff sdiff vi vim nano emacs ed ex sqlplus mysqldump pg_dump iwr iwmi iex iwi invoke-expression invoke-webrequest invoke-command start-process get-process get-content new-object set-executionpolicy get-childitem gci gps flock cpulimit lwp-download uconv gpg getfacl setfacl rsync logger ldconfig strace ltrace gdb nmap busybox htop ssh-copy-id ssh-keygen ssh-keyscan ssh-add shred pkexec doas cpio pax getcap setcap capsh unshare nsenter chattr lsattr blkid lsblk mountpoint losetup swapon ldd nm objdump readelf tcpdump tshark iftop arping hping3 masscan hydra dirb whatweb bcdboot bcdedit bootcfg chkdsk cmdkey cmstp diskpart dism driverquery esentutl eventvwr forfiles fltmc getmac gpupdate infdefaultinstall installutil klist ksetup makecab mavinject mofcomp mountvol msbuild msdt msiexec msinfo32 mstsc nltest ntdsutil odbcconf openfiles pathping pcalua pktmon pnputil presentationhost qprocess quser qwinsta rasdial regasm regsvcs robocopy runas sdbinst secedit setx takeown tskill typeperf vssadmin w32tm wbadmin wevtutil winrm winrs xcopy xwizard get-wmiobject get-service invoke-wmimethod start-sleep start-job invoke-restmethod get-item remove-item set-content out-file test-connection add-type convertto-html poweroff calc mspaint notepad erase wusa telinit runlevel pgrep pstree vmstat iostat sar ncdu getenforce setenforce semanage auditctl ausearch",
	shellRuns:  shellRunners,
})

// shellRankOf ranks a command's base name; a Windows extension is left out.
func shellRankOf(word []byte) shellRank {
	if n := len(word); n > 4 && word[n-4] == '.' {
		var low [3]byte
		switch string(lowered(low[:0], word[n-3:])) {
		case "exe", "com", "bat", "cmd", "vbs", "ps1":
			word = word[:n-4]
		}
	}
	return shellCommands.of(word)
}

// shellTargets are the files and devices that nobody's ordinary command reads: part of an argument.
var shellTargets = []string{"/etc/passwd", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/sudoers", "/etc/crontab", "/etc/cron.", "/etc/ssh/", "/root/.", "/var/run/secrets", "/var/spool/cron", "/etc/group", "/etc/hosts", "/etc/issue", "/dev/tcp/", "/dev/udp/", "/bin/sh", "/bin/bash", "/proc/self", "/.ssh/", "boot.ini", "win.ini", "system32", "cmd.exe"}
