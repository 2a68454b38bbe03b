//go:build linux || darwin || freebsd

package deploycheck

import "syscall"

// FreeSpace is how many bytes a folder's file system has left for us.
func FreeSpace(folder string) (bytes uint64, known bool) {
	var system syscall.Statfs_t
	if err := syscall.Statfs(folder, &system); err != nil {
		return 0, false
	}
	return uint64(system.Bavail) * uint64(system.Bsize), true
}
