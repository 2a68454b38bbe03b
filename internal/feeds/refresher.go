package feeds

import "sync"

// refresher lets one job of this process fetch feeds: the other jobs, mails among them, must not wait for slow servers.
type refresher struct {
	mutex   sync.Mutex
	running bool
	asked   chan struct{} // holds one while somebody wants the running job to look for due feeds again
}

// begin reports whether the caller is to fetch; if not, the job that does is asked to look again.
func (r *refresher) begin() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.running {
		r.running = true
		return true
	}
	select {
	case r.asked <- struct{}{}:
	default: // somebody else has asked
	}
	return false
}

// end ends fetching, unless somebody has asked meanwhile.
func (r *refresher) end() (ended bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	select {
	case <-r.asked:
		return false
	default:
		r.running = false
		return true
	}
}

// stop ends fetching in any case.
func (r *refresher) stop() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.running = false
}
