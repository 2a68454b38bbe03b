package samples

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"
)

// Limits for a folder of courses.
const (
	maxCourses     = 100
	maxNotes       = 100 // of a course
	maxMedia       = 50  // of a course: it shows no more
	maxCourseBytes = 64 << 10
	maxNoteBytes   = 1 << 20
	maxFolderBytes = 32 << 20 // of all notes, which are all held in memory
)

//go:embed content
var content embed.FS

// files is the source of the courses.
type files struct {
	fs.FS
	place string // for messages
	close func()
}

// open opens the program's own files, or the configured folder. Nothing outside the folder can be read, not even
// through links in it.
func (s *Service) open() (files, error) {
	if s.Root == "" {
		own, err := fs.Sub(content, "content")
		return files{own, "the program", func() {}}, err
	}
	root, err := os.OpenRoot(s.Root)
	if err != nil {
		return files{}, FilesError{fmt.Errorf("opening the folder of sample courses: %w", err)}
	}
	return files{root.FS(), s.Root, func() { _ = root.Close() }}, nil // it was only read from
}

// read returns the content of a file, at most limit bytes.
func read(files fs.FS, name string, limit int64) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: it has more than %d KiB", name, limit>>10)
	}
	return data, nil
}

// checkText refuses text that a database refuses, or that is longer than apps may send.
func checkText(what, text string, limit int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fmt.Errorf("the %s is not valid UTF-8 text", what)
	case utf8.RuneCountInString(text) > limit:
		return fmt.Errorf("the %s has more than %d characters", what, limit)
	}
	return nil
}
