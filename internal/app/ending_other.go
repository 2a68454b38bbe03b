//go:build !linux

package app

import (
	"errors"
	"net"
)

func dropNewConnections(net.Listener) error { return errors.ErrUnsupported }
