package notes

import (
	"context"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
)

// noteScheme is how addresses of notes begin.
const noteScheme = "note://"

// resources offers one's notes to be attached to a conversation.
func (s *Service) resources(face *mcp.Face) {
	face.SetResources(mcp.Resources{
		Template: noteScheme + "{uuid}", Name: "note", Title: "Note", Type: "text/markdown", Scopes: toolReads,
		Description: "A note of the user, or a public note, by UUID.",
		List:        s.listResources, Read: s.readResource, Complete: s.Suggest,
	})
}

func (s *Service) listResources(
	ctx context.Context, who actor.Actor, offset, limit int64,
) ([]mcp.Resource, int64, error) {
	page, err := s.List(ctx, who, Listing{Scope: notelist.Own, Limit: limit, Offset: offset})
	if err != nil {
		return nil, 0, err
	}
	list := make([]mcp.Resource, 0, len(page.Notes))
	for _, n := range page.Notes {
		list = append(list, toResource(n))
	}
	return list, page.Total, nil
}

func toResource(n notelist.Note) mcp.Resource {
	description := n.Excerpt
	if n.Description != nil && *n.Description != "" {
		description = *n.Description
	}
	return mcp.Resource{
		Address: noteScheme + n.UUID, Name: n.Title, Description: description, Changed: mcp.Time{Time: n.UpdatedAt},
	}
}

func (s *Service) readResource(ctx context.Context, who actor.Actor, address string) (mcp.Resource, string, error) {
	note, err := s.Get(ctx, who, ByUUID(strings.TrimPrefix(address, noteScheme)))
	return toResource(note.Note), titled(note), err
}

// titled is the text of a note under its title, which it does not repeat.
func titled(n Note) string {
	if strings.HasPrefix(n.Content, "# ") || n.Title == "" {
		return n.Content
	}
	return "# " + n.Title + "\n\n" + n.Content
}

// prompts offers what people ask for with a note.
func (s *Service) prompts(face *mcp.Face) {
	note := []mcp.Argument{{
		Name: "note", Title: "Note", Description: "UUID of the note, or words in its title", Required: true,
	}}
	face.AddPrompt(mcp.Prompt{
		Name: "summarize_note", Title: "Summarise a note", Scopes: toolReads, Arguments: note,
		Description: "Summarises a note and lists its open points.",
		Write: func(ctx context.Context, who actor.Actor, arguments map[string]string) (string, error) {
			return s.promptAbout(ctx, who, arguments["note"], "Summarise the note below in at most five sentences, in its own "+
				"language. Then list its open points: questions, tasks, dates. Add nothing that is not in the note.")
		},
	})
	face.AddPrompt(mcp.Prompt{
		Name: "make_flash_cards", Title: "Turn a note into flash cards", Scopes: toolReads, Arguments: note,
		Description: "Makes flash cards to learn the content of a note.",
		Write: func(ctx context.Context, who actor.Actor, arguments map[string]string) (string, error) {
			return s.promptAbout(ctx, who, arguments["note"],
				"Turn the note below into flash cards, in its own language: ten to "+
					"twenty pairs, each with one question and an answer of a sentence at most, the basic ones first. Write them as a "+
					"Markdown list of **question** and answer. Offer to keep them with append_to_note, under the heading Flash cards.")
		},
	})
}

func (s *Service) promptAbout(ctx context.Context, who actor.Actor, named, task string) (string, error) {
	note, err := s.Lookup(ctx, who, strings.TrimPrefix(named, noteScheme))
	if err != nil {
		return "", err
	}
	return task + "\n\nThe note (" + noteScheme + note.UUID + "):\n\n" + titled(note), nil
}
