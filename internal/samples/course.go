package samples

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
)

// course is a folder with a file course.json, notes in notes/*.md, and pictures.
type course struct {
	name     string   // of its folder; identifies it in seeded_samples
	Slug     string   `json:"slug"` // "" for one derived from the folder's name
	Title    string   `json:"title"`
	About    string   `json:"description"`
	Cover    string   `json:"cover_image"` // path of a picture, "" for none
	Media    []medium `json:"media"`
	notes    []note   // sorted by file name
	pictures []picture
}

// medium is a picture listed in course.json.
type medium struct {
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Source      *string `json:"source"`
	Path        string  `json:"path"`
}

// picture is the cover of a course, or one of its media.
type picture struct {
	name string // course/cover or course/media/path
	path string // as written in course.json
	courses.Picture
	isCover bool
}

// readCourses returns the courses below a folder, sorted by folder name. A course with an unusable file is left out;
// the error lists these files, with reasons.
func readCourses(files fs.FS) ([]course, error) {
	found, err := fs.Glob(files, "*/course.json")
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, errors.New("none of its folders has a course.json")
	case len(found) > maxCourses:
		return nil, fmt.Errorf("it has more than %d courses", maxCourses)
	}
	var list []course
	var problems []error
	size, byTitle := 0, map[string]string{}
	for _, file := range found {
		c, err := readCourse(files, path.Dir(file))
		if other := byTitle[database.Fold(c.Title)]; err == nil && other != "" {
			err = fmt.Errorf("%s: the course has the same title as %s", file, other)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		byTitle[database.Fold(c.Title)] = file
		list = append(list, c)
		if size += c.size(); size > maxFolderBytes {
			return nil, fmt.Errorf("its notes have more than %d MiB in total", maxFolderBytes>>20)
		}
	}
	return list, errors.Join(problems...)
}

func (c course) size() (bytes int) {
	for _, n := range c.notes {
		bytes += len(n.Content)
	}
	return bytes
}

func readCourse(files fs.FS, folder string) (course, error) {
	c := course{name: folder}
	file := path.Join(folder, "course.json")
	data, err := read(files, file, maxCourseBytes)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	c.complete()
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	c.notes, err = readNotes(files, folder)
	return c, err
}

// complete fills in derived values. A course with a cover but no media shows the cover among its media, as in the
// former system.
func (c *course) complete() {
	c.Title, c.About = strings.TrimSpace(c.Title), strings.TrimSpace(c.About)
	c.Slug = cmp.Or(strings.TrimSpace(c.Slug), c.name)
	if c.Cover != "" {
		c.pictures = append(c.pictures, picture{name: c.name + "/cover", path: c.Cover, isCover: true})
		if len(c.Media) == 0 {
			c.Media = []medium{{Title: c.Title, Path: c.Cover}}
		}
	}
	for _, m := range c.Media {
		title := cmp.Or(strings.TrimSpace(m.Title), path.Base(m.Path))
		c.pictures = append(c.pictures, picture{name: c.name + "/media/" + m.Path, path: m.Path,
			Picture: courses.Picture{Title: title, Description: m.Description, Source: m.Source}})
	}
}

func (c *course) check() error {
	switch {
	case c.Title == "":
		return errors.New("the course has no title")
	case courses.IsInboxTitle(c.Title):
		return errors.New("a sample course can't be called Inbox")
	case len(c.Media) > maxMedia:
		return fmt.Errorf("the course has more than %d media", maxMedia)
	}
	err := errors.Join(checkText("title", c.Title, courses.MaxTitle),
		checkText("description", c.About, courses.MaxDescription), checkText("slug", c.Slug, courses.MaxTitle))
	for _, p := range c.pictures {
		err = errors.Join(err, checkText("title of a picture", p.Title, courses.MaxTitle),
			checkText("path of a picture", p.path, courses.MaxSource))
		if p.Description != nil {
			err = errors.Join(err, checkText("description of a picture", *p.Description, courses.MaxDescription))
		}
		if p.Source != nil {
			err = errors.Join(err, checkText("source of a picture", *p.Source, courses.MaxSource))
		}
	}
	return err
}
