package courses

const (
	allPath = "/api/v1/courses/"
	onePath = allPath + "{id}/"
)

type courseInput struct {
	ID int64 `path:"id"`
}

type pageInput struct {
	Limit  *int64 `query:"limit" doc:"1 to 1000"`
	Offset int64  `query:"offset"`
}

// page takes a limit of nought for the least one, as the former system did.
func (in pageInput) page() Page {
	p := Page{Offset: in.Offset}
	if in.Limit != nil {
		p.Limit = max(*in.Limit, 1)
	}
	return p
}
