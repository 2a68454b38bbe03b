package icalendar

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// fold returns the form in which zone names are compared.
func fold(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", " "))
	return strings.Trim(strings.Join(strings.Fields(name), " "), `"' `)
}

// zoneOf finds a zone by its IANA name, even with a program's prefix (/mozilla.org/20070129_1/Europe/Berlin), or by its
// Windows name. The name is folded.
func zoneOf(id string) (zone, bool) {
	if id == "" {
		return zone{}, false
	}
	if found, ok := lookUp(id); ok {
		return found, true
	}
	parts := strings.Split(id, "/")
	least := 2
	if strings.HasPrefix(id, "/") || strings.Contains(id, "://") {
		least = 1
	}
	for n := min(len(parts)-1, 3); n >= least; n-- {
		if found, ok := lookUp(strings.Join(parts[len(parts)-n:], "/")); ok {
			return found, true
		}
	}
	return zone{}, false
}

// lookUp finds a zone by its full name.
func lookUp(id string) (zone, bool) {
	if name, ok := inTable(windowsZones, id); ok {
		return ianaZone(name)
	}
	i, ok := slices.BinarySearchFunc(zoneNames, id, compareFolded)
	if !ok {
		return zone{}, false
	}
	return ianaZone(zoneNames[i])
}

// compareFolded compares a zone name from the list, in its folded form.
func compareFolded(name, id string) int {
	for i := range min(len(name), len(id)) {
		if order := cmp.Compare(foldedByte(name[i]), id[i]); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(name), len(id))
}

func foldedByte(b byte) byte {
	switch {
	case b == '_':
		return ' '
	case b >= 'A' && b <= 'Z':
		return b + ('a' - 'A')
	}
	return b
}

func inTable(table []named, id string) (string, bool) {
	i, ok := slices.BinarySearchFunc(table, id, func(n named, id string) int { return cmp.Compare(n.name, id) })
	if !ok {
		return "", false
	}
	return table[i].zone, true
}

func ianaZone(name string) (zone, bool) {
	location, err := recurrence.Zone(name)
	if err != nil {
		return zone{}, false
	}
	if name == "UTC" || name == "Etc/UTC" {
		return utc, true
	}
	return zone{name: name, location: location}, true
}

// read interprets a name that is on no list; sure is false if the result is a guess. The name is folded.
func read(id string) (found zone, sure, ok bool) {
	for _, name := range []string{id, withoutNumber(id)} {
		if found, ok := zoneOf(name); ok {
			return found, true, true
		}
		if found, ok := zoneOf(inStandardTime(name)); ok {
			return found, true, true
		}
		if east, ok := offsetIn(name); ok {
			return fixed(east), true, true
		}
		if found, ok := abbreviated(name); ok {
			return found, false, true
		}
		if found, sure, ok := displayed(name); ok {
			return found, sure, true
		}
	}
	return zone{}, false, false
}

var trailingNumber = pattern.New(`(?:[ #.-]+\(?\d{1,3}\)?)+$`)

// withoutNumber removes the number that Outlook adds to the names of zones that it changes: "W. Europe Standard Time
// 1".
func withoutNumber(id string) string { return trailingNumber().ReplaceAllString(id, "") }

// inStandardTime is the Windows name of a zone, from the name of one of its seasons.
func inStandardTime(id string) string {
	for _, half := range []string{" daylight time", " summer time", " normal time"} {
		if name, ok := strings.CutSuffix(id, half); ok {
			return name + " standard time"
		}
	}
	if name, ok := strings.CutSuffix(id, " time"); ok && !strings.HasSuffix(name, " standard") {
		return name + " standard time"
	}
	return id
}

var namedOffset = pattern.New(`^(?:(?:utc|gmt|z|ut|coordinated universal time|greenwich mean time) ?)?` +
	`([+-] ?\d{1,2}(?:[:.]?\d{2}){0,2})$`)

// offsetIn reads GMT+0100, UTC+1, UTC-5:30, -0500 and Windows' prefix of names, (UTC+01:00).
func offsetIn(id string) (east int, ok bool) {
	id = strings.NewReplacer("−", "-", "–", "-", "±", "+").Replace(id)
	id = strings.TrimSuffix(strings.TrimPrefix(id, "("), ")")
	switch id {
	case "utc", "gmt", "z", "ut", "coordinated universal time", "greenwich mean time":
		return 0, true
	}
	parts := namedOffset().FindStringSubmatch(id)
	if parts == nil {
		return 0, false
	}
	east, err := parseOffset(parts[1])
	return east, err == nil
}

