//go:build linux || darwin || freebsd

package deploycheck

import "syscall"

// FreeSpace is the number of bytes available to us on a folder's file system.
func FreeSpace(folder string) (bytes uint64, known bool) {
	var system syscall.Statfs_t
	if err := syscall.Statfs(folder, &system); err != nil {
		return 0, false
	}
	return uint64(system.Bavail) * uint64(system.Bsize), true
}
