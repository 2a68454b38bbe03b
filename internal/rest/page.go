package rest

// Page is a part of a list on the wire.
type Page[T any] struct {
	Results []T   `json:"results"`
	Total   int64 `json:"total"`
	Offset  int64 `json:"offset"`
	Limit   int64 `json:"limit"`
	HasMore bool  `json:"has_more"`
}

// NewPage is the part of a list with a total that begins at an offset and has limit entries at most.
func NewPage[T any](results []T, total, offset, limit int64) Page[T] {
	return Page[T]{Results: results, Total: total, Offset: offset, Limit: limit, HasMore: offset < total-limit}
}
