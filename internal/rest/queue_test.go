package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

// busyAPI works on two requests of a kind at once, each of which takes the time that the test gives it.
func busyAPI(work time.Duration, order *[]string) http.Handler {
	api, _ := newAPI(func(o *rest.Options) { o.MaxConcurrent = 2 })
	var mutex sync.Mutex
	for _, method := range []string{"GET", "POST"} {
		rest.Handle(api, rest.Operation{Method: method, Path: "/api/v1/things/{id}/"},
			func(_ context.Context, _ actor.Actor, in *thingInput) (string, error) {
				time.Sleep(work)
				mutex.Lock()
				defer mutex.Unlock()
				*order = append(*order, fmt.Sprint(method, in.ID))
				return "", nil
			})
	}
	return api.Handler()
}

func TestRequestsAreWorkedOnInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order []string
		handler := busyAPI(time.Second, &order)
		var group sync.WaitGroup
		for id := range 6 {
			group.Go(func() {
				if got := record(handler, "POST", fmt.Sprintf("/api/v1/things/%d/", id), "{}"); got.Code != http.StatusOK {
					t.Errorf("request %d: %d %s", id, got.Code, got.Body)
				}
			})
			synctest.Wait() // it works or waits
			time.Sleep(10 * time.Millisecond)
		}
		start := time.Now()
		record(handler, "GET", "/api/v1/things/9/", "")
		if took := time.Since(start); took > time.Second {
			t.Errorf("a reader waited %s for writers", took)
		}
		group.Wait()
		want := "[POST0 POST1 GET9 POST2 POST3 POST4 POST5]"
		if fmt.Sprint(order) != want {
			t.Errorf("got %v, want %s", order, want)
		}
	})
}

func TestTooManyRequestsAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var order []string
		handler := busyAPI(20*time.Second, &order)
		codes := make(chan int, 600)
		var group sync.WaitGroup
		for range cap(codes) {
			group.Go(func() {
				got := record(handler, "POST", "/api/v1/things/1/", "{}")
				if got.Code == http.StatusServiceUnavailable && got.Header().Get("Retry-After") != "1" {
					t.Errorf("refused without a time to come back: %s", got.Body)
				}
				codes <- got.Code
			})
		}
		synctest.Wait()
		refused := len(codes) // at once
		group.Wait()
		if refused != cap(codes)-502 || len(order) != 2 {
			t.Errorf("%d were refused at once, %d were worked on", refused, len(order))
		}
	})
}

func TestStrangersGiveWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, _ := newAPI(func(o *rest.Options) { o.MaxConcurrent = 2 })
		work := func(context.Context, actor.Actor, *thingInput) (string, error) {
			time.Sleep(time.Second)
			return "", nil
		}
		rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/things/{id}/"}, work)
		rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/strangers/{id}/", GivesWay: true}, work)
		handler := api.Handler()
		var mutex sync.Mutex
		answers := map[int]int{}
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				got := record(handler, "POST", "/api/v1/strangers/1/", "{}")
				mutex.Lock()
				defer mutex.Unlock()
				answers[got.Code]++
				if got.Code == http.StatusServiceUnavailable && got.Header().Get("Retry-After") == "" {
					t.Error("a refusal does not say when to come back")
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		if got := record(handler, "POST", "/api/v1/things/1/", "{}"); got.Code != http.StatusOK ||
			time.Since(start) > time.Second {
			t.Errorf("others get %d after %s", got.Code, time.Since(start))
		}
		mutex.Lock()
		refused := answers[http.StatusServiceUnavailable]
		mutex.Unlock()
		if refused < 78 {
			t.Errorf("of a hundred strangers %d are refused at once", refused)
		}
		group.Wait()
	})
}
