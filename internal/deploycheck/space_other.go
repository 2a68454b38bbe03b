//go:build !(linux || darwin || freebsd)

package deploycheck

// FreeSpace is not known here.
func FreeSpace(string) (bytes uint64, known bool) { return 0, false }
