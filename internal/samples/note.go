package samples

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/notes"
)

// note is a Markdown file that begins with its title.
type note struct {
	name        string // course/notes/file, without the extension; identifies it in seeded_samples
	Title       string
	Description string
	Content     string
}

// readNotes returns the notes of a course, sorted by file name.
func readNotes(files fs.FS, folder string) ([]note, error) {
	entries, err := fs.ReadDir(files, path.Join(folder, "notes"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []note
	var problems []error
	for _, entry := range entries {
		if path.Ext(entry.Name()) != ".md" || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if len(list) == maxNotes {
			return nil, fmt.Errorf("%s/notes: it has more than %d notes", folder, maxNotes)
		}
		n, err := readNote(files, path.Join(folder, "notes", entry.Name()))
		if err != nil {
			problems = append(problems, err)
			continue
		}
		list = append(list, n)
	}
	return list, errors.Join(problems...)
}

func readNote(files fs.FS, file string) (note, error) {
	data, err := read(files, file, maxNoteBytes)
	if err != nil {
		return note{}, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors write it
	content := strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n"))
	first, body, _ := strings.Cut(content, "\n")
	title, found := strings.CutPrefix(first, "# ")
	if title = strings.TrimSpace(title); !found || title == "" {
		return note{}, fmt.Errorf("%s: the first line is not a title (# Title)", file)
	}
	n := note{name: strings.TrimSuffix(file, ".md"), Title: title, Description: describe(body), Content: content}
	err = errors.Join(checkText("title", title, notes.MaxTitle), checkText("text", content, maxNoteBytes))
	if err != nil {
		return note{}, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

// maxDescription is the maximum length in code points of a description, which is taken from the first paragraph.
const maxDescription = 240

// describe makes a description from the first paragraph.
func describe(body string) string {
	paragraph, _, _ := strings.Cut(strings.TrimSpace(body), "\n\n")
	text := strings.Join(strings.Fields(paragraph), " ")
	if formats.Truncate(text, maxDescription) == text {
		return text
	}
	return formats.Truncate(text, maxDescription-1) + "…"
}
