package media

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o, counted: []string{pictureBytes}}
	o.Queue.Handle(removeJob, s.remove)
	o.Queue.EveryLong(sweepInterval, "media.sweep", s.sweep)
	return s
}
