package search

import (
	"slices"
	"strings"
)

// expression says which notes are meant, by the terms that they have.
type expression struct {
	kind kind
	text string       // of a term or a prefix
	args []expression // of the others
}

type kind int

const (
	isNever  kind = iota // no note: the zero expression
	isTerm               // notes with the term
	isPrefix             // notes with a term that begins so
	isAnd                // notes that all args mean
	isOr                 // notes that any arg means
	isNot                // notes that the first arg means and the second does not
)

func term(text string) expression   { return expression{kind: isTerm, text: text} }
func prefix(text string) expression { return expression{kind: isPrefix, text: text} }

func and(args ...expression) expression {
	for _, arg := range args {
		if arg.kind == isNever {
			return expression{}
		}
	}
	return group(isAnd, args)
}

func or(args ...expression) expression {
	return group(isOr, slices.DeleteFunc(args, func(arg expression) bool { return arg.kind == isNever }))
}

func not(wanted, unwanted expression) expression {
	if wanted.kind == isNever || unwanted.kind == isNever {
		return wanted
	}
	return expression{kind: isNot, args: []expression{wanted, unwanted}}
}

func group(k kind, args []expression) expression {
	switch len(args) {
	case 0:
		return expression{}
	case 1:
		return args[0]
	}
	return expression{kind: k, args: args}
}

// replacePrefixes returns the expression with other ones in the place of its prefixes.
func (e expression) replacePrefixes(replace func(text string) expression) expression {
	if e.kind == isPrefix {
		return replace(e.text)
	}
	args := make([]expression, 0, len(e.args))
	for _, arg := range e.args {
		args = append(args, arg.replacePrefixes(replace))
	}
	switch e.kind {
	case isAnd:
		return and(args...)
	case isOr:
		return or(args...)
	case isNot:
		return not(args[0], args[1])
	}
	return e
}

// syntax is how an engine writes expressions. Terms consist of letters, digits, marks, symbols and the signs of their
// classes, none of which ends a quotation.
type syntax struct{ quote, prefix, and, or, not string }

var (
	fts5    = syntax{quote: `"`, prefix: `*`, and: " AND ", or: " OR ", not: " NOT "}
	tsquery = syntax{quote: `'`, prefix: `:*`, and: " & ", or: " | ", not: " & !"}
)

// write returns "" for the expression that means no note.
func (e expression) write(s syntax) string {
	switch e.kind {
	case isTerm:
		return s.quote + e.text + s.quote
	case isPrefix:
		return s.quote + e.text + s.quote + s.prefix
	case isAnd:
		return e.join(s, s.and)
	case isOr:
		return e.join(s, s.or)
	case isNot:
		return e.join(s, s.not)
	}
	return ""
}

func (e expression) join(s syntax, operator string) string {
	texts := make([]string, 0, len(e.args))
	for _, arg := range e.args {
		texts = append(texts, arg.write(s))
	}
	return "(" + strings.Join(texts, operator) + ")"
}
