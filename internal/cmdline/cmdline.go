// Package cmdline reads command lines into structs, whose tags describe flags and arguments, and writes the help on
// them. It calls no method by a name that is only known at run time: the linker would have to keep every method of
// every type for that, which doubles the program.
package cmdline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Command is a command, or a group of commands.
type Command struct {
	Name     string
	Help     string // one sentence
	Into     any    // pointer to a struct of flags and arguments (see field); nil for none
	Commands []*Command
	Default  *Command // the one of Commands that is meant where none is named; nil for none
}

// Detailed is what has more to say in the help on its command.
type Detailed interface{ Help() string }

// Invocation is a command line that was understood.
type Invocation struct {
	Command *Command
	Help    string // asked for instead of the command; "" for not
}

// reader reads one command line.
type reader struct {
	path      []*Command // from the program to the command so far
	flags     []*field   // of all of these
	arguments []*field   // of the last one
	given     int        // how many of them have a value
	words     []string   // which are not read yet
}

// Parse reads the words after the program's name.
func Parse(program *Command, words []string) (Invocation, error) {
	r := &reader{words: words}
	if err := r.enter(program); err != nil {
		return Invocation{}, err
	}
	for len(r.words) > 0 {
		word := r.words[0]
		r.words = r.words[1:]
		if word == "--" {
			break
		}
		if word == "--help" || word == "-h" {
			return Invocation{Command: r.command(), Help: r.help()}, nil
		}
		if err := r.read(word); err != nil {
			return Invocation{}, err
		}
	}
	for _, word := range r.words {
		if err := r.argument(word); err != nil {
			return Invocation{}, err
		}
	}
	return r.end()
}

func (r *reader) command() *Command { return r.path[len(r.path)-1] }

// enter goes on to a command: its flags count from here on.
func (r *reader) enter(c *Command) error {
	fields, err := fieldsOf(c.Into)
	if err != nil {
		return fmt.Errorf("command %s: %w", c.Name, err)
	}
	r.path, r.arguments, r.given = append(r.path, c), nil, 0
	for _, f := range fields {
		if f.argument {
			r.arguments = append(r.arguments, f)
		} else {
			r.flags = append(r.flags, f)
		}
	}
	return nil
}

// end checks that nothing is missing.
func (r *reader) end() (Invocation, error) {
	for r.command().Default != nil {
		if err := r.enter(r.command().Default); err != nil {
			return Invocation{}, err
		}
	}
	c := r.command()
	if len(c.Commands) > 0 {
		names := make([]string, 0, len(c.Commands))
		for _, sub := range c.Commands {
			names = append(names, sub.Name)
		}
		return Invocation{}, fmt.Errorf("expected one of %s", strings.Join(names, ", "))
	}
	if r.given < len(r.arguments) {
		return Invocation{}, fmt.Errorf("expected %s", r.arguments[r.given].label())
	}
	return Invocation{Command: c}, nil
}

func (r *reader) read(word string) error {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		return r.long(long)
	}
	if short, ok := strings.CutPrefix(word, "-"); ok && short != "" {
		return r.short(short)
	}
	return r.argument(word)
}

// argument reads the name of a command, or a value.
func (r *reader) argument(word string) error {
	for _, sub := range r.command().Commands {
		if sub.Name == word {
			return r.enter(sub)
		}
	}
	if r.given == len(r.arguments) {
		return fmt.Errorf("unexpected argument %s", word)
	}
	r.given++
	return r.arguments[r.given-1].set(word)
}

// long reads --name or --name=value.
func (r *reader) long(word string) error {
	name, value, given := strings.Cut(word, "=")
	f, err := r.find("--"+name, func(f *field) bool { return f.name == name })
	switch {
	case err != nil:
		return err
	case given:
		return f.set(value)
	case f.isSwitch():
		return f.set("true")
	}
	return r.value(f)
}

// short reads -x, -xVALUE, and several switches as one word.
func (r *reader) short(word string) error {
	name, rest := word[:1], word[1:]
	f, err := r.find("-"+name, func(f *field) bool { return f.short == name })
	switch {
	case err != nil:
		return err
	case f.isSwitch() && rest != "":
		return errors.Join(f.set("true"), r.short(rest))
	case f.isSwitch():
		return f.set("true")
	case rest != "":
		return f.set(rest)
	}
	return r.value(f)
}

// find returns the flag that is meant. One that the command does not know may be one of the command that is meant where
// none is named.
func (r *reader) find(shown string, is func(f *field) bool) (*field, error) {
	for {
		if i := slices.IndexFunc(r.flags, is); i >= 0 {
			return r.flags[i], nil
		}
		next := r.command().Default
		if next == nil {
			return nil, fmt.Errorf("unknown flag %s", shown)
		}
		if err := r.enter(next); err != nil {
			return nil, err
		}
	}
}

// value reads the value of a flag from the next word, which must not look like a flag: then it was forgotten.
func (r *reader) value(f *field) error {
	if len(r.words) == 0 || strings.HasPrefix(r.words[0], "-") && r.words[0] != "-" {
		return fmt.Errorf("%s: its value is missing", f.label())
	}
	word := r.words[0]
	r.words = r.words[1:]
	return f.set(word)
}
