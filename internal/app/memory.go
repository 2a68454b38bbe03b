package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	memoryInterval = 20 * time.Second
	worthReturning = 32 << 20 // bytes
	atRest         = 8 << 20  // bytes that a server which has nothing to do allocates in an interval
)

// returnMemory gives the system back what a burst has left behind, as soon as it is over. Go would do so by itself
// minutes later: on a small machine others need it.
func returnMemory(ctx context.Context) {
	tick := time.NewTicker(memoryInterval)
	defer tick.Stop()
	for allocated := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := readMemory()
		if now.allocated-allocated < atRest && now.held > now.live+worthReturning {
			debug.FreeOSMemory()
		}
		allocated = now.allocated
	}
}

type memory struct{ allocated, live, held uint64 }

// readMemory reads what Go has allocated so far, what was in use at the last collection, and what it holds.
func readMemory() memory {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	return memory{
		allocated: samples[0].Value.Uint64(), live: samples[1].Value.Uint64(),
		held: samples[2].Value.Uint64() - samples[3].Value.Uint64(),
	}
}
