package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Add registers a tool. The fields of In are its arguments, see plan; Out is a struct, its result. The handler calls
// one use case in the name of the caller.
func Add[In, Out any](f *Face, t Tool, handler func(ctx context.Context, who actor.Actor, in *In) (Out, error)) {
	f.tools[t.Name] = &tool{
		Tool: t, out: reflect.TypeFor[Out](),
		plan: sync.OnceValue(func() *plan { return planOf(reflect.TypeFor[In]()) }),
		perform: func(ctx context.Context, who actor.Actor, plan *plan, arguments json.RawMessage) (any, error) {
			var in In
			var problems problem.Fields
			plan.decode(arguments, reflect.ValueOf(&in).Elem(), &problems)
			if err := problems.Err(); err != nil {
				return nil, err
			}
			return handler(ctx, who, &in)
		},
	}
}

// Names are the names of all tools, sorted.
func (f *Face) Names() []string { return slices.Sorted(maps.Keys(f.tools)) }

// toolFilter selects the part of the tools that a program has asked for.
type toolFilter struct {
	readOnly bool
	sets     []string // none for all
}

func (f toolFilter) shows(t *tool) bool {
	return (!f.readOnly || t.Effect == Reads) && (len(f.sets) == 0 || slices.Contains(f.sets, t.Set))
}

// setsIn reads a list of sets as it stands in a path.
func setsIn(text string) (toolFilter, error) {
	sets := strings.Split(text, ",")
	for _, set := range sets {
		if !slices.Contains(allSets, set) {
			return toolFilter{}, fmt.Errorf("unknown set of tools %q; there are %s", set, strings.Join(allSets, ", "))
		}
	}
	return toolFilter{sets: sets}, nil
}

// describe is the tool as programs see it in lists.
func (t *tool) describe() *sdk.Tool {
	destroys := t.Effect == Changes || t.Effect == Deletes
	return &sdk.Tool{
		Name: t.Name, Title: t.Title, Description: t.Description,
		InputSchema: raw(t.plan().schema()), OutputSchema: raw(outputSchema(t.out)),
		Annotations: &sdk.ToolAnnotations{
			Title: t.Title, ReadOnlyHint: t.Effect == Reads, DestructiveHint: &destroys,
			IdempotentHint: t.Effect == Reads || t.Repeatable, OpenWorldHint: &t.OpenWorld,
		},
	}
}

// Page is the part of a list that a tool returns, for embedding in its input.
type Page struct {
	Limit  *int64 `json:"limit" doc:"How many; default 50"`
	Offset int64  `json:"offset" doc:"How many to skip"`
}

const usualPage = 50

// Bounds are limit and offset, with a limit from 1 to most.
func (p Page) Bounds(most int64) (limit, offset int64) {
	limit = usualPage
	if p.Limit != nil {
		limit = *p.Limit
	}
	return min(max(limit, 1), most), max(p.Offset, 0)
}

// CutPage is a page of a list that was read with one item more than its limit, and whether there is more after it.
func CutPage[T any](list []T, limit int64) (page []T, more bool) {
	if int64(len(list)) <= limit {
		return list, false
	}
	return list[:limit], true
}

// OptionalID is an id that may mean none: programs send 0 or less for that, too.
func OptionalID(id *int64) *int64 {
	if id == nil || *id <= 0 {
		return nil
	}
	return id
}

// ChangedID is OptionalID for a field of a change.
func ChangedID(id patch.Field[*int64]) patch.Field[*int64] {
	return patch.Field[*int64]{Value: OptionalID(id.Value), Set: id.Set}
}
