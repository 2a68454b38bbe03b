//go:build !(linux || darwin || freebsd)

package deploycheck

// FreeSpace is unknown on this system.
func FreeSpace(string) (bytes uint64, known bool) { return 0, false }
