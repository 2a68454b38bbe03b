package apptest

import (
	"net/http"
	"sync"
)

// AtOnce makes n calls at the same time and returns the answers in the order of their numbers, which count from 0.
func AtOnce(n int, call func(i int) Reply) []Reply {
	replies := make([]Reply, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			replies[i] = call(i)
		})
	}
	close(start)
	group.Wait()
	// A server that ends waits some seconds for connections that were opened, and never needed.
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return replies
}

// StatusesAtOnce makes n calls at the same time and counts the answers by status.
func StatusesAtOnce(n int, call func(i int) Reply) map[int]int {
	answers := map[int]int{}
	for _, reply := range AtOnce(n, call) {
		answers[reply.Status]++
	}
	return answers
}
