package jobs

import (
	"hash/fnv"
	"time"

	"maragu.dev/goqite"

	"github.com/trance-0/notechondria/internal/database"
)

// lane is a group of jobs with workers of its own.
type lane struct {
	queue *goqite.Queue
	kick  chan struct{}
	lock  int64 // held while a job is received, see receive
}

// receiveLock is the lock of the main lane, which earlier versions take as well. The number is arbitrary.
const receiveLock = 7243392015

func (q *Queue) addLane(name string) {
	if q.lanes[name] != nil {
		return
	}
	flavor := goqite.SQLFlavorPostgreSQL
	if q.db.Engine() == database.SQLite {
		flavor = goqite.SQLFlavorSQLite
	}
	l := &lane{kick: make(chan struct{}, 1), lock: receiveLock}
	if name != mainLane {
		digest := fnv.New32a()
		_, _ = digest.Write([]byte(name)) // never fails
		l.lock = receiveLock + 1 + int64(digest.Sum32())
	}
	l.queue = goqite.New(goqite.NewOpts{DB: q.db.Writer(), Name: name, Timeout: visibility, SQLFlavor: flavor,
		MaxReceive: maxReceived})
	q.lanes[name] = l
}

// laneOf is the lane of a kind of jobs. Kinds without a handler here are left to other versions.
func (q *Queue) laneOf(name string) *lane {
	if k, known := q.kinds[name]; known {
		return q.lanes[k.Lane]
	}
	return q.lanes[mainLane]
}

func (l *lane) wake() {
	select {
	case l.kick <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

// wakeAfter wakes a worker when a postponed job is due. Jobs that are postponed for longer than workers wait between
// looks are found by these looks.
func (l *lane) wakeAfter(delay time.Duration) {
	switch {
	case delay <= 0:
		l.wake()
	case delay < pollInterval:
		time.AfterFunc(delay, l.wake)
	}
}