// abbreviated finds the zone for EST, CEST and the like.
func abbreviated(id string) (zone, bool) {
	i, ok := slices.BinarySearchFunc(abbreviations, id, func(a abbreviation, id string) int {
		return cmp.Compare(a.name, id)
	})
	if !ok {
		return zone{}, false
	}
	found, ok := ianaZone(abbreviations[i].zone)
	if minutes := abbreviations[i].minutes; minutes != inAllSeasons {
		east := minutes * 60
		found.literal = &east
	}
	return found, ok
}

var displayName = pattern.New(`^\((?:utc|gmt) ?([^)]*)\) ?(.+)$`)

// displayed reads a display name like "(UTC+01:00) Amsterdam, Berlin, Bern": it takes the first city whose own zone has
// that offset, else the first that has a zone, else just the offset.
func displayed(id string) (found zone, sure, ok bool) {
	id = strings.ReplaceAll(id, "&amp;", "&")
	offset, hasOffset := 0, false
	if parts := displayName().FindStringSubmatch(id); parts != nil {
		if offset, hasOffset = offsetIn(parts[1]); !hasOffset {
			offset, hasOffset = 0, strings.TrimSpace(parts[1]) == ""
		}
		id = parts[2]
	}
	first := zone{}
	for _, place := range placesIn(id) {
		z, ok := placed(place)
		if !ok {
			continue
		}
		if !hasOffset || keeps(z, offset) {
			return z, hasOffset, true
		}
		if first.location == nil {
			first = z
		}
	}
	switch {
	case first.location != nil:
		return first, false, true
	case hasOffset:
		return fixed(offset), false, true
	}
	return zone{}, false, false
}

// placesIn are the possible place names in a display name: all of it, and its parts.
func placesIn(id string) []string {
	whole := strings.TrimSpace(id)
	before, _, _ := strings.Cut(whole, "(")
	before = strings.TrimSpace(before)
	places := []string{whole, strings.TrimSuffix(before, " time"), inStandardTime(before)}
	for part := range strings.SplitSeq(before, ",") {
		places = append(places, strings.TrimSpace(part))
	}
	return places
}

// keeps reports whether a zone has that offset in some season of these years.
func keeps(z zone, east int) bool {
	for _, month := range []time.Month{time.January, time.July} {
		if _, offset := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC).In(z.location).Zone(); offset == east {
			return true
		}
	}
	return false
}

// placed finds the zone of a place.
func placed(place string) (zone, bool) {
	if name, ok := inTable(placeZones, place); ok {
		return ianaZone(name)
	}
	if found, ok := lookUp(place); ok {
		return found, true
	}
	if found, ok := inCity(place); ok {
		return found, true
	}
	for _, ending := range []string{" island", " islands", " is.", " time", " city"} {
		place = strings.TrimSuffix(place, ending)
	}
	return inCity(strings.TrimPrefix(place, "city of "))
}

// inCity finds a zone by the last part of its name. Parts of the United States take precedence over cities elsewhere.
func inCity(place string) (zone, bool) {
	if len(place) < 3 {
		return zone{}, false
	}
	for _, regions := range [][]string{{"US", "Canada"}, nil} {
		for _, name := range zoneNames {
			city := name[strings.LastIndexByte(name, '/')+1:]
			region, _, _ := strings.Cut(name, "/")
			switch {
			case compareFolded(city, place) != 0, regions != nil && !slices.Contains(regions, region):
			case region == "Etc", region == "Brazil", region == "Chile", region == "Mexico": // their parts are not places
			default:
				return ianaZone(name)
			}
		}
	}
	return zone{}, false
}

// abbreviation is the common name of a zone in one season.
type abbreviation struct {
	name    string
	minutes int // east of Greenwich
	zone    string
}

// inAllSeasons replaces the offset of an abbreviation that means the zone in all seasons.
const inAllSeasons = 10_000

