package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notelist"
)

// maxPage is the most that a page of a list has.
const maxPage = 100

// Listing selects a part of a list.
type Listing struct {
	Scope  notelist.Scope
	Course *int64 // nil for all
	Limit  int64  // 1 to 100; 0 for all there are, or the first thousand
	Offset int64  // with a limit
}

// Page is a part of a list.
type Page struct {
	Notes  []notelist.Note
	Total  int64 // of the list
	Limit  int64
	Offset int64
}

// List returns notes that the caller may read, the newest edit first.
func (s *Service) List(ctx context.Context, who actor.Actor, l Listing) (Page, error) {
	p, filter := l.page(), l.filter(who)
	var err error
	if p.Notes, err = notelist.List(ctx, s.DB.Read(), filter, p.Limit, p.Offset); err != nil {
		return Page{}, err
	}
	number := int64(len(p.Notes))
	p.Total = p.Offset + number
	isLast := number < p.Limit && (number > 0 || p.Offset == 0)
	if l.Limit > 0 && !isLast {
		p.Total, err = notelist.Count(ctx, s.DB.Read(), filter)
	}
	return p, err
}

// Search returns the notes of a list with words in them: first those with all words, and of those the ones with a word
// in the title. Typing errors are forgiven in titles and descriptions.
func (s *Service) Search(ctx context.Context, who actor.Actor, words string, l Listing) (Page, error) {
	p := l.page()
	var err error
	p.Notes, p.Total, err = s.index.Find(ctx, words, l.filter(who), p.Limit, p.Offset)
	return p, err
}

// filter selects for a viewer. Anonymous viewers see what is public, whatever they ask for.
func (l Listing) filter(who actor.Actor) notelist.Filter {
	f := notelist.Filter{Viewer: who.UserID, Scope: l.Scope, Course: l.Course}
	if who.Anonymous() {
		f.Scope = notelist.Readable
	}
	return f
}

// page is the page that is wanted, without its notes.
func (l Listing) page() Page {
	if l.Limit == 0 {
		return Page{Limit: maxListed}
	}
	return Page{Limit: min(max(l.Limit, 1), maxPage), Offset: max(l.Offset, 0)}
}
