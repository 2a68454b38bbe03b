package samples

import (
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
)

// seeding is the seeding of one course.
//
// Each step is a use case with its own transaction, and the results are recorded after all of them. If a process dies
// in between, everything is done again: because of their client ids, existing courses and notes are updated.
type seeding struct {
	*Service
	course  course
	known   map[string]seeded
	restore bool // deleted samples are recreated

	target *courses.Course // nil when it was deleted
	isNew  bool            // it was not recorded
	latest []seeded        // to be recorded
	done   outcome
}

// asOwner is the server itself, acting for the owner of the course.
func (w *seeding) asOwner() actor.Actor { return actor.ServerFor(w.target.Owner.ID) }

// targetID is nil for a deleted course.
func (w *seeding) targetID() *int64 {
	if w.target == nil {
		return nil
	}
	return &w.target.ID
}
