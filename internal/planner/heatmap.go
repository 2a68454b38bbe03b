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
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/heatmap/", Tag: "activity", Access: rest.Account,
		Summary: "How much one wrote on each day of the last half year, and planned for the next",
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
		select cast(activity_date as text) as day, count(*) as notes, max(word_count) as words from note_activity
		where user_id = $1 and kind = 'C' and activity_date >= $2 and activity_date <= $3 group by activity_date`
)

func (s *Service) heatmap(ctx context.Context, zone *time.Location) (Heatmap, error) {
	now := today(zone)
	first, last := now.AddDate(0, 0, -heatmapDays), now.AddDate(0, 0, heatmapDays)
	past, err := s.written(ctx, first, now)
	if err != nil {
		return Heatmap{}, err
	}
	planned, err := Occurrences(ctx, s.DB.Read(), Span{UserID: rest.CallerID(ctx), From: now, To: last.AddDate(0, 0, 1), Completed: true, Limit: heatmapEvents})
	if err != nil {
		return Heatmap{}, err
	}
	future := map[string]int64{}
	for _, e := range planned {
		future[e.StartsAt.In(zone).Format(time.DateOnly)] += e.DifficultyWeight
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

// written grades the days on which the caller made notes.
func (s *Service) written(ctx context.Context, first, last time.Time) (map[string]int64, error) {
	days, err := database.All[struct {
		Day          string
		Notes, Words int64
	}](ctx, s.DB.Read(), heatmapActivity, rest.CallerID(ctx), first.Format(time.DateOnly), last.Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("reading on which days notes were made: %w", err)
	}
	grades := make(map[string]int64, len(days))
	for _, d := range days {
		grades[d.Day] = min(max(d.Notes, d.Words/wordsPerDegree, 1), maxIntensity)
	}
	return grades, nil
}
