package config

import (
	"fmt"
	"strings"
)

const referenceIntro = `# Configuration

<!-- Generated from the code: go run . config --reference > docs/configuration.md -->

The server is configured by environment variables alone, and all of them have a default or are optional: without any
it runs on this machine with an embedded database. Everything is read once, at the start; every problem is reported at
once, and the server does not start with one.

A value is taken from the first of these places that has it:

1. the command line, where a command has a flag for it;
2. the environment of the process;
3. the file ` + "`.env`" + ` in the working directory;
4. the file ` + "`backend/.env`" + ` below it;
5. the default.

Values are trimmed, and an empty one counts as unset. An alias works like the name itself; where one place has both, the
name wins. Variables that are not listed here are ignored.

Kinds of values:

- boolean: ` + "`1` `true` `yes` `on`" + ` or ` + "`0` `false` `no` `off`" + `, in any case;
- list: entries separated by commas or blanks;
- bytes: a number, alone or with ` + "`KiB` `MiB` `KB` `MB`" + `;
- duration: a number with its unit, such as ` + "`25s`" + ` or ` + "`2m`" + `;
- folder: a path, a relative one counts from the working directory.

The command ` + "`config`" + ` shows the values in effect and where each came from, without secrets.
`

// Reference returns docs/configuration.md: the table of all variables in
// Markdown.
func Reference() string {
	var text strings.Builder
	text.WriteString(referenceIntro)
	group := ""
	for _, v := range Variables() {
		if v.Group != group {
			group = v.Group
			fmt.Fprintf(&text, "\n## %s\n\n| Variable | Aliases | Default | Effect |\n| --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&text, "| `%s` | %s | %s | %s |\n", v.Name, codeList(v.Aliases), defaultCell(v), cell(v.Doc+kind(v)))
	}
	text.WriteString("\n## Accepted and ignored\n\nDeployments of the former server set these variables; you can leave " +
		"them.\n\n| Variable | Why it has no effect |\n| --- | --- |\n")
	for _, v := range Ignored() {
		fmt.Fprintf(&text, "| `%s` | %s |\n", v.Name, cell(v.Why))
	}
	return text.String()
}

// kind says in brackets what is accepted, unless it is any text.
func kind(v Variable) string {
	var notes []string
	switch v.Type {
	case "text":
	case "choice":
		notes = append(notes, strings.Join(v.choices, ", "))
	case "level":
		notes = append(notes, "DEBUG, INFO, WARNING, ERROR, CRITICAL")
	case "networks":
		notes = append(notes, "list")
	default:
		notes = append(notes, v.Type)
	}
	if span := v.span(); span != "" {
		notes = append(notes, span)
	}
	if v.Secret {
		notes = append(notes, "secret")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}

func codeList(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// defaultCell formats a literal value as code; words stay words.
func defaultCell(v Variable) string {
	if v.Default == "" || v.derived {
		return cell(v.Default)
	}
	return "`" + v.Default + "`"
}

// cell escapes text that would end a table cell or be read as markup.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", `\<`).Replace(text)
}
