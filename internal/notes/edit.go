package notes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/nearest"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Replacement puts New where Old stands in a text, which must be one place.
type Replacement struct{ Old, New string }

// TextEdit changes parts of the content of a note, one after the other.
type TextEdit struct {
	Replacements []Replacement // MaxReplacements at most
	DryRun       bool          // nothing is stored
}

// MaxReplacements is how many parts of a content are replaced at once.
const MaxReplacements = 100

// TextChange is what became of a content.
type TextChange struct {
	NoteID   int64
	Revision int64  // of the note afterwards
	Diff     string // unified; "" when nothing has changed
}

func (e *TextEdit) check(problems *problem.Fields) error {
	if number := len(e.Replacements); number == 0 || number > MaxReplacements {
		problems.Add("edits", fmt.Sprintf("Send 1 to %d edits.", MaxReplacements))
	}
	for i, r := range e.Replacements {
		if r.Old == "" {
			problems.Add(fmt.Sprintf("edits[%d].old_text", i), "It must not be empty.")
		}
	}
	return nil
}

// EditText changes parts of the content of a note of the caller, all of them or none. If a text is missing or
// ambiguous, the problem says what comes nearest to it, or where it is.
func (s *Service) EditText(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, in problem.Input[TextEdit],
) (TextChange, error) {
	e, wrong := in.Check((*TextEdit).check)
	return s.changeText(ctx, who, edit{ref, revisions, wrong}, e.DryRun, func(content string) (string, error) {
		for i, r := range e.Replacements {
			at, wrong := placeOf(content, r.Old)
			if wrong != "" {
				return "", problem.InvalidField(fmt.Sprintf("edits[%d].old_text", i), wrong)
			}
			content = content[:at] + r.New + content[at+len(r.Old):]
		}
		return content, nil
	})
}

// placeOf is where a text stands, if it stands in one place alone; else wrong says why not.
func placeOf(content, text string) (at int, wrong string) {
	at = strings.Index(content, text)
	switch {
	case at < 0:
		return 0, notFoundText(content, text)
	case strings.Contains(content[at+1:], text):
		return 0, "It occurs in several places (" + linesWith(content, text) +
			"): include some of the text around the one you mean."
	}
	return at, ""
}

func notFoundText(content, text string) string {
	near, line := nearest.In(content, text)
	if near == "" {
		return "It is not in the note: read the note again."
	}
	return fmt.Sprintf("It is not in the note. The closest text, in line %d, is: %s", line, near)
}

const maxPlaces = 5

// linesWith names the first lines in which a text begins.
func linesWith(content, text string) string {
	var lines []string
	for at := 0; len(lines) < maxPlaces; {
		next := strings.Index(content[at:], text)
		if next < 0 {
			break
		}
		at += next
		lines = append(lines, fmt.Sprint(1+strings.Count(content[:at], "\n")))
		at++
	}
	return "lines " + strings.Join(lines, ", ")
}

// Appendix is a text to be added to a note.
type Appendix struct {
	Text    string
	Heading string // under which; "" for the end of the note
}

func (a *Appendix) check(problems *problem.Fields) error {
	problems.CheckText("text", a.Text, 1, len(a.Text))
	return nil
}

// AppendText adds a text to a note of the caller: at its end, or at the end of the section under a heading.
func (s *Service) AppendText(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, in problem.Input[Appendix],
) (TextChange, error) {
	a, wrong := in.Check((*Appendix).check)
	return s.changeText(ctx, who, edit{ref, revisions, wrong}, false, func(content string) (string, error) {
		at := len(content)
		if a.Heading != "" {
			var err error
			if at, err = s.endOfSection(content, a.Heading); err != nil {
				return "", err
			}
		}
		return insertParagraph(content, at, a.Text), nil
	})
}

// errDryRun ends a transaction whose outcome is only looked at.
var errDryRun = errors.New("nothing is stored")

// changeText changes the content of a note of the caller by f.
func (s *Service) changeText(
	ctx context.Context, who actor.Actor, e edit, dryRun bool, f func(content string) (string, error),
) (change TextChange, err error) {
	err = s.change(ctx, who, e, func(tx *database.Tx, old state) error {
		content, err := f(old.Content)
		if err != nil {
			return err
		}
		change = TextChange{NoteID: old.ID, Revision: old.Revision,
			Diff: udiff.Unified("before", "after", old.Content, content)}
		switch {
		case dryRun:
			return errDryRun
		case content == old.Content:
			return nil
		}
		change.Revision++
		n := old
		n.touch()
		p := Patch{Content: patch.To(content)}
		p.cut = s.cutOf(p)
		_, err = s.apply(ctx, tx, old, n, p)
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return change, err
}
