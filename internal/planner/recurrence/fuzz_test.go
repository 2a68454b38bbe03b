package recurrence_test

import (
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// fuzzDeadline is far above what any rule may take; a rule that runs away takes minutes.
const fuzzDeadline = 20 * time.Second

// FuzzSeries expands arbitrary rules: none may panic, run away, or give a start that was not asked for.
func FuzzSeries(f *testing.F) {
	for _, text := range []string{
		"FREQ=DAILY;COUNT=5", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU;UNTIL=20301231T120000Z",
		"FREQ=MONTHLY;BYDAY=-1FR,5MO;BYHOUR=2",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,366", "FREQ=YEARLY;BYWEEKNO=-53,1,53;BYDAY=SU",
		"FREQ=YEARLY;BYYEARDAY=-366,366;INTERVAL=20",
		"FREQ=YEARLY;BYDAY=-53MO,53SU", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=10000",
	} {
		f.Add(text, "Europe/Berlin", int64(1774602000), int64(0), int64(7*24*60*60))
		f.Add(text, "", int64(-60000000000), int64(200*365*24*60*60), int64(400*365*24*60*60))
	}
	f.Fuzz(func(t *testing.T, text, zoneName string, start, after, length int64) {
		rule, err := recurrence.Parse(text)
		if err != nil {
			return
		}
		in, err := recurrence.Zone(zoneName)
		if err != nil {
			return
		}
		if again, err := recurrence.Parse(rule.String()); err != nil || again.String() != rule.String() {
			t.Errorf("%q is taken, and then %q is not: %v", text, rule, err)
		}
		const (
			limit   = 50
			century = 100 * 365 * 24 * 60 * 60 // in seconds
		)
		series := recurrence.Series{Rule: rule, Start: time.Unix(start%(19*century), 0).UTC(), Zone: in}
		from := series.Start.Add(time.Duration(after%(2*century)) * time.Second)
		to := from.Add(time.Duration(length%(2*century)) * time.Second)
		began := time.Now()
		found := series.Between(from, to, limit)
		last, endless := series.Last()
		if took := time.Since(began); took > fuzzDeadline {
			t.Errorf("%s took %s", rule, took)
		}
		if len(found) > limit {
			t.Errorf("%s gives %d starts", rule, len(found))
		}
		for i, s := range found {
			switch {
			case s.Before(from) || !s.Before(to) || s.Before(series.Start):
				t.Errorf("%s gives %s, asked for %s to %s", rule, s, from, to)
			case i > 0 && !s.After(found[i-1]):
				t.Errorf("%s gives %s after %s", rule, s, found[i-1])
			case !endless && s.After(last):
				t.Errorf("%s ends at %s, and gives %s", rule, last, s)
			}
		}
	})
}
