package app

import (
	"errors"
	"fmt"
	"math"
	"net"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	tcpFlags = 13 // offset in a TCP header
	tcpSYN   = 0x02
)

// dropNewConnections has the kernel drop requests for new connections, while those that it has begun to accept get
// through. Clients ask again after a second, and are then refused, or accepted by the next process. Without this, the
// kernel resets what it accepts between the last Accept and Close.
func dropNewConnections(l net.Listener) error {
	listener, ok := l.(syscall.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	instructions, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: tcpFlags, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: tcpSYN, SkipFalse: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: math.MaxUint32}, // all of it
	})
	if err != nil {
		return fmt.Errorf("assembling the filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(instructions))
	for i, in := range instructions {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	raw, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	return errors.Join(err, failed)
}
