package recurrence

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // containers and Windows have no list of time zones
)

// MaxZoneLength is the longest name of a time zone that is looked up.
const MaxZoneLength = 64

// Zone returns a time zone by its IANA name, as Europe/Berlin; "" is UTC.
func Zone(name string) (*time.Location, error) {
	if len(name) > MaxZoneLength || name == "Local" { // the server's own zone is nobody's business
		return nil, errors.New("unknown time zone")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone: %w", err)
	}
	return zone, nil
}
