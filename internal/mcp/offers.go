package mcp

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/trance-0/notechondria/internal/actor"
)

// What features offer through the face.

// Effect says what a tool does to what is there.
type Effect int

// The effects.
const (
	Reads   Effect = iota // nothing
	Adds                  // it makes something new, and takes nothing away
	Changes               // it overwrites something, of which a version may be kept
	Deletes               // it takes something away
)

// The sets of tools that a program can ask for by name.
const (
	Notes     = "notes"
	Courses   = "courses"
	Planner   = "planner"
	Calendars = "calendars"
	Activity  = "activity"
	Account   = "account"
)

var allSets = []string{Notes, Courses, Planner, Calendars, Activity, Account}

// Tool describes a tool.
type Tool struct {
	Name        string
	Title       string // as people read it
	Description string // tells a program when to use it
	Set         string
	Scopes      []string // all of which it needs
	Effect      Effect
	Repeatable  bool // doing it twice is the same as doing it once
	OpenWorld   bool // it makes the server ask others
}

// tool is a registered tool.
type tool struct {
	Tool
	out     reflect.Type
	plan    func() *plan // of the arguments, made at the first look
	perform func(ctx context.Context, who actor.Actor, plan *plan, arguments json.RawMessage) (any, error)
}

// Prompt is something that people often ask a program for, and choose from a menu.
type Prompt struct {
	Name        string
	Title       string
	Description string
	Arguments   []Argument
	Scopes      []string // all of which it needs

	// Write returns the text, with what it is about in it. Arguments that were not given are "".
	Write func(ctx context.Context, who actor.Actor, arguments map[string]string) (string, error)
}

// Argument is a part of a prompt that people fill in.
type Argument struct {
	Name, Title, Description string

	Required bool
}

// Resources are things that people attach to a conversation.
type Resources struct {
	Template    string // of their addresses, with one variable
	Name        string
	Title       string
	Description string
	Type        string // of their content
	Scopes      []string

	// List returns a page of the user's own, from number offset on, and how many there are.
	List func(ctx context.Context, who actor.Actor, offset, limit int64) (page []Resource, total int64, err error)

	// Read returns what an address leads to.
	Read func(ctx context.Context, who actor.Actor, address string) (Resource, string, error)

	// Complete returns values of the variable for what was typed so far, and how many there are.
	Complete func(ctx context.Context, who actor.Actor, typed string,
		limit int64) (values []string, total int64, err error)
}

// Resource is one of them.
type Resource struct {
	Address     string
	Name        string
	Description string
	Changed     Time
}
