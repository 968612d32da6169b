//go:build !linux

package mesh

import "syscall"

// attributes put a process into a group of its own, so that Ctrl-C reaches us alone and we end it in order.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
