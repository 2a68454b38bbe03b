package adopt

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Report says what became of an old database.
type Report struct {
	Source    string    `json:"source"`
	At        time.Time `json:"at"`
	DryRun    bool      `json:"dry_run,omitempty"`
	Again     bool      `json:"again,omitempty"`   // an earlier run has taken rows over
	Nothing   bool      `json:"nothing,omitempty"` // nothing is new since then
	Room      *Room     `json:"room,omitempty"`
	Tables    []*Table  `json:"tables"`
	Untouched []string  `json:"untouched,omitempty"` // old tables of which nothing is taken over
	Files     Files     `json:"files"`
}

// Room is what the new tables are estimated to take, and what there is, in bytes.
type Room struct {
	Old       int64 `json:"old"`                 // the old tables that are read
	Needed    int64 `json:"needed"`              // beside them
	Available int64 `json:"available,omitempty"` // 0 where that is not known
}

// Table is what became of the rows of an old table.
type Table struct {
	Name    string    `json:"name"`
	Read    int64     `json:"read"`
	Kept    int64     `json:"kept"`
	Merged  int64     `json:"merged"`            // into rows of others
	Skipped int64     `json:"skipped"`           // of them nothing is here
	Present int64     `json:"present,omitempty"` // taken over by an earlier run, and unchanged there
	New     int64     `json:"new,omitempty"`     // of those kept, in a later run
	Changed int64     `json:"changed,omitempty"` // taken over anew, since the former system changed them
	Ignored []string  `json:"ignored_columns,omitempty"`
	Remarks []*Remark `json:"remarks,omitempty"`

	follows bool // its rows follow from those of other tables
}

// Remark is a rule that was followed, and for which rows.
type Remark struct {
	Rule string   `json:"rule"`
	Rows int64    `json:"rows"`
	IDs  []string `json:"ids"` // the first ones
}

// Files is what became of uploaded files.
type Files struct {
	Checked    bool     `json:"checked"`
	Stored     int64    `json:"stored"`  // in the media store
	Copied     int64    `json:"copied"`  // from the folder of the former system
	Named      int64    `json:"named"`   // by rows
	Missing    int64    `json:"missing"` // named by a row, not there
	Unnamed    int64    `json:"unnamed"` // there, named by no row; they stay
	MissingIDs []string `json:"missing_names,omitempty"`
	UnnamedIDs []string `json:"unnamed_names,omitempty"`
}

// remarkIDs is how many rows a remark names.
const remarkIDs = 50

func (r *Report) table(f found) *Table {
	t := &Table{Name: f.name, Ignored: f.ignored}
	r.Tables = append(r.Tables, t)
	return t
}

// note remembers that a rule was followed for a row.
func (t *Table) note(rule string, id any) {
	m := t.remark(rule)
	m.Rows++
	if text := fmt.Sprint(id); text != "" && len(m.IDs) < remarkIDs {
		m.IDs = append(m.IDs, text)
	}
}

// remark is that of a rule.
func (t *Table) remark(rule string) *Remark {
	at := slices.IndexFunc(t.Remarks, func(m *Remark) bool { return m.Rule == rule })
	if at < 0 {
		at = len(t.Remarks)
		t.Remarks = append(t.Remarks, &Remark{Rule: rule})
	}
	return t.Remarks[at]
}

// skip is note for a row that is left out.
func (t *Table) skip(rule string, id any) {
	t.Skipped++
	t.note(rule, id)
}

// merge is note for a row that becomes part of another one.
func (t *Table) merge(rule string, id any) {
	t.Merged++
	t.note(rule, id)
}

// Write writes the report for people.
func (r *Report) Write(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	switch {
	case r.Nothing:
		p("Nothing is new in %s since it was adopted.", r.Source)
		r.writeConflicts(p)
		return
	case r.DryRun:
		p("What adopting %s would do (nothing was written):", r.Source)
	default:
		p("Adopted %s:", r.Source)
	}
	if r.Room != nil {
		p("Room: the old tables take %s, the new ones about %s.", size(r.Room.Old), size(r.Room.Needed))
	}
	p("%-32s %9s %9s %9s %9s", "table", "read", "kept", "merged", "skipped")
	for _, t := range r.Tables {
		p("%-32s %9d %9d %9d %9d", t.Name, t.Read, t.Kept, t.Merged, t.Skipped)
		if t.Present+t.Changed > 0 {
			p("    %d unchanged since an earlier run, %d changed there", t.Present, t.Changed)
		}
		for _, m := range t.Remarks {
			p("    %d× %s%s", m.Rows, m.Rule, list(m.IDs, m.Rows))
		}
		if len(t.Ignored) > 0 {
			p("    columns that have no place here: %s", strings.Join(t.Ignored, ", "))
		}
	}
	if len(r.Untouched) > 0 {
		p("Tables of which nothing is taken over: %s", strings.Join(r.Untouched, ", "))
	}
	if f := r.Files; f.Checked {
		p("Files: %d stored (%d copied now), %d named by rows, %d of these missing, %d stored without a row.", f.Stored,
			f.Copied, f.Named, f.Missing, f.Unnamed)
		for _, name := range f.MissingIDs {
			p("    missing: %q", name)
		}
		for _, name := range f.UnnamedIDs {
			p("    without a row: %q", name)
		}
	}
}

// writeConflicts writes what stays as it is here though it is another on the former server.
func (r *Report) writeConflicts(p func(format string, args ...any)) {
	for _, t := range r.Tables {
		for _, m := range t.Remarks {
			if m.Rule == changedOnBothSides || m.Rule == deletedHere || m.Rule == idGivenHere {
				p("%s: %d× %s%s", t.Name, m.Rows, m.Rule, list(m.IDs, m.Rows))
			}
		}
	}
}

func list(ids []string, rows int64) string {
	if len(ids) == 0 {
		return ""
	}
	text := strings.Join(ids, ", ")
	if rows > int64(len(ids)) {
		text += ", …"
	}
	return ": " + text
}

func size(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }
