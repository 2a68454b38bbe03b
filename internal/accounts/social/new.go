package social

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o}
	o.Queue.Handle(copyPictureJob, s.copyPicture)
	return s
}
