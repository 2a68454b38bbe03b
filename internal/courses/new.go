package courses

import "time"

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o}
	o.Queue.Every(24*time.Hour, "courses.purge", s.purge)
	o.Media.RegisterColumn("courses", "cover_path")
	o.Media.RegisterColumn("course_media", "image_path")
	return s
}
