package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

const (
	sourceEnvironment = "environment"
	sourceFlag        = "flag"
)

// source is one place that values come from.
type source struct {
	name   string
	values map[string]string
}

// origin tells which source a value came from, and under which alias.
type origin struct {
	source string
	alias  string
}

func (o origin) String() string {
	if o.alias == "" {
		return o.source
	}
	return o.source + " (as " + o.alias + ")"
}

// rawValues are the non-empty, trimmed values under their plain names.
type rawValues struct {
	values  map[string]string
	origins map[string]origin
}

// label names a variable in a problem so that it is found where it was set.
func (r rawValues) label(name string) string { return label(name, r.origins[name]) }

func label(name string, from origin) string {
	var notes []string
	if from.source != "" && from.source != sourceEnvironment {
		notes = append(notes, from.source)
	}
	if from.alias != "" {
		notes = append(notes, "set as "+from.alias)
	}
	if len(notes) == 0 {
		return name
	}
	return name + " (" + strings.Join(notes, ", ") + ")"
}

func environmentMap(environ []string) map[string]string {
	values := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if _, seen := values[name]; !seen { // like os.Getenv, the first one counts
			values[name] = value
		}
	}
	return values
}

// sources lists the places that values come from, the strongest first.
func sources(environment map[string]string, dir string, overrides map[string]string, problems *Problems) []source {
	list := []source{{sourceFlag, overrides}, {sourceEnvironment, environment}}
	if dir == "" {
		return list
	}
	for _, name := range []string{".env", "backend/.env"} {
		values, err := readEnvFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			problems.add(name + ": " + err.Error())
			continue
		}
		list = append(list, source{name, values})
	}
	return list
}

// readEnvFile returns the values of a .env file, none when there is no file.
func readEnvFile(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	byteOrderMark := []byte("\xef\xbb\xbf")
	values, err := godotenv.UnmarshalBytes(bytes.TrimPrefix(content, byteOrderMark))
	if err != nil {
		// The parser's own message quotes the file, and with it secrets.
		return nil, errors.New("the file cannot be parsed; accepted: lines NAME=value, with the value in quotes if it has " +
			"spaces, # or line breaks")
	}
	return values, nil
}

// gather takes for each variable the first value that is not empty. A stronger
// source wins over a weaker one, and within a source the plain name over aliases.
func gather(variables []Variable, from []source) rawValues {
	raw := rawValues{values: map[string]string{}, origins: map[string]origin{}}
	for _, variable := range variables {
		value, found := lookUp(variable, from)
		if value == "" {
			continue
		}
		raw.values[variable.Name] = value
		raw.origins[variable.Name] = found
	}
	return raw
}

// checkOverrides reports flags that stand for no variable.
func checkOverrides(overrides map[string]string, variables []Variable, problems *Problems) {
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		if !slices.ContainsFunc(variables, func(v Variable) bool {
			return v.Name == name ||
				slices.Contains(v.Aliases, name)
		}) {
			problems.add(name + ": set by a flag, but there is no such variable")
		}
	}
}

func lookUp(variable Variable, from []source) (string, origin) {
	for _, place := range from {
		if value := strings.TrimSpace(place.values[variable.Name]); value != "" {
			return value, origin{source: place.name}
		}
		for _, alias := range variable.Aliases {
			if value := strings.TrimSpace(place.values[alias]); value != "" {
				return value, origin{source: place.name, alias: alias}
			}
		}
	}
	return "", origin{}
}
