package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
)

// prompts offers what people ask for with their week.
func (s *Service) prompts(face *mcp.Face) {
	face.AddPrompt(mcp.Prompt{
		Name: "plan_my_week", Title: "Plan my week", Scopes: []string{mcp.ReadNotes, mcp.ReadPlanner},
		Description: "Makes a plan for seven days from events, calendars and deadlines.",
		Arguments: []mcp.Argument{
			{Name: "start_date", Title: "First day", Description: "YYYY-MM-DD; default today"},
			{Name: "time_zone", Title: "Time zone", Description: "IANA time zone such as Europe/Berlin; default UTC"},
		},
		Write: s.planWeek,
	})
}

func (s *Service) planWeek(ctx context.Context, who actor.Actor, arguments map[string]string) (string, error) {
	week, err := s.toolWeek(ctx, who, &toolWeekInput{
		Start: arguments["start_date"], toolZone: toolZone{arguments["time_zone"]},
	})
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(week)
	if err != nil {
		return "", fmt.Errorf("writing a week: %w", err)
	}
	return fmt.Sprintf("Plan my week from what my planner holds, below as JSON (times are UTC; it is %s now). Say for "+
		"each day what is fixed, and when I work on what, the most urgent and the heaviest deadlines first "+
		"(difficulty_weight). Keep evenings and one day free if that is possible, and say what does not fit. Then ask "+
		"whether to enter the plan with create_event.\n\n%s", time.Now().UTC().Format(time.RFC3339), data), nil
}
