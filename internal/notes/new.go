package notes

import (
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/notes/searchindex"
)

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{
		Options: o, cutter: blocks.NewCutter(), index: searchindex.New(o.DB, o.Queue, o.Log),
		statements: newBlockStatements(o.DB),
	}
	o.Queue.Every(purgeInterval, "notes.purge", s.purge)
	o.Courses.BeforeDelete(s.leaveCourses)
	o.Media.RegisterColumn("notes", "cover_path")
	o.Media.RegisterColumn("attachments", "path")
	o.Media.RegisterNames("attachments", "path", "original_filename")
	o.Media.CountAlso("(select coalesce(sum(file_size), 0) from attachments where owner_id = $1)")
	o.Media.RegisterColumn("note_blocks", "image_path")
	o.Media.RegisterColumn("note_blocks", "file_path")
	return s
}
