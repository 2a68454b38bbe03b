package feeds

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Patch is a change to a part of a feed.
type Patch struct {
	Title      patch.Field[string]
	SourceKind patch.Field[string]
	SourceURL  patch.Field[string]
	Text       patch.Field[string] // a calendar; it comes before the address. "" takes that away
	CourseID   patch.Field[*int64] // nil for none
	IsEnabled  patch.Field[bool]
}

func (p *Patch) check(problems *problem.Fields) error {
	if p.Title.Set {
		problems.CheckText("title", p.Title.Value, 1, MaxTitle)
	}
	kind := p.SourceKind
	if kind.Set && kind.Value != Imported && kind.Value != Subscribed && !problems.Has("source_kind") {
		problems.Add("source_kind", problem.NotAChoice(kind.Value))
	}
	problems.CheckText("source_url", p.SourceURL.Value, 0, MaxAddress)
	if p.SourceURL.Value != "" && !problems.Has("source_url") {
		if !validAddress(p.SourceURL.Value) {
			problems.Add("source_url", "Enter a valid URL.")
		}
	}
	if len(p.Text.Value) > MaxBytes && !problems.Has("raw_ical") {
		problems.Add("raw_ical", "Ensure this field has no more than "+problem.Bytes(MaxBytes)+".")
	}
	return nil
}

// content reads the text of the change, nil when there is none. It takes a while: no transaction should wait for it.
func (s *Service) content(p Patch) *content {
	if p.Text.Value == "" {
		return nil
	}
	return s.read([]byte(p.Text.Value))
}

// apply changes a stored feed, and what is kept of its calendar; c is the content of the change. A feed that is to be
// fetched is due at once when it is new or has another address.
func (s *Service) apply(
	ctx context.Context, tx *database.Tx, owner int64, f *stored, p Patch, c *content, now time.Time,
) error {
	before := *f
	f.set(p)
	f.UpdatedAt = now
	switch {
	case c != nil:
		f.forget()
		f.IsImported, f.SyncError, f.Remarks = true, c.syncError(), c.report.String()
		if err := s.storeContent(ctx, tx, owner, f.ID, c); err != nil {
			return err
		}
	case p.Text.Set && before.IsImported, !f.IsImported && before.address() != "" && f.address() != before.address():
		f.IsImported, f.SyncError = false, ""
		f.forget()
		if err := dropContent(ctx, tx, f.ID); err != nil {
			return err
		}
	}
	f.plan(now)
	if err := f.update(ctx, tx); err != nil {
		return err
	}
	if f.NextFetchAt == nil || f.NextFetchAt.After(now) {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, refreshJob, nil)
}

// set changes the fields of the change.
func (f *stored) set(p Patch) {
	f.Title = p.Title.Or(f.Title)
	f.SourceKind = p.SourceKind.Or(f.SourceKind)
	f.IsEnabled = p.IsEnabled.Or(f.IsEnabled)
	f.CourseID = p.CourseID.Or(f.CourseID)
	if p.SourceURL.Set {
		f.SourceURL = &p.SourceURL.Value
	}
}

// plan says when the feed is fetched next.
func (f *stored) plan(now time.Time) {
	switch {
	case !f.fetchable():
		f.NextFetchAt = nil
	case f.NextFetchAt == nil:
		f.NextFetchAt = &now
		if f.LastSync == nil {
			return
		}
		if next := f.LastSync.Add(fetchInterval); next.After(now) {
			f.NextFetchAt = &next
		}
	}
}
