//go:build unix

package password

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// borrow takes zeroed memory of the system's. It holds no pointers, so that the collector need not know of it.
func borrow(blocks int) (memory []block, giveBack func(), err error) {
	mapped, err := unix.Mmap(-1, 0, blocks*int(unsafe.Sizeof(block{})), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, fmt.Errorf("taking memory to hash a password: %w", err)
	}
	populate(mapped)
	memory = unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(mapped))), blocks)
	return memory, func() { _ = unix.Munmap(mapped) }, nil
}
