package recurrence

import "time"

// Endless reports whether a rule names no end.
func (r Rule) Endless() bool { return r.freq != none && r.count == 0 && r.until.IsZero() }

// BelowDay reports whether a rule goes by hours or less.
func (r Rule) BelowDay() bool { return r.freq > daily }

// Counted returns the highest COUNT of the rules, 0 without.
func (s Series) Counted() (count int) {
	for _, rule := range s.rules() {
		count = max(count, rule.count)
	}
	return count
}

// Uncounted is the series with UNTIL in place of COUNT, so that nobody has to count again.
func (s Series) Uncounted() Series {
	if s.Counted() == 0 {
		return s
	}
	ending := func(rule Rule) Rule {
		if rule.count == 0 {
			return rule
		}
		last, _ := s.lastOf(rule)
		rule.count, rule.until, rule.untilUTC = 0, Clock(last, s.Zone).Truncate(time.Second), false
		rule.text = rule.format()
		return rule
	}
	more := make([]Rule, 0, len(s.More))
	for _, rule := range s.More {
		more = append(more, ending(rule))
	}
	s.Rule = ending(s.Rule)
	s.More = more
	return s
}
