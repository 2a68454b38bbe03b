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

func TestStrangersLeaveSlotsToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(2, LowestCost())
		begin, finish := make(chan struct{}), make(chan struct{})
		refused := make(chan error, 100)
		for range 2 { // both slots are taken
			go func() {
				_ = h.run(t.Context(), func() error {
					<-begin
					<-finish
					return nil
				})
			}()
		}
		synctest.Wait()
		for range 100 {
			go func() {
				_, err := h.HashForStranger(t.Context(), "a password")
				refused <- err
			}()
		}
		synctest.Wait()
		if len(refused) != 100-strangersQueue {
			t.Errorf("%d strangers are refused at once, want all but %d", len(refused), strangersQueue)
		}
		for range len(refused) {
			if err := <-refused; !errors.Is(err, ErrBusy) {
				t.Errorf("a stranger got %v", err)
			}
		}
		if err := h.CheckRoom(); !errors.Is(err, ErrBusy) {
			t.Errorf("there is room: %v", err)
		}
		if waiting := len(h.strangers); waiting != 1 {
			t.Errorf("%d strangers wait among the others, want one", waiting)
		}
		close(begin)
		close(finish)
		for range strangersQueue {
			if err := <-refused; err != nil {
				t.Errorf("a stranger who waited got %v", err)
			}
		}
		if err := h.CheckRoom(); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestNobodyWaitsLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(1, LowestCost())
		err := h.run(t.Context(), func() error {
			for name, wait := range map[string]func() error{
				"a check":    func() error { _, _, err := h.Verify(t.Context(), "", "plain"); return err },
				"a hash":     func() error { _, err := h.Hash(t.Context(), "plain"); return err },
				"a stranger": func() error { _, err := h.HashForStranger(t.Context(), "plain"); return err },
			} {
				begun := time.Now()
				if err := wait(); !errors.Is(err, ErrBusy) || time.Since(begun) > longestWait {
					t.Errorf("%s ends after %s with %v", name, time.Since(begun), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
