package password

import "golang.org/x/sys/unix"

// populate has all pages of a mapping there at once, and large ones where the system has them: fetched one by one, they
// take as long as half of the hash. Where it can't be done they come one by one.
func populate(mapped []byte) {
	_ = unix.Madvise(mapped, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(mapped, unix.MADV_POPULATE_WRITE)
}
