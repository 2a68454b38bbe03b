package rest

import (
	"bytes"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/trance-0/notechondria/internal/patch"
)

// Time is a point in time as the API writes it: RFC 3339 in UTC with Z, six digits of a second or none.
type Time struct{ time.Time }

// MarshalJSON writes the time.
func (t Time) MarshalJSON() ([]byte, error) {
	layout := "2006-01-02T15:04:05.000000Z"
	utc := t.UTC()
	if utc.Nanosecond()/1000 == 0 {
		layout = "2006-01-02T15:04:05Z"
	}
	return []byte(`"` + utc.Format(layout) + `"`), nil
}

// OptionalTime is nil for no time.
func OptionalTime(t *time.Time) *Time {
	if t == nil {
		return nil
	}
	return &Time{*t}
}

// TimePointer is the time of a field, nil when the field is absent or null.
func TimePointer(o Optional[Time]) *time.Time {
	if !o.Set {
		return nil
	}
	return &o.Value.Time
}

// TimePatch makes a field of a change that null sets to no time.
func TimePatch(o Optional[Time]) patch.Field[*time.Time] {
	return patch.Field[*time.Time]{Value: TimePointer(o), Set: o.Present()}
}

// Schema describes the type in the OpenAPI document.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// OptionalID is the id in a field that may mean none: clients send null, 0 or less for that.
func OptionalID(o Optional[int64]) *int64 {
	if o.Value <= 0 {
		return nil
	}
	return &o.Value
}

// IDPatch is OptionalID for a field of a change.
func IDPatch(o Optional[int64]) patch.Field[*int64] {
	return patch.Field[*int64]{Value: OptionalID(o), Set: o.Present()}
}

// Optional is a field of a body that tells apart being absent, being null, and having a value.
type Optional[T any] struct {
	Value T
	Set   bool // present and not null
	Null  bool // present and null
}

// Or returns the value, or fallback when the field is absent or null.
func (o Optional[T]) Or(fallback T) T {
	if o.Set {
		return o.Value
	}
	return fallback
}

// Patch makes a field of a change, for which null counts as absent.
func (o Optional[T]) Patch() patch.Field[T] { return patch.Field[T]{Value: o.Value, Set: o.Set} }

// ClearingPatch makes a field of a change that null sets to the zero value.
func (o Optional[T]) ClearingPatch() patch.Field[T] {
	return patch.Field[T]{Value: o.Value, Set: o.Present()}
}

// NullablePatch makes a field of a change that null sets to nothing.
func (o Optional[T]) NullablePatch() patch.Field[*T] {
	return patch.Field[*T]{Value: o.Pointer(), Set: o.Present()}
}

// Pointer is the value, nil when the field is absent or null.
func (o Optional[T]) Pointer() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// Present reports whether the field was sent, even as null.
func (o Optional[T]) Present() bool { return o.Set || o.Null }

// Schema describes the type in the OpenAPI document.
func (Optional[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

func (o *Optional[T]) slot() (value any, set, null *bool) { return &o.Value, &o.Set, &o.Null }

type optional interface {
	slot() (value any, set, null *bool)
}

// writeJSON answers with JSON that is small. Nothing is written when there is an error: a body that can't be JSON.
func writeJSON(w http.ResponseWriter, status int, body any) error {
	var data bytes.Buffer
	if err := encode(&data, body); err != nil {
		return err
	}
	data.Truncate(data.Len() - len("\n"))
	setJSON(w.Header(), data.Len())
	w.WriteHeader(status)
	_, _ = w.Write(data.Bytes()) // the client may be gone
	return nil
}
