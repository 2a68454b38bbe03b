package icalendar

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// describedZone is a zone that a calendar defines. It is stored as text: rules in POSIX notation, like
// <S>-01:00:00<D>-02:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00, or, after an @, the first offset, the changes, and the
// rules that apply after them, like @3600;1774746000=7200d;1792890000=3600;.
type describedZone struct {
	first   int // the offset before all changes
	changes []change
	rules   string // "" if there are no changes after the last one
}

func (d describedZone) String() string {
	switch {
	case len(d.changes) == 0 && d.rules != "":
		return d.rules
	case len(d.changes) == 0:
		return "<S>" + posixOffset(d.first)
	case len(d.changes) == 1 && d.changes[0].offset == d.first && d.rules == "":
		return "<S>" + posixOffset(d.first)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "@%d;", d.first)
	for _, c := range d.changes {
		fmt.Fprintf(&b, "%d=%d", c.at, c.offset)
		if c.daylight {
			b.WriteByte('d')
		}
		b.WriteByte(';')
	}
	return b.String() + d.rules
}

// parseDescribed parses the output of String.
func parseDescribed(text string) (d describedZone, err error) {
	if !strings.HasPrefix(text, "@") {
		return describedZone{rules: text}, nil
	}
	parts := strings.Split(text[1:], ";")
	if d.first, err = strconv.Atoi(parts[0]); err != nil || len(parts) > 2*maxChanges {
		return describedZone{}, errOffset
	}
	for i, part := range parts[1:] {
		at, offset, isChange := strings.Cut(part, "=")
		if !isChange && i == len(parts)-2 {
			d.rules = part
			break
		}
		c := change{}
		offset, c.daylight = strings.CutSuffix(offset, "d")
		var err1, err2 error
		c.at, err1 = strconv.ParseInt(at, 10, 64)
		c.offset, err2 = strconv.Atoi(offset)
		if err1 != nil || err2 != nil {
			return describedZone{}, errOffset
		}
		d.changes = append(d.changes, c)
	}
	return d, nil
}

// describedLocation is the time zone described by a stored text.
func describedLocation(text string) (*time.Location, error) {
	d, err := parseDescribed(text)
	if err != nil {
		return nil, fmt.Errorf("reading a time zone of a calendar: %w", err)
	}
	return d.location(text)
}

// posixOffset is the offset in POSIX notation: positive west of Greenwich.
func posixOffset(seconds int) string {
	sign := "-"
	if seconds < 0 {
		sign, seconds = "", -seconds
	}
	return fmt.Sprintf("%s%02d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
}

// location creates a location, using the time zone file format (RFC 8536).
func (d describedZone) location(name string) (*time.Location, error) {
	if strings.ContainsAny(d.rules, "\n\x00") || len(d.rules) > 200 {
		return nil, errOffset
	}
	kinds := []change{{offset: d.first}} // the first one applies before all changes
	kindOf := make([]byte, 0, len(d.changes))
	var times []byte
	for _, c := range d.changes {
		kind := 1
		for kind < len(kinds) && (kinds[kind].offset != c.offset || kinds[kind].daylight != c.daylight) {
			kind++
		}
		if kind == len(kinds) {
			kinds = append(kinds, c)
		}
		if kind > 255 {
			return nil, errOffset
		}
		kindOf = append(kindOf, byte(kind))
		times = binary.BigEndian.AppendUint64(times, uint64(c.at))
	}
	file := append(zoneHeader(0, 0, 0), zoneHeader(len(kindOf), len(kinds), 2)...)
	file = append(append(file, times...), kindOf...)
	for _, kind := range kinds {
		file = binary.BigEndian.AppendUint32(file, uint32(int32(kind.offset)))
		daylight := byte(0)
		if kind.daylight {
			daylight = 1
		}
		file = append(file, daylight, 0)
	}
	file = append(file, "-\x00\n"+d.rules+"\n"...)
	location, err := time.LoadLocationFromTZData(name, file)
	if err != nil {
		return nil, fmt.Errorf("reading the rules of a time zone: %w", err)
	}
	return location, nil
}

// zoneHeader begins a part of such a file.
func zoneHeader(changes, kinds, letters int) []byte {
	data := append([]byte("TZif2"), make([]byte, 15)...)
	for _, count := range []int{0, 0, 0, changes, kinds, letters} {
		data = binary.BigEndian.AppendUint32(data, uint32(count))
	}
	return data
}
