package samples

import (
	"fmt"
	"strings"
)

// outcome counts what was done to a course.
type outcome struct {
	course string // what happened to the course itself, "" for nothing

	made, changed, restored, pictures int
}

// String describes what was done.
func (o outcome) String() string {
	var parts []string
	if o.course != "" {
		parts = append(parts, "course "+o.course)
	}
	count := func(number int, what, done string) {
		switch number {
		case 0:
		case 1:
			parts = append(parts, "1 "+what+" "+done)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss %s", number, what, done))
		}
	}
	count(o.made, "note", "made")
	count(o.restored, "note", "restored")
	count(o.changed, "note", "updated")
	count(o.pictures, "picture", "added")
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}
