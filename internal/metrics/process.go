package metrics

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"
)

// ticks are how many parts of a second Linux counts processor time in, on all of its architectures.
const ticks = 100

// process is what Linux tells about this process. What can't be read is left out.
func process() []family {
	families := append(fromStat(), fromLimits()...)
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		families = append(families, single("process_open_fds", gauge, "Number of open file descriptors.",
			float64(len(entries))))
	}
	return append(families, fromNetwork()...)
}

// fromStat reads /proc/self/stat, in which the name of the program stands in brackets: behind it comes the third field.
func fromStat() []family {
	content, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	const userTime, systemTime, startTime, virtual, resident = 14 - 3, 15 - 3, 22 - 3, 23 - 3, 24 - 3
	if len(fields) <= resident {
		return nil
	}
	at := func(i int) float64 {
		value, _ := strconv.ParseFloat(fields[i], 64)
		return value
	}
	families := []family{
		single("process_cpu_seconds_total", counter, "Total user and system CPU time spent in seconds.",
			(at(userTime)+at(systemTime))/ticks),
		single("process_virtual_memory_bytes", gauge, "Virtual memory size in bytes.", at(virtual)),
		single("process_resident_memory_bytes", gauge, "Resident memory size in bytes.",
			at(resident)*float64(os.Getpagesize())),
	}
	if booted, ok := lineOf("/proc/stat", "btime "); ok {
		families = append(families, single("process_start_time_seconds", gauge,
			"Start time of the process since unix epoch in seconds.", booted+at(startTime)/ticks))
	}
	return families
}

func fromLimits() (families []family) {
	for _, limit := range []struct{ line, name, help string }{
		{"Max open files", "process_max_fds", "Maximum number of open file descriptors."},
		{"Max address space", "process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes."},
	} {
		if value, ok := lineOf("/proc/self/limits", limit.line); ok {
			families = append(families, single(limit.name, gauge, limit.help, value))
		}
	}
	return families
}

// lineOf returns the first number behind that beginning of a line of a file.
func lineOf(path, beginning string) (float64, bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(content)) {
		rest, ok := strings.CutPrefix(line, beginning)
		fields := strings.Fields(rest)
		if !ok || len(fields) == 0 {
			continue
		}
		if fields[0] == "unlimited" {
			return math.MaxUint64, true
		}
		value, err := strconv.ParseFloat(fields[0], 64)
		return value, err == nil
	}
	return 0, false
}

// fromNetwork reads the counts of the network that the process is in: a line of names, and one of their numbers.
func fromNetwork() []family {
	content, err := os.ReadFile("/proc/self/net/netstat")
	if err != nil {
		return nil
	}
	var names []string
	counts := map[string]float64{}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] != "IpExt:":
		case names == nil:
			names = fields
		case len(fields) == len(names):
			for i, name := range names[1:] {
				counts[name], _ = strconv.ParseFloat(fields[i+1], 64)
			}
		}
	}
	return []family{
		single("process_network_receive_bytes_total", counter, "Number of bytes received by the process over the network.",
			counts["InOctets"]),
		single("process_network_transmit_bytes_total", counter, "Number of bytes sent by the process over the network.",
			counts["OutOctets"]),
	}
}
