package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Variable describes one variable that the server reads.
type Variable struct {
	Name    string
	Aliases []string // other accepted names, weaker than Name
	Default string   // as it would be written, or in words when it depends on other settings; "" for empty
	Group   string
	Doc     string // the effect, in one sentence
	Secret  bool   // never shown
	// Text, list, networks, path, folder, url, origin, host, integer, bytes, boolean, duration, days, level, choice.
	Type string

	choices  []string
	min, max *int64
	field    string // of Config
	derived  bool   // Default is in words
}

// Variables returns the table of all variables in the order of the reference.
func Variables() []Variable {
	structure := reflect.TypeFor[Config]()
	documented := descriptionsByName()
	var list []Variable
	for i := range structure.NumField() {
		if field := structure.Field(i); field.Tag.Get("env") != "" {
			list = append(list, describe(field, documented))
		}
	}
	return list
}

// grouped is a description with the title of its group.
type grouped struct {
	description
	group string
}

func descriptionsByName() map[string]grouped {
	found := map[string]grouped{}
	for _, g := range descriptions() {
		for _, d := range g.variables {
			found[d.name] = grouped{d, g.title}
		}
	}
	return found
}

func describe(field reflect.StructField, documented map[string]grouped) Variable {
	name := field.Tag.Get("env")
	v := Variable{
		Name:    name,
		Aliases: strings.Fields(field.Tag.Get("alias")),
		Default: field.Tag.Get("envDefault"),
		Group:   documented[name].group,
		Doc:     documented[name].doc,
		Secret:  field.Tag.Get("secret") == "true",
		Type:    field.Tag.Get("type"),
		choices: strings.Fields(field.Tag.Get("choices")),
		min:     bound(field.Tag.Get("min")),
		max:     bound(field.Tag.Get("max")),
		field:   field.Name,
	}
	if words := documented[name].fallback; words != "" {
		v.Default = words
		v.derived = true
	}
	if v.Type == "" {
		v.Type = typeName(field.Type, v.choices)
	}
	return v
}

func bound(text string) *int64 {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return &number
}

func typeName(fieldType reflect.Type, choices []string) string {
	switch fieldType {
	case reflect.TypeFor[bool]():
		return "boolean"
	case reflect.TypeFor[int]():
		return "integer"
	case reflect.TypeFor[int64]():
		return "bytes"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.TypeFor[[]string]():
		return "list"
	case reflect.TypeFor[[]netip.Prefix]():
		return "networks"
	case reflect.TypeFor[slog.Level]():
		return "level"
	}
	if len(choices) > 0 {
		return "choice"
	}
	return "text"
}

// span says in words which numbers are allowed, "" for any.
func (v Variable) span() string {
	switch {
	case v.min != nil && v.max != nil:
		return fmt.Sprintf("%d to %d", *v.min, *v.max)
	case v.min != nil:
		return fmt.Sprintf("at least %d", *v.min)
	}
	return ""
}

// IgnoredVariable is a variable that deployments of the former server set and
// that has no effect here.
type IgnoredVariable struct {
	Name string
	Why  string
}

// Ignored lists the variables that are accepted without any effect.
func Ignored() []IgnoredVariable {
	const (
		composeOnly = "read by compose files, not by the server"
		frontend    = "a setting of the front ends' build"
		webhooks    = "the server signs users in with the GitHub app's client id and secret only"
	)
	return []IgnoredVariable{
		{"OPENAI_API_KEY", "the server does not call OpenAI"},
		{"GITHUB_APP_ID", webhooks},
		{"GITHUB_APP_PRIVATE_KEY_PATH", webhooks},
		{"GITHUB_APP_WEBHOOK_SECRET", webhooks},
		{"DJANGO_ALLOWED_HOSTS_COMPOSE", composeOnly + ", which pass the value on as DJANGO_ALLOWED_HOSTS"},
		{"BACKEND_HOST_PORT", composeOnly},
		{"FRONTEND_HOST_PORT", composeOnly},
		{"DB_HOST_PORT", composeOnly},
		{"NOTECHONDRIA_SHARED_NETWORK", composeOnly},
		{"DB_AUTO_REINIT_IF_MISMATCH", "the server never recreates a database"},
		{"FRONTEND_API_BASE_URL", frontend},
		{"FRONTEND_BACKEND_ORIGIN", frontend},
		{"DJANGO_LOG_FILE_NAME", "logs go to the standard streams, never to a file"},
		{"PYTHONUNBUFFERED", "a setting of the Python interpreter"},
	}
}
