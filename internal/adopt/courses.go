package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

var (
	oldCourses = table{[]string{"courses_course", "notes_course"},
		[]string{"id", "slug", "title", "description", "cover_image",
			"is_default", "date_created", "last_edit", "creator_id", "client_course_id", "sort_order", "icon"}}
	oldMedia = table{[]string{"courses_coursemedia", "notes_coursemedia"},
		[]string{"id", "title", "description", "image", "source",
			"date_created", "course_id"}}
	oldSubscriptions = table{[]string{"courses_coursesubscription", "notes_coursesubscription"},
		[]string{"id", "is_active",
			"is_private", "subscribed_at", "last_opened_at", "date_created", "course_id", "creator_id"}}
	oldOperations = table{[]string{"courses_courseoperationlog", "notes_courseoperationlog"},
		[]string{"id", "operation_type",
			"metadata_json", "occurred_at", "date_created", "course_id", "creator_id"}}
)

type courseRecord struct {
	ID             int64               `json:"id"`
	OwnerID        *int64              `json:"owner_id"`
	ClientCourseID *string             `json:"client_course_id"`
	Slug           string              `json:"slug"`
	Title          string              `json:"title"`
	TitleFolded    string              `json:"title_folded"`
	Description    string              `json:"description"`
	CoverPath      string              `json:"cover_path"`
	Icon           *int                `json:"icon"`
	IsDefault      bool                `json:"is_default"`
	SortOrder      int                 `json:"sort_order"`
	CreatedAt      database.RecordTime `json:"created_at"`
	UpdatedAt      database.RecordTime `json:"updated_at"`
}

const inboxFolded = "inbox"

// ownTitle is a title of somebody's.
type ownTitle struct {
	owner  int64
	folded string
}

// courseBuilder makes our rows of courses. Of several Inboxes of a person one stays the Inbox; the others become
// ordinary courses, with all that is in them.
type courseBuilder struct {
	*run
	table    *Table
	inboxes  map[int64]int64    // the default course of a user
	titles   map[ownTitle]int64 // who keeps a title
	clients  map[ownTitle]int64 // client ids
	slugs    map[string]int64
	defaults bool // whether this version marks Inboxes
}

func (r *run) adoptCourses(ctx context.Context) error {
	courses, ok := r.src.find(oldCourses)
	if !ok {
		return nil
	}
	b := &courseBuilder{
		run: r, table: r.report.table(courses), inboxes: map[int64]int64{}, titles: map[ownTitle]int64{},
		clients: map[ownTitle]int64{}, slugs: map[string]int64{}, defaults: courses.has("is_default"),
	}
	if err := b.claims(ctx, courses); err != nil {
		return err
	}
	err := r.src.each(ctx, courses, func(batch []row) error {
		records := make([]courseRecord, 0, len(batch))
		for _, o := range batch {
			b.table.Read++
			records = append(records, b.course(o))
		}
		return write(ctx, r, courseKind, b.table, records, func(c courseRecord) int64 { return c.ID }, b.ownerHere)
	})
	if err != nil {
		return err
	}
	if err := r.adoptCourseMedia(ctx); err != nil {
		return err
	}
	if err := r.adoptSubscriptions(ctx); err != nil {
		return err
	}
	return r.adoptOperations(ctx)
}

// claims finds out which course of a person keeps a title, and which one is the Inbox.
func (b *courseBuilder) claims(ctx context.Context, courses found) error {
	light, _ := b.src.find(table{[]string{courses.name}, []string{"id", "creator_id", "title", "is_default"}})
	marked := map[ownTitle]bool{}
	err := b.src.each(ctx, light, func(batch []row) error {
		for _, o := range batch {
			id, owner := o.int("id"), b.formerOwner(o)
			b.courses[id] = owner
			if owner == 0 {
				continue
			}
			folded := indexed(database.Fold(o.text("title")))
			_, has := b.inboxes[owner]
			if o.bool("is_default") && (!has || folded == inboxFolded && !marked[ownTitle{owner, inboxFolded}]) {
				b.inboxes[owner] = id
			}
			key := ownTitle{owner, folded}
			if _, ok := b.titles[key]; !ok || o.bool("is_default") && !marked[key] {
				b.titles[key] = id
				marked[key] = o.bool("is_default")
			}
		}
		return nil
	})
	if err == nil {
		err = b.present(ctx)
	}
	if err != nil || b.defaults {
		return err
	}
	for key, id := range b.titles { // versions without the mark go by the title
		if key.folded == inboxFolded {
			b.inboxes[key.owner] = id
		}
	}
	return nil
}

// present lets the courses that a later run finds here keep their titles, slugs and client ids.
func (b *courseBuilder) present(ctx context.Context) error {
	if b.earlier == nil {
		return nil
	}
	type course struct {
		ID, OwnerID    int64
		TitleFolded    string
		Slug           string
		ClientCourseID *string
		IsDefault      bool
	}
	list, err := database.All[course](ctx, b.tx, `
		select id, coalesce(owner_id, 0) as owner_id, title_folded, slug, client_course_id, is_default
		from courses order by id`)
	if err != nil {
		return fmt.Errorf("looking at the courses that are here: %w", err)
	}
	for _, c := range list {
		b.slugs[c.Slug] = c.ID
		if c.OwnerID == 0 {
			continue
		}
		b.titles[ownTitle{c.OwnerID, c.TitleFolded}] = c.ID
		if c.ClientCourseID != nil {
			b.clients[ownTitle{c.OwnerID, *c.ClientCourseID}] = c.ID
		}
		if c.IsDefault {
			b.inboxes[c.OwnerID] = c.ID
		}
	}
	return nil
}

