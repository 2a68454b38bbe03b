package activity

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
)

const (
	heatmapDays    = 182  // before and after today
	heatmapEvents  = 5000 // that are counted
	maxIntensity   = 4
	wordsPerDegree = 100
)

// Heatmap is a year around today.
type Heatmap struct {
	Today     time.Time // a midnight in UTC, as are all dates here
	Start     time.Time
	End       time.Time
	Cells     []Cell // a day each, in their order
	MaxPast   int64
	MaxFuture int64
}

// Cell is a day of a heatmap.
type Cell struct {
	Date      time.Time
	Past      int64 // 0 to 4, by the number of new notes and the longest of them
	Future    int64 // the weights of the day's events
	Intensity int64 // 0 to 4
}

// kind says on which side of today a day is.
func (c Cell) kind(today time.Time) string {
	switch {
	case c.Date.Equal(today):
		return "today"
	case c.Date.After(today):
		return "future"
	}
	return "past"
}

// Heatmap returns how much the caller wrote on each day of the last half year, and has planned for the next. Events are
// counted on the days of the zone.
func (s *Service) Heatmap(ctx context.Context, who actor.Actor, zone *time.Location) (Heatmap, error) {
	now := today(zone)
	first, last := now.AddDate(0, 0, -heatmapDays), now.AddDate(0, 0, heatmapDays)
	past, err := s.written(ctx, who, first, now)
	if err != nil {
		return Heatmap{}, err
	}
	future, err := s.planned(ctx, who, now, last, zone)
	if err != nil {
		return Heatmap{}, err
	}
	h := Heatmap{Today: now, Start: first, End: last, Cells: make([]Cell, 0, 2*heatmapDays+1)}
	for date := first; !date.After(last); date = date.AddDate(0, 0, 1) {
		day := date.Format(time.DateOnly)
		cell := Cell{Date: date, Past: past[day], Future: future[day], Intensity: past[day]}
		if date.After(now) {
			cell.Intensity = min(cell.Future, maxIntensity)
		}
		h.MaxPast, h.MaxFuture = max(h.MaxPast, cell.Past), max(h.MaxFuture, cell.Future)
		h.Cells = append(h.Cells, cell)
	}
	return h, nil
}

// written grades the days up to today on which the caller made notes. They were recorded by their dates in UTC: where
// that is ahead of the reader's zone, what is dated tomorrow was written today.
func (s *Service) written(ctx context.Context, who actor.Actor, first, today time.Time) (map[string]int64, error) {
	days, err := database.All[struct {
		Date         time.Time
		Notes, Words int64
	}](ctx, s.DB.Read(), `
		select activity_date as date, sum(events) as notes, max(word_count) as words from note_activity
		where user_id = $1 and kind like 'C%' and activity_date >= $2 and activity_date <= $3 group by activity_date`,
		who.UserID, first.Format(time.DateOnly), today.AddDate(0, 0, 1).Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("reading on which days notes were made: %w", err)
	}
	grades := make(map[string]int64, len(days))
	for _, d := range days {
		date := min(d.Date.Format(time.DateOnly), today.Format(time.DateOnly))
		grades[date] = max(grades[date], min(max(d.Notes, d.Words/wordsPerDegree, 1), maxIntensity))
	}
	return grades, nil
}

// planned sums the weights of the caller's events, completed or not, by their dates in a zone.
func (s *Service) planned(
	ctx context.Context, who actor.Actor, first, last time.Time, zone *time.Location,
) (map[string]int64, error) {
	events, err := s.Planner.Occurrences(ctx, who, planner.Period{
		From: beginning(first, zone), To: beginning(last.AddDate(0, 0, 1), zone), Completed: true, Limit: heatmapEvents,
	})
	if err != nil {
		return nil, err
	}
	weights := map[string]int64{}
	for _, e := range events {
		weights[dateOf(e.StartsAt, zone).Format(time.DateOnly)] += e.Weight
	}
	return weights, nil
}
