package notes

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// changes are the body of a change. Its problems are kept, since they come after the look at whose note it is.
type changes struct {
	rest.Problems
	Body struct{ fields }
}

type numberUpdate struct {
	ID int64 `path:"id"`
	changes
}

type uuidUpdate struct {
	UUID string `path:"uuid"`
	changes
}

// update changes what was sent and leaves the rest. Nulls change nothing but the course and the description.
func (s *Service) update(ctx context.Context, k key, operation string, in *changes) (Detail, error) {
	var id int64
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if id, err = own(ctx, tx, k, operation); err != nil {
			return err
		}
		if err := in.Err(); err != nil {
			return err
		}
		return s.apply(ctx, tx, id, &in.Body.fields)
	})
	if err != nil {
		return Detail{}, err
	}
	return s.show(ctx, byID(id))
}

func (s *Service) apply(ctx context.Context, tx *database.Tx, id int64, f *fields) error {
	if course := f.course(); course != 0 {
		if err := courses.CheckFiling(ctx, tx, rest.CallerID(ctx), course); err != nil {
			return err
		}
	}
	set := assignments{}
	set.add("updated_at", database.Now())
	setColumns(&set, f)
	newContent := f.Content.Set || f.Markdown.Set
	if newContent || f.Description.Present() { // the excerpt of a note without content is its description
		content, err := s.newContent(ctx, tx, id, f, &set)
		if err != nil {
			return err
		}
		if newContent {
			if err := s.replaceBlocks(ctx, tx, id, content); err != nil {
				return err
			}
		}
	}
	query, args := set.update("notes", id)
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("changing a note: %w", err)
	}
	return s.index(ctx, tx, id)
}

func setColumns(set *assignments, f *fields) {
	if f.Title.Set {
		set.add("title", f.Title.Value)
	}
	if f.Description.Set {
		set.add("description", f.Description.Value)
	} else if f.Description.Null {
		set.add("description", nil)
	}
	if f.CourseID.Present() {
		var course *int64
		if id := f.course(); id != 0 {
			course = &id
		}
		set.add("course_id", course)
	}
	if f.MetadataJSON.Set {
		set.add("metadata_json", f.MetadataJSON.Value)
	}
	if f.CustomMeta.Set {
		set.add("custom_meta", f.CustomMeta.Value)
	}
	if f.IsPublic.Set {
		set.add("is_public", f.IsPublic.Value)
	}
	if f.EditorMode.Set {
		set.add("editor_mode", accounts.EditorMode(f.EditorMode.Value))
	}
}

// newContent adds the content, when there is a new one, and what follows from it and the description.
func (s *Service) newContent(ctx context.Context, tx *database.Tx, id int64, f *fields, set *assignments) (string, error) {
	type texts struct {
		Content     string
		Description *string
	}
	old, err := database.One[texts](ctx, tx, "select content, description from notes where id = $1", id)
	if err != nil {
		return "", fmt.Errorf("reading the present content of a note: %w", err)
	}
	content, description := old.Content, ""
	if sent := f.content(); sent != "" { // an empty text leaves the present one, as in the old system
		content = sent
		set.add("content", content)
	}
	if old.Description != nil && !f.Description.Present() {
		description = *old.Description
	}
	d := derive(content, f.Description.Or(description))
	set.add("excerpt", d.excerpt)
	set.add("preview_lines", d.preview)
	set.add("word_count", d.words)
	return content, nil
}

// assignments collect the columns that an UPDATE sets.
type assignments struct {
	columns []string
	args    []any
}

func (a *assignments) add(column string, value any) {
	a.args = append(a.args, value)
	a.columns = append(a.columns, fmt.Sprintf("%s = $%d", column, len(a.args)))
}

func (a *assignments) update(table string, id int64) (string, []any) {
	return fmt.Sprintf("update %s set %s where id = $%d", table, strings.Join(a.columns, ", "), len(a.args)+1), append(a.args, id)
}
