//go:build unix && !linux

package password

// populate is done on Linux alone.
func populate([]byte) {}
