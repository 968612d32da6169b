package mesh

import "syscall"

// attributes put a process into a group of its own, so that Ctrl-C reaches us alone and we end it in order, and let the kernel end it if we are killed.
// The kernel goes by the thread that started it; Go's threads do not end before the program does, as long as no goroutine ends locked to one.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
