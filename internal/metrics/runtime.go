package metrics

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	classes  = "/memory/classes/"
	heap     = classes + "heap/"
	metadata = classes + "metadata/"
)

// runtimeFamilies are numbers of Go's, under the names that Prometheus' own library gives them: each is the sum of some
// that Go counts.
var runtimeFamilies = []struct {
	name, kind, help string
	sums             []string
}{
	{"go_gc_gogc_percent", gauge, "Heap size target percentage configured by the user, otherwise 100.",
		[]string{"/gc/gogc:percent"}},
	{"go_gc_gomemlimit_bytes", gauge, "Go runtime memory limit configured by the user, otherwise " +
		"math.MaxInt64.",
		[]string{"/gc/gomemlimit:bytes"}},
	{"go_goroutines", gauge, "Number of goroutines that currently exist.",
		[]string{"/sched/goroutines:goroutines"}},
	{"go_memstats_alloc_bytes", gauge, "Number of bytes allocated in heap and currently in use.",
		[]string{heap + "objects:bytes"}},
	{"go_memstats_alloc_bytes_total", counter, "Total number of bytes allocated in heap until now, even if released " +
		"already.",
		[]string{"/gc/heap/allocs:bytes"}},
	{"go_memstats_buck_hash_sys_bytes", gauge, "Number of bytes used by the profiling bucket hash table.",
		[]string{classes + "profiling/buckets:bytes"}},
	{"go_memstats_frees_total", counter, "Total number of heap objects frees.",
		[]string{"/gc/heap/frees:objects", "/gc/heap/tiny/allocs:objects"}},
	{"go_memstats_gc_sys_bytes", gauge, "Number of bytes used for garbage collection system metadata.",
		[]string{metadata + "other:bytes"}},
	{"go_memstats_heap_alloc_bytes", gauge, "Number of heap bytes allocated and currently in use, same as " +
		"go_memstats_alloc_bytes.",
		[]string{heap + "objects:bytes"}},
	{"go_memstats_heap_idle_bytes", gauge, "Number of heap bytes waiting to be used.",
		[]string{heap + "released:bytes", heap + "free:bytes"}},
	{"go_memstats_heap_inuse_bytes", gauge, "Number of heap bytes that are in use.",
		[]string{heap + "objects:bytes", heap + "unused:bytes"}},
	{"go_memstats_heap_objects", gauge, "Number of currently allocated objects.",
		[]string{"/gc/heap/objects:objects"}},
	{"go_memstats_heap_released_bytes", gauge, "Number of heap bytes released to OS.",
		[]string{heap + "released:bytes"}},
	{"go_memstats_heap_sys_bytes", gauge, "Number of heap bytes obtained from system.",
		[]string{heap + "objects:bytes", heap + "unused:bytes", heap + "released:bytes", heap + "free:bytes"}},
	{"go_memstats_mallocs_total", counter, "Total number of heap objects allocated, both live and gc-ed. " +
		"Semantically a counter version for go_memstats_heap_objects gauge.",
		[]string{"/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"}},
	{"go_memstats_mcache_inuse_bytes", gauge, "Number of bytes in use by mcache structures.",
		[]string{metadata + "mcache/inuse:bytes"}},
	{"go_memstats_mcache_sys_bytes", gauge, "Number of bytes used for mcache structures obtained from system.",
		[]string{metadata + "mcache/inuse:bytes", metadata + "mcache/free:bytes"}},
	{"go_memstats_mspan_inuse_bytes", gauge, "Number of bytes in use by mspan structures.",
		[]string{metadata + "mspan/inuse:bytes"}},
	{"go_memstats_mspan_sys_bytes", gauge, "Number of bytes used for mspan structures obtained from system.",
		[]string{metadata + "mspan/inuse:bytes", metadata + "mspan/free:bytes"}},
	{"go_memstats_next_gc_bytes", gauge, "Number of heap bytes when next garbage collection will take place.",
		[]string{"/gc/heap/goal:bytes"}},
	{"go_memstats_other_sys_bytes", gauge, "Number of bytes used for other system allocations.",
		[]string{classes + "other:bytes"}},
	{"go_memstats_stack_inuse_bytes", gauge, "Number of bytes obtained from system for stack allocator in non-CGO " +
		"environments.",
		[]string{heap + "stacks:bytes"}},
	{"go_memstats_stack_sys_bytes", gauge, "Number of bytes obtained from system for stack allocator.",
		[]string{heap + "stacks:bytes", classes + "os-stacks:bytes"}},
	{"go_memstats_sys_bytes", gauge, "Number of bytes obtained from system.",
		[]string{classes + "total:bytes"}},
	{"go_sched_gomaxprocs_threads", gauge, "The current runtime.GOMAXPROCS setting, or the number of operating " +
		"system threads that can execute user-level Go code simultaneously. " +
		"Sourced from /sched/gomaxprocs:threads.",
		[]string{"/sched/gomaxprocs:threads"}},
}

// goRuntime is what Go tells about itself.
func goRuntime() []family {
	var samples []metrics.Sample
	for _, f := range runtimeFamilies {
		for _, name := range f.sums {
			samples = append(samples, metrics.Sample{Name: name})
		}
	}
	metrics.Read(samples)
	families := make([]family, 0, len(runtimeFamilies)+4)
	for _, f := range runtimeFamilies {
		sum := 0.0
		for range f.sums {
			if samples[0].Value.Kind() == metrics.KindUint64 {
				sum += float64(samples[0].Value.Uint64())
			}
			samples = samples[1:]
		}
		families = append(families, single(f.name, f.kind, f.help, sum))
	}
	threads, _ := runtime.ThreadCreateProfile(nil)
	return append(append(families, collections()...),
		single("go_threads", gauge, "Number of OS threads created.", float64(threads)),
		single("go_info", gauge, "Information about the Go environment.", 1, label{"version", runtime.Version()}))
}

// collections are how long collections of memory stopped the program, and when the last one was.
func collections() []family {
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&stats)
	f := family{name: "go_gc_duration_seconds", kind: summary,
		help: "A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles."}
	for i, pause := range stats.PauseQuantiles {
		quantile := number(float64(i) / float64(len(stats.PauseQuantiles)-1))
		f.samples = append(f.samples, sample{labels: []label{{"quantile", quantile}}, value: pause.Seconds()})
	}
	f.samples = append(f.samples, sample{suffix: "_sum", value: stats.PauseTotal.Seconds()},
		sample{suffix: "_count", value: float64(stats.NumGC)})
	last := single("go_memstats_last_gc_time_seconds", gauge, "Number of seconds since 1970 of last garbage collection.",
		float64(stats.LastGC.UnixNano())/1e9)
	return []family{f, last}
}
