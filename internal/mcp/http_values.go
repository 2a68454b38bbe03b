package mcp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/trance-0/notechondria/internal/rest"
)

// Time is a point in time as results and arguments write it, which is how the HTTP API does.
type Time = rest.Time

// OptionalTime is nil for no time.
func OptionalTime(t *time.Time) *Time { return rest.OptionalTime(t) }

// ParseTime reads a time of ISO 8601; without a zone it is UTC, without a time of day midnight.
func ParseTime(text string) (t time.Time, ok bool) { return rest.ParseTime(text) }

const wrongTime = "It must be a time like 2026-03-01T09:30:00Z."

func moment(value json.RawMessage) (t time.Time, wrong string) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		if t, ok := rest.ParseTime(text); ok {
			return t, ""
		}
	}
	return t, wrongTime
}

func requestID(ctx context.Context) string { return rest.RequestID(ctx) }
