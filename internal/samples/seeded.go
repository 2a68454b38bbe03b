package samples

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// seeded is what is remembered of a sample.
type seeded struct {
	Name        string
	CourseID    *int64 // of a course or picture; nil when the course was deleted
	NoteID      *int64 // of a note; nil when it was deleted for good
	ContentHash string // of the text that the sample had when it was last made or passed over
}

const selectSeeded = "select name, course_id, note_id, content_hash from seeded_samples where "

// known returns what is remembered of the samples of courses, by name.
func (s *Service) known(ctx context.Context, list []course) (map[string]seeded, error) {
	var names []string
	for _, c := range list {
		names = append(names, c.names()...)
	}
	return s.read(ctx, s.DB.Read(), names)
}

func (s *Service) read(ctx context.Context, q database.Querier, names []string) (map[string]seeded, error) {
	rows, err := database.All[seeded](ctx, q, selectSeeded+s.DB.InTexts("name", 1), database.Texts(names))
	if err != nil {
		return nil, fmt.Errorf("reading which samples there are: %w", err)
	}
	byName := make(map[string]seeded, len(rows))
	for _, r := range rows {
		byName[r.Name] = r
	}
	return byName, nil
}

// lock is read for one course, which no other transaction seeds until tx ends. A course that was never made has a row
// without a hash then.
func (s *Service) lock(ctx context.Context, tx *database.Tx, c course) (map[string]seeded, error) {
	_, err := tx.ExecContext(ctx, `
		insert into seeded_samples (name, content_hash, seeded_at) values ($1, '', $2)
		on conflict (name) do update set name = excluded.name`, c.name, database.Now())
	if err != nil {
		return nil, fmt.Errorf("locking a sample course: %w", err)
	}
	return s.read(ctx, tx, c.names())
}

// remember stores a row.
func remember(ctx context.Context, tx *database.Tx, r seeded) error {
	_, err := tx.ExecContext(ctx, `
		insert into seeded_samples (name, course_id, note_id, content_hash, seeded_at) values ($1, $2, $3, $4, $5)
		on conflict (name) do update set course_id = excluded.course_id, note_id = excluded.note_id,
			content_hash = excluded.content_hash, seeded_at = excluded.seeded_at`,
		r.Name, r.CourseID, r.NoteID, r.ContentHash, database.Now())
	if err != nil {
		return fmt.Errorf("remembering a sample: %w", err)
	}
	return nil
}

// claim stores a row unless there is one whose course was not deleted; false when there is. Of two instances one gets true.
func claim(ctx context.Context, tx *database.Tx, r seeded) (bool, error) {
	changed, err := database.Exec(ctx, tx, `
		insert into seeded_samples (name, course_id, content_hash, seeded_at) values ($1, $2, $3, $4)
		on conflict (name) do update set course_id = excluded.course_id, content_hash = excluded.content_hash, seeded_at = excluded.seeded_at
		where seeded_samples.course_id is null`, r.Name, r.CourseID, r.ContentHash, database.Now())
	if err != nil {
		return false, fmt.Errorf("claiming a sample: %w", err)
	}
	return changed > 0, nil
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
		if known[n.name].ContentHash != hashNote(n.Text) {
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

// hash stands for texts: equal ones have equal hashes, others don't.
func hash(texts ...string) string {
	list, _ := json.Marshal(texts) // texts can always be written
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:])
}
