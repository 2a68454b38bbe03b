package notes

import "github.com/trance-0/notechondria/internal/rest"

const (
	allPath  = "/api/v1/notes/"
	idPath   = allPath + "{id}/"
	uuidPath = allPath + "uuid/{uuid}/"
)

type idInput struct {
	ID int64 `path:"id"`
}

func (in idInput) ref() Ref { return ByID(in.ID) }

type uuidInput struct {
	UUID string `path:"uuid"`
}

func (in uuidInput) ref() Ref { return ByUUID(in.UUID) }

// precondition is the input of operations that change a note.
type precondition struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version you read. If the note has changed since: 412"`
}

func (p precondition) revisions() []int64 { return rest.Revisions(p.IfMatch) }

type idWrite struct {
	idInput
	precondition
}

type uuidWrite struct {
	uuidInput
	precondition
}
