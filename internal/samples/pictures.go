package samples

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
)

// maxPictureBytes bounds a picture: it is held in memory while it is stored.
const maxPictureBytes = 5 << 20

// passOverPictures remembers what is not to be looked at again: pictures of a deleted course, and a cover where there is one.
func (w *seeding) passOverPictures(ctx context.Context) error {
	for _, p := range w.course.pictures {
		hasPlace := w.target.ID != 0 && !(p.isCover && w.target.CoverPath != "")
		if _, known := w.known[p.name]; known || hasPlace {
			continue
		}
		row := seeded{Name: p.name, CourseID: w.targetID(), ContentHash: hash(p.path)}
		if err := remember(ctx, w.tx, row); err != nil {
			return err
		}
		w.known[p.name] = row
	}
	return nil
}

// addPictures stores the pictures that a course lacks, one transaction each, after the course is there. A file that is
// missing or no picture is left out, with a warning, and tried again at the next start.
func (s *Service) addPictures(ctx context.Context, files fs.FS, w *seeding) (added int, err error) {
	if w.target.ID == 0 {
		return 0, nil
	}
	for _, p := range w.course.pictures {
		row, known := w.known[p.name]
		if known && !(w.isNew && row.CourseID == nil) {
			continue
		}
		data, unusable := findPicture(files, w.course.name, p.path)
		if unusable != nil {
			s.Log.Warn("a sample course lacks a picture", "course", w.course.name, "path", p.path, "error", unusable)
			continue
		}
		switch err := s.addPicture(ctx, w.target, p, data); {
		case errors.Is(err, errThere):
		case err != nil:
			return added, fmt.Errorf("adding the picture %s: %w", p.path, err)
		default:
			added++
		}
	}
	return added, nil
}

// findPicture reads a picture: below the folder of the course, or else by its file's name where the former system looked.
func findPicture(files fs.FS, folder, name string) ([]byte, error) {
	base := path.Base(name)
	places := []string{path.Join(folder, name), path.Join(folder, "media", base), base, path.Join("media", base)}
	for _, place := range places {
		data, err := read(files, place, maxPictureBytes)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			continue
		}
		if err == nil && media.PictureExtension(data) == "" {
			err = fmt.Errorf("%s is not a PNG, JPEG, GIF or WebP picture", place)
		}
		return data, err
	}
	return nil, fs.ErrNotExist
}

// errThere says that another instance was faster.
var errThere = errors.New("the picture is there already")

func (s *Service) addPicture(ctx context.Context, c courses.ServerCourse, p picture, data []byte) error {
	upload := media.Upload{Folder: media.Covers, Name: "picture" + media.PictureExtension(data), Content: bytes.NewReader(data), Size: int64(len(data))}
	if c.OwnerID != nil {
		upload.Owner = *c.OwnerID
	}
	return s.Media.Keep(ctx, upload, func(tx *database.Tx, key string) error {
		claimed, err := claim(ctx, tx, seeded{Name: p.name, CourseID: &c.ID, ContentHash: hash(p.path)})
		if err != nil {
			return err
		}
		if !claimed {
			return errThere
		}
		if p.isCover {
			return courses.SetCover(ctx, tx, c.ID, key)
		}
		return courses.AddPicture(ctx, tx, c.ID, p.Picture, key)
	})
}
