package searchindex

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	gatherTime = 20 * time.Second // for which notes are gathered before they are indexed
	restTime   = 10 * time.Second // after its last change a note is taken for finished
	errorPause = 5 * time.Second
	runTimeout = time.Minute

	// maxWaitingContent bounds what waits, in bytes: longer notes are indexed by whoever writes them.
	maxWaitingContent = 32 << 10
	// maxWaiting bounds how much of one process waits. While there is more, who writes a note indexes it, too.
	maxWaiting = 200
	// manyWaiting are indexed at once, however young they are.
	manyWaiting = 100
	// manySeen are so many that the next search of the same list had better find them in the index.
	manySeen = 10

	batchNotes = 100     // that are indexed by one transaction
	batchTerms = 1 << 20 // bytes of their terms
)

// weight is what a note counts among those that wait: looking through a long one takes longer.
func weight(n Note) int64 { return 1 + int64(len(n.Content)/(4<<10)) }

// Changed has notes indexed soon that the transaction has stored, and that wait therefore. Where that would be too
// much, they are indexed at once.
func (x *Index) Changed(ctx context.Context, tx *database.Tx, notes ...Note) error {
	total := int64(0)
	for _, n := range notes {
		if total += weight(n); len(n.Content) > maxWaitingContent {
			total = maxWaiting + 1
		}
	}
	if x.waiting.Load()+total > maxWaiting {
		total = 0
		if err := x.store(ctx, tx, notes...); err != nil {
			return err
		}
	}
	x.notice(tx, total)
	return nil
}

// notice tells Run that something waits when the transaction is committed.
func (x *Index) notice(tx *database.Tx, total int64) {
	tx.AfterCommit(func() {
		x.waiting.Add(total)
		x.wakeUp()
	})
}

// seen has what waits indexed at once where a search looked through much of it: the next letter that somebody types
// is another search.
func (x *Index) seen(notes int) {
	if notes >= manySeen {
		x.hurry.Store(true)
		x.wakeUp()
	}
}

func (x *Index) wakeUp() {
	select {
	case x.wake <- struct{}{}:
	default: // Run knows already
	}
}

// Run indexes what waits until ctx is done: what has rested for a while, and everything while that is much. What is
// left then, or by a process that ended in another way, is found by the next one that starts, or by the hourly job.
func (x *Index) Run(ctx context.Context) {
	x.wakeUp()
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.wake:
		}
		x.gather(ctx)
		if err := x.indexGathered(ctx); err != nil && ctx.Err() == nil {
			x.log.Error("indexing notes failed", "error", err)
			x.wakeUp()
			select {
			case <-ctx.Done():
			case <-time.After(errorPause):
			}
		}
	}
}

// gather waits for further notes, unless there are many.
func (x *Index) gather(ctx context.Context) {
	enough := time.NewTimer(gatherTime)
	defer enough.Stop()
	for x.waiting.Load() < manyWaiting && !x.hurry.Load() {
		select {
		case <-ctx.Done():
			return
		case <-enough.C:
			return
		case <-x.wake:
		}
	}
}

// indexGathered indexes what has rested, or everything where that is much, and comes back to what is left.
func (x *Index) indexGathered(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	gathered, hurry := x.waiting.Swap(0), x.hurry.Swap(false)
	rested := database.Now().Add(-restTime)
	if gathered >= manyWaiting || hurry {
		rested = future()
	}
	if err := x.indexWaiting(ctx, rested); err != nil {
		x.waiting.Add(gathered)
		return err
	}
	left, err := x.Waiting(ctx)
	if err == nil && left > 0 {
		x.wakeUp()
	}
	return err
}

// future is after every change, but for those of a clock that is ahead.
func future() time.Time { return database.Now().Add(gatherTime) }

// indexWaiting indexes the notes that were changed before that time, but for those that are being written.
func (x *Index) indexWaiting(ctx context.Context, before time.Time) (err error) {
	for more := true; more; {
		if more, err = x.indexSome(ctx, before); err != nil {
			return err
		}
	}
	return x.settle(ctx)
}

// Waiting counts the notes that wait.
func (x *Index) Waiting(ctx context.Context) (int, error) {
	n, err := database.One[int](ctx, x.db.Read(), "select count(*) from note_search_due")
	if err != nil {
		return 0, fmt.Errorf("counting the notes that wait for the search index: %w", err)
	}
	return n, nil
}

// mark says which change of a note waits.
type mark struct {
	NoteID int64
	Mark   int64
}

// indexSome indexes the notes that have waited longest. Their terms are made outside the transaction: a note that has
// changed since has another mark, and waits on.
func (x *Index) indexSome(ctx context.Context, before time.Time) (more bool, err error) {
	// What was changed in the future, by a clock that was ahead, does not wait for that.
	marks, err := database.All[mark](ctx, x.db.Read(), `
		select note_id, mark from note_search_due where updated_at <= $1 or updated_at > $2
		order by updated_at, note_id limit $3`, before, future(), batchNotes)
	if err != nil {
		return false, fmt.Errorf("looking for notes that wait for the search index: %w", err)
	}
	more = len(marks) == batchNotes
	var rows []row
	size := 0
	for some := range slices.Chunk(marks, batch) {
		notes, err := x.read(ctx, x.db.Read(), idsOf(some))
		if err != nil {
			return false, err
		}
		for _, n := range notes {
			r := x.row(n)
			rows, size = append(rows, r), size+len(r.Terms)
		}
		if size > batchTerms {
			more = true
			break
		}
	}
	if len(rows) == 0 {
		return more, nil
	}
	indexed, err := x.indexMarked(ctx, marks, rows)
	return more && indexed > 0, err // whatever was written meanwhile comes later
}

// indexMarked indexes those of the notes of which no further change waits.
func (x *Index) indexMarked(ctx context.Context, marks []mark, rows []row) (indexed int, err error) {
	ids, numbers := make([]int64, 0, len(rows)), make([]int64, 0, len(marks))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	for _, m := range marks {
		numbers = append(numbers, m.Mark)
	}
	err = x.db.Write(ctx, func(tx *database.Tx) error {
		// Notes that are being written or deleted are left out: nobody waits for anybody here.
		taken, err := database.All[int64](ctx, tx,
			"select d.note_id from note_search_due d join notes n on n.id = d.note_id where "+
				x.db.In("d.note_id", 1)+" and "+x.db.In("d.mark", 2)+
				tx.Locking("for update of d skip locked for key share of n skip locked"),
			database.List(ids), database.List(numbers))
		if err != nil {
			return fmt.Errorf("locking notes to index: %w", err)
		}
		indexed = len(taken)
		if err := x.forget(ctx, tx, taken); err != nil {
			return err
		}
		unchanged := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(taken, r.ID) })
		return x.insert(ctx, tx, unchanged)
	})
	return indexed, err
}

func idsOf(marks []mark) []int64 {
	ids := make([]int64, 0, len(marks))
	for _, m := range marks {
		ids = append(ids, m.NoteID)
	}
	return ids
}
