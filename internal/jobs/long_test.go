package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestLongWorkIsBrokenOffAndBegunAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		list := instances(t, engine, 2)
		begun := make(chan struct{}, 2)
		work := func(ctx context.Context) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		for _, q := range list {
			q.EveryLong(time.Hour, "tidy", work)
		}
		stop := list[0].run(t)
		<-begun
		if waiting := list[0].queued(t); len(waiting) != 1 || time.Until(waiting[0].Due) < 10*time.Minute {
			t.Errorf("while it runs, another instance may take it: %v", waiting)
		}
		stop()
		if waiting := list[0].queued(t); len(waiting) != 1 || waiting[0].Attempt != 1 {
			t.Fatalf("a stopped server leaves %v", waiting)
		}
		list[0].hurry(t)
		stop = list[1].run(t)
		<-begun
		stop()
	})
}
