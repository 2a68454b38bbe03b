package samples

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
)

// seeded is the record of a sample.
type seeded struct {
	Name        string `json:"name"`
	CourseID    *int64 `json:"course_id"`    // of a course or picture; nil when the course was deleted
	NoteID      *int64 `json:"note_id"`      // of a note; nil when it was deleted for good
	ContentHash string `json:"content_hash"` // of the sample's text when it was last created or skipped
}

// known returns the records of the courses' samples, by name.
func (s *Service) known(ctx context.Context, list []course) (map[string]seeded, error) {
	var names []string
	for _, c := range list {
		names = append(names, c.names()...)
	}
	rows, err := database.All[seeded](ctx, s.DB.Read(),
		"select name, course_id, note_id, content_hash from seeded_samples where "+s.DB.InTexts("name", 1),
		database.Texts(names))
	if err != nil {
		return nil, fmt.Errorf("reading which samples there are: %w", err)
	}
	byName := make(map[string]seeded, len(rows))
	for _, r := range rows {
		byName[r.Name] = r
	}
	return byName, nil
}

// remember stores records. If something was deleted meanwhile, it records that.
func (s *Service) remember(ctx context.Context, rows []seeded) error {
	list, err := database.JSON(rows)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into seeded_samples (name, course_id, note_id, content_hash, seeded_at)
			select r.name, (select c.id from courses c where c.id = r.course_id),
				(select n.id from notes n where n.id = r.note_id), r.content_hash, $2
			from `+s.DB.Records(1, "name text", "course_id bigint", "note_id bigint", "content_hash text")+` r where true
			on conflict (name) do update set course_id = excluded.course_id, note_id = excluded.note_id,
				content_hash = excluded.content_hash, seeded_at = excluded.seeded_at`, list, database.Now())
		if err != nil {
			return fmt.Errorf("remembering samples: %w", err)
		}
		return nil
	})
}

// names are those of the course, its notes and its pictures.
func (c course) names() []string {
	names := []string{c.name}
	for _, n := range c.notes {
		names = append(names, n.name)
	}
	for _, p := range c.pictures {
		names = append(names, p.name)
	}
	return names
}

// isCurrent reports whether there is nothing to do for a course.
func (c course) isCurrent(known map[string]seeded) bool {
	if known[c.name].ContentHash != c.hash() {
		return false
	}
	for _, n := range c.notes {
		if known[n.name].ContentHash != n.hash() {
			return false
		}
	}
	for _, p := range c.pictures {
		if _, there := known[p.name]; !there {
			return false
		}
	}
	return true
}

// hash identifies the texts of a course.
func (c course) hash() string { return hash(c.Title, c.About) }

// hash identifies the texts of a note.
func (n note) hash() string { return hash(n.Title, n.Description, n.Content) }

// hashOf is the hash of a note as it is now.
func hashOf(n notes.Note) string {
	description := ""
	if n.Description != nil {
		description = *n.Description
	}
	return hash(n.Title, description, n.Content)
}

// hash identifies texts: equal texts have equal hashes, different ones do not.
func hash(texts ...string) string {
	list, _ := json.Marshal(texts) // encoding texts can't fail
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:])
}

// clientID is the client id of a sample's row, so that creating it again updates the existing one.
func clientID(name string) string { return "sample:" + hash(name)[:40] }
