package mcp

import (
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Programs run in loops. Their calls are counted in memory, by each instance for itself: what is lost by a restart does
// no harm.
const (
	// burstPart is the part of a minute's calls that may come at once.
	burstPart = 5

	// clientShare is how many times the calls of a user may come from one address, behind which there may be several.
	clientShare = 2

	// maxCounted is how many of a kind are counted at once. Beyond it the quiet ones are forgotten, or all of them if none
	// is quiet: counting too little is better than refusing everybody.
	maxCounted = 10_000
)

// limits bounds the calls of users and of clients.
type limits struct{ users, clients *buckets }

func newLimits(perMinute int) limits {
	return limits{newBuckets(perMinute), newBuckets(clientShare * perMinute)}
}

// take counts a number of calls, or says how long to wait. An anonymous caller is counted by client.
func (l limits) take(who actor.Actor, calls int) error {
	now := time.Now()
	wait := l.clients.take(who.Client.Address, calls, now)
	if wait == 0 && !who.Anonymous() {
		wait = l.users.take(who.Username, calls, now)
	}
	if wait > 0 {
		return problem.Wait("Too many requests, please wait a moment.", wait)
	}
	return nil
}

// buckets are filled at a rate, and each call takes a drop.
type buckets struct {
	burst, rate float64

	mutex  sync.Mutex
	levels map[string]level
}

type level struct {
	drops float64
	at    time.Time
}

func newBuckets(perMinute int) *buckets {
	return &buckets{
		burst: float64(max(perMinute/burstPart, 1)), rate: float64(perMinute) / time.Minute.Seconds(),
		levels: map[string]level{},
	}
}

// take returns 0, or for how long there are not enough drops.
func (b *buckets) take(name string, drops int, now time.Time) (wait time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	present, known := b.levels[name]
	if !known {
		b.makeRoom(now)
		present = level{b.burst, now}
	}
	present = b.filled(present, now)
	if lacking := min(float64(drops), b.burst) - present.drops; lacking > 0 {
		return time.Duration(lacking / b.rate * float64(time.Second))
	}
	present.drops -= float64(drops)
	b.levels[name] = present
	return 0
}

func (b *buckets) filled(l level, now time.Time) level {
	return level{min(b.burst, l.drops+b.rate*now.Sub(l.at).Seconds()), now}
}

func (b *buckets) makeRoom(now time.Time) {
	if len(b.levels) < maxCounted {
		return
	}
	for name, l := range b.levels {
		if b.filled(l, now).drops >= b.burst {
			delete(b.levels, name)
		}
	}
	if len(b.levels) >= maxCounted {
		clear(b.levels)
	}
}
