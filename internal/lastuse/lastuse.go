// Package lastuse stores when sessions, keys and the like were used last. Requests only say that something was used,
// and never wait: uses are gathered in memory and written together soon after, by one goroutine. A use that can't be
// stored is dropped; nothing may depend on it being exact.
package lastuse

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	gatherTime   = time.Second // for which uses are gathered before they are written
	writeTimeout = 5 * time.Second
	maxGathered  = 10_000 // things of a kind; the uses of more are dropped
)

// Recorder gathers uses and stores them.
type Recorder struct {
	db    *database.DB
	log   *slog.Logger
	kinds []*Kind
	wake  chan struct{}
}

// New makes a recorder. Its kinds are added before Run.
func New(db *database.DB, log *slog.Logger) *Recorder {
	return &Recorder{db: db, log: log, wake: make(chan struct{}, 1)}
}

// Kind is one kind of thing that is used.
type Kind struct {
	recorder *Recorder
	what     string
	update   string // the time is $1, the list of ids $2

	mutex sync.Mutex
	used  map[int64]bool
}

// Kind adds a kind: the rows of a table whose time of last use stands in a column. They are known by the number in the
// column id.
func (r *Recorder) Kind(table, id, column string) *Kind {
	k := &Kind{recorder: r, what: table, used: map[int64]bool{}, update: fmt.Sprintf(
		"update %s set %[3]s = $1 where %[2]s and (%[3]s is null or %[3]s < $1)", table, r.db.In(id, 2), column)}
	r.kinds = append(r.kinds, k)
	return k
}

// Used says that something was used just now.
func (k *Kind) Used(id int64) {
	k.mutex.Lock()
	if len(k.used) < maxGathered {
		k.used[id] = true
	}
	k.mutex.Unlock()
	select {
	case k.recorder.wake <- struct{}{}:
	default: // Run knows already
	}
}

// Forget drops a use that is not stored yet: what has that id now is another thing.
func (k *Kind) Forget(id int64) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.used, id)
}

// Run stores uses until ctx is done, and then those that are left.
func (r *Recorder) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
			select {
			case <-ctx.Done():
			case <-time.After(gatherTime):
			}
			r.store(context.WithoutCancel(ctx))
		}
	}
	r.store(context.WithoutCancel(ctx))
}

func (r *Recorder) store(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	for _, k := range r.kinds {
		ids := k.take()
		if len(ids) == 0 {
			continue
		}
		err := r.db.Write(ctx, func(tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, k.update, database.Now(), database.List(ids))
			return err
		})
		if err != nil {
			r.log.Warn("storing times of last use failed", "of", k.what, "number", len(ids), "error", err)
		}
	}
}

func (k *Kind) take() []int64 {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	ids := make([]int64, 0, len(k.used))
	for id := range k.used {
		ids = append(ids, id)
	}
	clear(k.used)
	return ids
}
