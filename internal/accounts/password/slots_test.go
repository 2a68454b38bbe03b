package password

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestComputationsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slots, calls = 2, 5
		h := New(slots, Cost{})
		began, finish := make(chan struct{}, calls), make(chan struct{})
		for range calls {
			go func() {
				err := h.run(t.Context(), func() error {
					began <- struct{}{}
					<-finish
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		if len(began) != slots {
			t.Errorf("%d computations run at once, want %d", len(began), slots)
		}
		close(finish)
		synctest.Wait()
		if len(began) != calls {
			t.Errorf("%d computations ran in the end, want %d", len(began), calls)
		}
	})
}

func TestWaitingForASlotEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(1, Cost{})
		err := h.run(t.Context(), func() error {
			patience, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return h.run(patience, func() error {
				t.Error("a second computation ran in the only slot")
				return nil
			})
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("run = %v, want the context's error", err)
		}
		if err := h.run(t.Context(), func() error { return nil }); err != nil {
			t.Errorf("the slot was not given back: %v", err)
		}
	})
}
