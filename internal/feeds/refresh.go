package feeds

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	lookInterval    = 5 * time.Minute // between two looks for feeds that are due
	fetchedTogether = 8
	beginFor        = 5 * time.Second // for how long one job begins further fetches: it has 20 s to end them, too
)

// refresh fetches the feeds that are due, and reads copies again that an older version has read. What does not fit
// into the time of one job is left to the next.
func (s *Service) refresh(ctx context.Context) (err error) {
	if !s.refresher.begin() {
		return nil
	}
	ended := false
	defer func() {
		if !ended {
			s.refresher.stop()
		}
	}()
	ended, err = s.fetchDue(ctx, time.Now().Add(beginFor))
	return err
}

// fetchDue does the work of refresh. It begins nothing after the deadline. ended says that nothing was left to do.
func (s *Service) fetchDue(ctx context.Context, deadline time.Time) (ended bool, err error) {
	answers, running := make(chan fetched, fetchedTogether), 0
	defer func() { // with an error there may be some left
		for ; running > 0; running-- {
			<-answers
		}
	}()
	for {
		inTime := time.Now().Before(deadline)
		if inTime && running < fetchedTogether {
			begun, err := s.beginFetches(ctx, fetchedTogether-running, answers)
			if err != nil {
				return false, err
			}
			running += begun
		}
		if running > 0 {
			select {
			case f := <-answers:
				running--
				if err := s.keep(ctx, f); err != nil {
					return false, err
				}
			case <-s.refresher.asked:
			}
			continue
		}
		if !inTime {
			return false, s.DB.Write(ctx, func(tx *database.Tx) error { return s.Queue.Enqueue(ctx, tx, refreshJob, nil) })
		}
		read, err := s.readAgain(ctx)
		if err != nil {
			return false, err
		}
		if !read && s.refresher.end() {
			return true, nil
		}
	}
}

// beginFetches fetches some of the feeds that are due, and returns how many answers there will be.
func (s *Service) beginFetches(ctx context.Context, limit int, answers chan<- fetched) (int, error) {
	due, err := s.claim(ctx, limit)
	if err != nil {
		return 0, err
	}
	for _, f := range due {
		go func() { answers <- s.fetch(ctx, f) }()
	}
	return len(due), nil
}
