package cmdline

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

const (
	lineWidth = 80
	columnGap = 4
)

// row is a line of the help: a term, and what it means.
type row struct{ term, text string }

// help describes the command that was reached.
func (r *reader) help() string {
	c := r.command()
	usage := "Usage:"
	for _, on := range r.path {
		usage += " " + on.Name
	}
	arguments := make([]row, 0, len(r.arguments))
	for _, f := range r.arguments {
		usage += " " + f.label()
		arguments = append(arguments, row{f.label(), f.help})
	}
	if len(c.Commands) > 0 {
		usage += " <command>"
	}
	text := usage + " [flags]\n\n" + wrapped(c.Help, 0) + "\n"
	if more, ok := c.Into.(Detailed); ok {
		text += "\n" + wrapped(more.Help(), 0) + "\n"
	}
	text += section("Arguments", arguments) + section("Flags", flagRows(r.flags))
	if len(c.Commands) > 0 {
		text += section("Commands", commandRows(c, r.path[1:]))
	}
	if c == r.path[0] {
		text += "\nRun \"" + c.Name + " <command> --help\" for more information on a command.\n"
	}
	return text
}

func flagRows(flags []*field) []row {
	rows := []row{{"-h, --help", "Show this help."}}
	for _, f := range flags {
		if f.hidden {
			continue
		}
		term := "    " + f.label()
		if f.short != "" {
			term = "-" + f.short + ", " + f.label()
		}
		if !f.isSwitch() {
			term += "=" + cmp.Or(f.placeholder, f.initial, strings.ToUpper(f.name))
		}
		rows = append(rows, row{term, f.help})
	}
	return rows
}

// commandRows are the commands of a group and of the groups in it, by their names below the program.
func commandRows(c *Command, above []*Command) (rows []row) {
	prefix := ""
	for _, on := range above {
		prefix += on.Name + " "
	}
	for _, sub := range c.Commands {
		if len(sub.Commands) > 0 {
			rows = append(rows, commandRows(sub, append(above[:len(above):len(above)], sub))...)
			continue
		}
		rows = append(rows, row{prefix + sub.Name, sub.Help})
	}
	return rows
}

// section is a title with rows in two columns; "" without rows.
func section(title string, rows []row) string {
	if len(rows) == 0 {
		return ""
	}
	left := 0
	for _, r := range rows {
		left = max(left, utf8.RuneCountInString(r.term))
	}
	text := "\n" + title + ":\n"
	for _, r := range rows {
		gap := left - utf8.RuneCountInString(r.term) + columnGap
		text += "  " + r.term + strings.Repeat(" ", gap) + wrapped(r.text, 2+left+columnGap) + "\n"
	}
	return text
}

// wrapped breaks a text between words; all lines but the first are indented.
func wrapped(text string, indent int) string {
	var b strings.Builder
	at := indent
	for i, word := range strings.Fields(text) {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+width > lineWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += width
	}
	return b.String()
}
