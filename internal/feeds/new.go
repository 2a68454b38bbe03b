package feeds

// New makes the service and registers its job.
func New(o Options) *Service {
	s := &Service{Options: o, refresher: refresher{asked: make(chan struct{}, 1)}, reading: make(chan struct{}, 1)}
	o.Media.CountAlso(bodyBytes)
	o.Queue.Every(lookInterval, refreshJob, s.refresh)
	return s
}
