// Package described compares what a server is asked and answers with its own OpenAPI document. The document is of
// version 3.1, whose schemas are JSON Schema as it stands.
package described

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is an OpenAPI document whose schemas are compiled when they are first needed. It may be used by many at
// once.
type Document struct {
	paths []pathItem

	mutex    sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by their place in the document
}

type pathItem struct {
	template   string
	pattern    *regexp.Regexp
	operations map[string]operation // by method, in lower case
}

type operation struct {
	Parameters  []parameter     `json:"parameters"`
	RequestBody requestBody     `json:"requestBody"`
	Responses   map[string]body `json:"responses"`
}

type body struct {
	Content map[string]any `json:"content"`
}

const jsonType = "application/json"

// Read reads a document; anyCode has every text pass for one of an enumeration.
func Read(text []byte, anyCode bool) (*Document, error) {
	var document struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	if anyCode {
		dropEnumerations(root)
	}
	d := &Document{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(resource, root); err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	for _, template := range slices.Sorted(maps.Keys(document.Paths)) {
		pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), "[^/]+")
		d.paths = append(d.paths, pathItem{
			template: template, pattern: regexp.MustCompile("^" + pattern + "$"), operations: document.Paths[template],
		})
	}
	// A path without parameters comes before one that has them: "deleted" is no id.
	slices.SortStableFunc(d.paths, func(a, b pathItem) int {
		return strings.Count(a.template, "{") - strings.Count(b.template, "{")
	})
	return d, nil
}

func dropEnumerations(part any) {
	switch part := part.(type) {
	case map[string]any:
		delete(part, "enum")
		for _, child := range part {
			dropEnumerations(child)
		}
	case []any:
		for _, child := range part {
			dropEnumerations(child)
		}
	}
}

const resource = "openapi.json"

// Exchange is a request and its answer, whose body is nil where it is no JSON.
type Exchange struct {
	Method, Path string // the path without its query
	Status       int
	Answer       []byte
}

// Check returns what of an answer the document does not describe. What it has no path for is no matter of its.
func (d *Document) Check(e Exchange) error {
	item, op, ok := d.find(e.Method, e.Path)
	if !ok {
		return nil
	}
	at := pointer("paths", item.template, strings.ToLower(e.Method))
	key := strconv.Itoa(e.Status)
	answer, known := op.Responses[key]
	if !known && e.Status < http.StatusBadRequest {
		return fmt.Errorf("%s %s: the status %d is not described", e.Method, item.template, e.Status)
	}
	if !known {
		key = "default"
		answer = op.Responses[key]
	}
	if _, described := answer.Content[jsonType]; described != (len(e.Answer) > 0) && e.Status < http.StatusBadRequest {
		return fmt.Errorf("%s %s: an answer with the status %d has a body or none, against its description",
			e.Method, item.template, e.Status)
	}
	if err := d.compare(at+pointer("responses", key, "content", jsonType, "schema"), e.Answer); err != nil {
		return fmt.Errorf("%s %s answers %d: %w", e.Method, item.template, e.Status, err)
	}
	return nil
}

func (d *Document) find(method, path string) (pathItem, operation, bool) {
	for _, item := range d.paths {
		if op, ok := item.operations[strings.ToLower(method)]; ok && item.pattern.MatchString(path) {
			return item, op, true
		}
	}
	return pathItem{}, operation{}, false
}

func (d *Document) compare(at string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	schema, err := d.schema(at)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (d *Document) schema(at string) (*jsonschema.Schema, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if schema := d.schemas[at]; schema != nil {
		return schema, nil
	}
	schema, err := d.compiler.Compile(resource + "#" + at)
	if err != nil {
		return nil, fmt.Errorf("reading the schema at %s: %w", at, err)
	}
	d.schemas[at] = schema
	return schema, nil
}

// pointer is a JSON pointer.
func pointer(keys ...string) (p string) {
	for _, key := range keys {
		p += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
	}
	return p
}
