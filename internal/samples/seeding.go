package samples

import (
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
)

// seeding is the work on one course.
//
// Each step is a use case with a transaction of its own, and what was done is remembered after all of them. A process
// that dies in between has everything done again: the client ids of courses and notes make that change what is there
// already.
type seeding struct {
	*Service
	course  course
	known   map[string]seeded
	restore bool // what was deleted is made again

	target *courses.Course // nil when it was deleted
	isNew  bool            // it was not remembered
	latest []seeded        // to be remembered
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