func (b *courseBuilder) course(o row) courseRecord {
	id, owner := o.int("id"), b.courses[o.int("id")]
	created, edited := b.times(o, b.table)
	c := courseRecord{
		ID: id, Slug: b.key(o, b.table, "slug"), Title: o.text("title"), Description: o.text("description"),
		SortOrder: b.amount(o, b.table, "sort_order"),
		CoverPath: b.files.kept(o.text("cover_image"), b.table, id), ClientCourseID: o.optional("client_course_id"),
		CreatedAt: created, UpdatedAt: edited,
	}
	if !o.isNull("icon") {
		c.Icon = new(b.amount(o, b.table, "icon"))
	}
	taken := func(slug string) bool {
		holder, held := b.slugs[slug]
		return held && holder != id
	}
	if c.Slug == "" || taken(c.Slug) {
		c.Slug = unused(fmt.Sprintf("course-%d-%s", id, c.Slug), taken)
		b.table.note("another course has its slug: it gets another one", id)
	}
	b.slugs[c.Slug] = id
	if owner == 0 {
		c.IsDefault = o.bool("is_default")
		if !o.isNull("creator_id") {
			b.table.note("its owner is not there: it is nobody's", id)
		}
		c.TitleFolded = indexed(database.Fold(c.Title))
		return c
	}
	c.OwnerID = &owner
	c.IsDefault = b.inboxes[owner] == id
	if o.bool("is_default") && !c.IsDefault {
		b.table.note("a further Inbox of one person: it stays, as an ordinary course", id)
	}
	b.title(&c)
	if c.ClientCourseID != nil {
		*c.ClientCourseID = b.key(o, b.table, "client_course_id")
		key := ownTitle{owner, *c.ClientCourseID}
		if holder, taken := b.clients[key]; taken && holder != id {
			c.ClientCourseID = nil
			b.table.note("another course of the same person has its client id: it has none", id)
		} else {
			b.clients[key] = id
		}
	}
	return c
}

// ownerHere makes a course nobody's whose owner is not here any more.
func (b *courseBuilder) ownerHere(c *courseRecord) {
	if c.OwnerID != nil && !b.hasUser(*c.OwnerID) {
		c.OwnerID, c.IsDefault = nil, false
		b.table.note("its owner was deleted here: it is nobody's", c.ID)
	}
}

// title folds the title of a course for the index that keeps titles apart: where another course of the same person has
// it already, with something that nobody can type.
func (b *courseBuilder) title(c *courseRecord) {
	c.TitleFolded = indexed(database.Fold(c.Title))
	if b.titles[ownTitle{*c.OwnerID, c.TitleFolded}] != c.ID {
		b.table.note("another course of the same person has its name: both stay", c.ID)
		c.TitleFolded = fmt.Sprintf("%s\x01%d", indexed(c.TitleFolded), c.ID)
	}
}

type mediaRecord struct {
	ID          int64               `json:"id"`
	CourseID    int64               `json:"course_id"`
	Title       string              `json:"title"`
	Description *string             `json:"description"`
	Source      *string             `json:"source"`
	ImagePath   string              `json:"image_path"`
	CreatedAt   database.RecordTime `json:"created_at"`
}

func (r *run) adoptCourseMedia(ctx context.Context) error {
	free, err := r.freeIDs(ctx, "course_media")
	if err != nil {
		return err
	}
	return adoptRows(ctx, r, oldMedia, "course_media", func(t *Table, o row) (m mediaRecord, ok bool) {
		id := o.int("id")
		if !r.hasCourse(o.int("course_id")) {
			t.skip(noCourse, id)
			return m, false
		}
		created, _ := r.times(o, t)
		return mediaRecord{ID: free(id), CourseID: o.int("course_id"), Title: o.text("title"),
			Description: o.optional("description"),
			Source:      o.optional("source"), ImagePath: r.files.kept(o.text("image"), t, id), CreatedAt: created}, true
	})
}

type operationRecord struct {
	ID           int64               `json:"id"`
	UserID       int64               `json:"user_id"`
	CourseID     int64               `json:"course_id"`
	Operation    string              `json:"operation"`
	MetadataJSON string              `json:"metadata_json"`
	OccurredAt   database.RecordTime `json:"occurred_at"`
}

func (r *run) adoptOperations(ctx context.Context) error {
	free, err := r.freeIDs(ctx, "course_operations")
	if err != nil {
		return err
	}
	return adoptRows(ctx, r, oldOperations, "course_operations", func(t *Table, o row) (p operationRecord, ok bool) {
		id, user := o.int("id"), r.userByProfile(o)
		if user == 0 {
			t.skip(noUser, id)
			return p, false
		}
		if !r.hasCourse(o.int("course_id")) {
			t.skip(noCourse, id)
			return p, false
		}
		return operationRecord{free(id), user, o.int("course_id"), o.text("operation_type"), o.text("metadata_json"),
			r.timeOf(o, t, "occurred_at", "date_created")}, true
	})
}