// abbreviations are sorted. Those that are IANA zone names are not included.
var abbreviations = []abbreviation{
	{"acdt", 630, "Australia/Adelaide"}, {"acst", 570, "Australia/Adelaide"}, {"adt", -180, "America/Halifax"},
	{"aedt", 660, "Australia/Sydney"}, {"aest", 600, "Australia/Sydney"}, {"akdt", -480, "America/Anchorage"},
	{"akst", -540, "America/Anchorage"}, {"ast", -240, "America/Halifax"}, {"awst", 480, "Australia/Perth"},
	{"brst", -120, "America/Sao_Paulo"}, {"brt", -180, "America/Sao_Paulo"}, {"bst", 60, "Europe/London"},
	{"cat", 120, "Africa/Maputo"}, {"cdt", -300, "America/Chicago"}, {"cest", 120, "Europe/Berlin"},
	{"cst", -360, "America/Chicago"}, {"ct", inAllSeasons, "America/Chicago"}, {"eat", 180, "Africa/Nairobi"},
	{"edt", -240, "America/New_York"}, {"eest", 180, "Europe/Athens"}, {"et", inAllSeasons, "America/New_York"},
	{"hkt", 480, "Asia/Hong_Kong"}, {"idt", 180, "Asia/Jerusalem"}, {"ist", 330, "Asia/Kolkata"},
	{"jst", 540, "Asia/Tokyo"}, {"kst", 540, "Asia/Seoul"}, {"mdt", -360, "America/Denver"},
	{"mesz", 120, "Europe/Berlin"}, {"mez", 60, "Europe/Berlin"}, {"msk", 180, "Europe/Moscow"},
	{"mt", inAllSeasons, "America/Denver"}, {"ndt", -150, "America/St_Johns"}, {"nst", -210, "America/St_Johns"},
	{"nzdt", 780, "Pacific/Auckland"}, {"nzst", 720, "Pacific/Auckland"}, {"pdt", -420, "America/Los_Angeles"},
	{"pkt", 300, "Asia/Karachi"}, {"pst", -480, "America/Los_Angeles"}, {"pt", inAllSeasons, "America/Los_Angeles"},
	{"sast", 120, "Africa/Johannesburg"}, {"sgt", 480, "Asia/Singapore"}, {"wat", 60, "Africa/Lagos"},
	{"west", 60, "Europe/Lisbon"}, {"wib", 420, "Asia/Jakarta"},
}

// placeZones are display names without a city that has its own zone. They are sorted.
var placeZones = []named{
	{"anadyr, petropavlovsk-kamchatsky", "Asia/Kamchatka"},
	{"astana", "Asia/Almaty"},
	{"australian central", "Australia/Adelaide"},
	{"australian eastern", "Australia/Sydney"},
	{"australian western", "Australia/Perth"},
	{"baja california", "America/Tijuana"},
	{"beijing", "Asia/Shanghai"},
	{"bern", "Europe/Zurich"},
	{"bonn", "Europe/Berlin"},
	{"bougainville island", "Pacific/Bougainville"},
	{"brasilia", "America/Sao_Paulo"},
	{"british", "Europe/London"},
	{"cabo verde is.", "Atlantic/Cape_Verde"},
	{"central america", "America/Guatemala"},
	{"central european", "Europe/Berlin"},
	{"central european standard time", "Europe/Berlin"},
	{"chennai", "Asia/Kolkata"},
	{"chetumal", "America/Cancun"},
	{"chokurdakh", "Asia/Srednekolymsk"},
	{"coordinated universal", "Etc/UTC"},
	{"east africa", "Africa/Nairobi"},
	{"east coast", "America/New_York"},
	{"eastern european", "Europe/Athens"},
	{"edinburgh", "Europe/London"},
	{"ekaterinburg", "Asia/Yekaterinburg"},
	{"georgetown", "America/Guyana"},
	{"greenland", "America/Nuuk"},
	{"greenwich mean", "Etc/UTC"},
	{"haiti", "America/Port-au-Prince"},
	{"hanoi", "Asia/Bangkok"},
	{"indiana (east)", "America/Indiana/Indianapolis"},
	{"international date line west", "Etc/GMT+12"},
	{"islamabad", "Asia/Karachi"},
	{"marquesas islands", "Pacific/Marquesas"},
	{"mid-atlantic", "Etc/GMT+2"},
	{"mitteleuropäische normalzeit", "Europe/Berlin"},
	{"mitteleuropäische sommerzeit", "Europe/Berlin"},
	{"mitteleuropäische zeit", "Europe/Berlin"},
	{"mumbai", "Asia/Kolkata"},
	{"new caledonia", "Pacific/Noumea"},
	{"new delhi", "Asia/Kolkata"},
	{"nuku'alofa", "Pacific/Tongatapu"},
	{"osaka", "Asia/Tokyo"},
	{"petropavlovsk-kamchatsky", "Asia/Kamchatka"},
	{"port louis", "Indian/Mauritius"},
	{"pretoria", "Africa/Johannesburg"},
	{"saint pierre and miquelon", "America/Miquelon"},
	{"salvador", "America/Bahia"},
	{"samoa", "Pacific/Apia"},
	{"sapporo", "Asia/Tokyo"},
	{"solomon is.", "Pacific/Guadalcanal"},
	{"sri jayawardenepura", "Asia/Colombo"},
	{"st. petersburg", "Europe/Moscow"},
	{"turks and caicos", "America/Grand_Turk"},
	{"wellington", "Pacific/Auckland"},
	{"west central africa", "Africa/Lagos"},
	{"west coast", "America/Los_Angeles"},
	{"western european", "Europe/Lisbon"},
}
