package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/rest"
)

// ServerCourse is a course that the server brought along, as it is now.
type ServerCourse struct {
	ID          int64
	OwnerID     *int64 // nil when the owner's account was removed
	Title       string
	Description string
	CoverPath   string // "" for none
}

// AddServerCourse makes a course in the name of owner, or returns the one of that title that the owner has. slug is what
// the course's slug is made of. The error of two courses that take one slug at once is a unique violation of courses.
func AddServerCourse(ctx context.Context, tx *database.Tx, owner int64, slug, title, description string) (ServerCourse, error) {
	c := ServerCourse{OwnerID: &owner, Title: title, Description: description}
	_, same, err := sameCourse(ctx, tx, owner, "", database.Fold(title))
	if err != nil {
		return ServerCourse{}, err
	}
	if same != nil {
		return LockServerCourse(ctx, tx, same.ID)
	}
	c.ID, err = insert(ctx, tx, newCourse{owner: owner, title: title, description: description, slugBase: slugOf(slug)})
	return c, err
}

// LockServerCourse returns a course and keeps it from being changed or deleted until tx ends; database.ErrNotFound when
// there is none of that id.
func LockServerCourse(ctx context.Context, tx *database.Tx, id int64) (ServerCourse, error) {
	c, err := database.One[ServerCourse](ctx, tx, "select c.id, c.owner_id, c.title, c.description, c.cover_path from courses c where c.id = $1"+
		tx.Locking(toRename), id)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("locking a course of the server: %w", err)
	}
	return c, err
}

// SaveServerCourse stores the texts of a locked course.
func SaveServerCourse(ctx context.Context, tx *database.Tx, c ServerCourse) error {
	return overwrite(ctx, tx, c.ID, texts{c.Title, c.Description}, patch.Field[*int64]{})
}

// AddPicture has a course show the picture that the media store keeps under key.
func AddPicture(ctx context.Context, tx *database.Tx, courseID int64, p Picture, key string) error {
	_, err := tx.ExecContext(ctx, `
		insert into course_media (course_id, title, description, source, image_path, created_at) values ($1, $2, $3, $4, $5, $6)`,
		courseID, p.Title, p.Description, p.Source, key, database.Now())
	return err
}

// SetCover gives a course the cover that the media store keeps under key.
func SetCover(ctx context.Context, tx *database.Tx, courseID int64, key string) error {
	_, err := tx.ExecContext(ctx, "update courses set cover_path = $1 where id = $2", key, courseID)
	return err
}

// LegacyList serves features that are not turned inside out yet.
func (s *Service) LegacyList(ctx context.Context, limit, offset int64) ([]CourseJSON, error) {
	list, err := s.List(ctx, actor.Actor{UserID: rest.CallerID(ctx)}, Page{limit, offset})
	return ListToJSON(ctx, list), err
}
