package samples

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/patch"
)

// maxPictureBytes is the maximum size of a picture, which is held in memory while it is stored.
const maxPictureBytes = 5 << 20

// skipPictures records pictures that need no further work: those of a deleted course, and the cover if there is one.
func (w *seeding) skipPictures() {
	for _, p := range w.course.pictures {
		hasPlace := w.target != nil && !(p.isCover && w.target.CoverPath != "")
		if _, known := w.known[p.name]; known || hasPlace {
			continue
		}
		row := p.row(w.targetID())
		w.latest = append(w.latest, row)
		w.known[p.name] = row
	}
}

func (p picture) row(courseID *int64) seeded {
	return seeded{Name: p.name, CourseID: courseID, ContentHash: hash(p.path)}
}

// addPictures stores the pictures that a course lacks, once the course exists. A file that is missing or not a picture
// is skipped with a warning, and tried again at the next start. A recorded picture without a course belonged to a
// deleted one.
func (w *seeding) addPictures(ctx context.Context, files fs.FS) error {
	if w.target == nil {
		return nil
	}
	for _, p := range w.course.pictures {
		if w.known[p.name].CourseID != nil {
			continue
		}
		data, unusable := findPicture(files, w.course.name, p.path)
		if unusable != nil {
			w.Log.Warn("a picture of a sample course is missing or unusable", "course", w.course.name, "path", p.path,
				"error", unusable)
			continue
		}
		if err := w.addPicture(ctx, p, data); err != nil {
			return fmt.Errorf("adding the picture %s: %w", p.path, err)
		}
	}
	return nil
}

// addPicture also records a picture that exists already: a process added it and ended before recording it.
func (w *seeding) addPicture(ctx context.Context, p picture, data []byte) (err error) {
	if !w.shows(p) {
		upload := media.Upload{
			Owner: w.target.Owner.ID, Folder: media.Covers, Name: "picture" + media.PictureExtension(data),
			Content: bytes.NewReader(data), Size: int64(len(data)),
		}
		if p.isCover {
			err = w.Courses.SetCover(ctx, w.asOwner(), w.target.ID, upload)
		} else {
			err = w.Courses.AddPicture(ctx, w.asOwner(), w.target.ID, p.Picture, upload)
		}
		if err != nil {
			return err
		}
		w.done.pictures++
	}
	row := p.row(w.targetID())
	w.known[p.name] = row
	return w.remember(ctx, []seeded{row})
}

// shows reports whether the course has more pictures with these texts than are recorded.
func (w *seeding) shows(p picture) bool {
	if p.isCover {
		return w.target.CoverPath != ""
	}
	number := 0
	for _, shown := range w.target.Pictures {
		if sameTexts(shown, p.Picture) {
			number++
		}
	}
	for _, other := range w.course.pictures {
		id := w.known[other.name].CourseID
		isRemembered := !other.isCover && id != nil && *id == w.target.ID
		if isRemembered && sameTexts(other.Picture, p.Picture) {
			number--
		}
	}
	return number > 0
}

func sameTexts(a, b courses.Picture) bool {
	return a.Title == b.Title && patch.Same(a.Description, b.Description) && patch.Same(a.Source, b.Source)
}

// findPicture reads a picture below the folder of the course, or else, by its file name, where the former system
// looked.
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
