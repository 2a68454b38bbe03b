package planner

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerHeatmap(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/heatmap/", Tag: "activity", Access: rest.Account,
		Summary:     "How much one wrote on each day of the last half year, and planned for the next",
		Description: "Events are counted on the days of time_zone; what one wrote was recorded by its date in UTC.",
	}, func(ctx context.Context, in *zoneInput) (Heatmap, error) { return s.heatmap(ctx, in.zone()) })
}

// Heatmap is a year around today.
type Heatmap struct {
	Today          string `json:"today"`
	StartDate      string `json:"start_date"`
	EndDate        string `json:"end_date"`
	DaysBefore     int    `json:"days_before"`
	DaysAfter      int    `json:"days_after"`
	Cells          []Cell `json:"cells" doc:"A day each, in their order"`
	MaxPastValue   int64  `json:"max_past_value"`
	MaxFutureValue int64  `json:"max_future_value"`
}

// Cell is a day of a heatmap.
type Cell struct {
	Date        string `json:"date"`
	Kind        string `json:"kind" enum:"past,today,future"`
	PastValue   int64  `json:"past_value" doc:"0 to 4, by the number of new notes and the longest of them"`
	FutureValue int64  `json:"future_value" doc:"The weights of the day's events"`
	Intensity   int64  `json:"intensity" doc:"0 to 4"`
	IsToday     bool   `json:"is_today"`
}

const (
	heatmapDays     = 182  // before and after today
	heatmapEvents   = 5000 // that are counted
	maxIntensity    = 4
	wordsPerDegree  = 100
	heatmapActivity = `
		select activity_date as date, count(*) as notes, max(word_count) as words from note_activity
		where user_id = $1 and kind = 'C' and activity_date >= $2 and activity_date <= $3 group by activity_date`
)

func (s *Service) heatmap(ctx context.Context, zone *time.Location) (Heatmap, error) {
	now := today(zone)
	first, last := now.AddDate(0, 0, -heatmapDays), now.AddDate(0, 0, heatmapDays)
	past, err := s.written(ctx, first, now)
	if err != nil {
		return Heatmap{}, err
	}
	future, err := s.planned(ctx, now, last, zone)
	if err != nil {
		return Heatmap{}, err
	}
	h := Heatmap{
		Today: now.Format(time.DateOnly), StartDate: first.Format(time.DateOnly), EndDate: last.Format(time.DateOnly),
		DaysBefore: heatmapDays, DaysAfter: heatmapDays, Cells: make([]Cell, 0, 2*heatmapDays+1),
	}
	for offset := -heatmapDays; offset <= heatmapDays; offset++ {
		date := now.AddDate(0, 0, offset).Format(time.DateOnly)
		cell := Cell{Date: date, Kind: "past", PastValue: past[date], FutureValue: future[date], IsToday: offset == 0}
		cell.Intensity = cell.PastValue
		switch {
		case offset == 0:
			cell.Kind = "today"
		case offset > 0:
			cell.Kind, cell.Intensity = "future", min(cell.FutureValue, maxIntensity)
		}
		h.MaxPastValue, h.MaxFutureValue = max(h.MaxPastValue, cell.PastValue), max(h.MaxFutureValue, cell.FutureValue)
		h.Cells = append(h.Cells, cell)
	}
	return h, nil
}

// written grades the days up to today on which the caller made notes. They were recorded by their dates in UTC: where that
// is ahead of the reader's zone, what is dated tomorrow was written today.
func (s *Service) written(ctx context.Context, first, today time.Time) (map[string]int64, error) {
	days, err := database.All[struct {
		Date         rest.Time
		Notes, Words int64
	}](ctx, s.DB.Read(), heatmapActivity, rest.CallerID(ctx), first.Format(time.DateOnly), today.AddDate(0, 0, 1).Format(time.DateOnly))
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
func (s *Service) planned(ctx context.Context, first, last time.Time, zone *time.Location) (map[string]int64, error) {
	events, err := Occurrences(ctx, s.DB.Read(), Span{
		UserID: rest.CallerID(ctx), From: beginning(first, zone), To: beginning(last.AddDate(0, 0, 1), zone), Completed: true, Limit: heatmapEvents,
	})
	if err != nil {
		return nil, err
	}
	weights := map[string]int64{}
	for _, e := range events {
		weights[dateOf(e.StartsAt.Time, zone).Format(time.DateOnly)] += e.DifficultyWeight
	}
	return weights, nil
}
