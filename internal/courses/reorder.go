package courses

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

type reorderInput struct {
	rest.Problems
	Body struct {
		CourseIDs rest.Optional[[]json.RawMessage] `json:"course_ids" doc:"Ids in the wanted order"`
	}
}

// reorder numbers one's own courses from 1. Courses that are not named keep their number: the apps send what they show.
func (s *Service) reorder(ctx context.Context, in *reorderInput) ([]Course, error) {
	if !in.Body.CourseIDs.Set {
		if err := in.Err(); err != nil && !in.Has("course_ids") {
			return nil, err
		}
		return nil, reordering.refuse(http.StatusBadRequest, "course_ids must be a list of ids")
	}
	wanted := wholeNumbers(in.Body.CourseIDs.Value)
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		// Locked in one order, whatever the wanted one is: of two requests at once one waits for the other.
		sortable, err := database.All[int64](ctx, tx, "select c.id from courses c where c.owner_id = $1 and not c.is_default and "+
			s.DB.In("c.id", 2)+" order by c.id"+tx.Locking(toRename), rest.CallerID(ctx), database.List(wanted))
		if err != nil {
			return fmt.Errorf("locking courses: %w", err)
		}
		order := slices.DeleteFunc(slices.Clone(wanted), func(id int64) bool {
			_, found := slices.BinarySearch(sortable, id)
			return !found
		})
		if _, err := tx.ExecContext(ctx, "update courses set sort_order = p.place from "+s.DB.Places(1)+" p where courses.id = p.id",
			database.List(order)); err != nil {
			return fmt.Errorf("ordering courses: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.list(ctx, own, maxListed, 0)
}

// wholeNumbers reads numbers, cut to whole ones, and texts that hold a whole one, each once. It skips everything else.
func wholeNumbers(items []json.RawMessage) []int64 {
	numbers, seen := []int64{}, map[int64]bool{}
	for _, item := range items {
		n, ok := wholeNumber(item)
		if !ok || seen[n] {
			continue
		}
		seen[n] = true
		numbers = append(numbers, n)
	}
	return numbers
}

func wholeNumber(item json.RawMessage) (int64, bool) {
	var text string
	if json.Unmarshal(item, &text) == nil {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return n, err == nil
	}
	if n, err := strconv.ParseInt(string(item), 10, 64); err == nil {
		return n, true
	}
	fraction, err := strconv.ParseFloat(string(item), 64)
	return int64(fraction), err == nil && math.Abs(fraction) < math.MaxInt32
}
