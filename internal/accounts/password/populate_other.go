//go:build unix && !linux

package password

// populate is a flag of Linux.
const populate = 0
