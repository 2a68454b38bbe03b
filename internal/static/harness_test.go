package static_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/static"
)

const manifestKey = "staticfiles.json"

func collect(t *testing.T, store blob.Store, o static.CollectOptions) static.Report {
	t.Helper()
	report, err := static.New().Collect(t.Context(), store, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

type manifest struct {
	Paths    map[string]string `json:"paths"`
	Objects  []string          `json:"objects"`
	Previous []string          `json:"previous"`
}

func readManifest(t *testing.T, store blob.Store) (m manifest) {
	t.Helper()
	if err := json.Unmarshal([]byte(content(t, store, manifestKey)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func writeManifest(t *testing.T, store blob.Store, m manifest) {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	put(t, store, manifestKey, string(data))
}

// older is a manifest of a version that had another script, and a further file before.
func older(current manifest) manifest {
	const was = "docs/init.0123456789ab.js"
	script := current.Paths[script]
	m := manifest{Paths: maps.Clone(current.Paths), Previous: []string{"docs/gone.0123456789ab.js"}}
	m.Paths["docs/init.js"] = was
	for _, key := range current.Objects {
		m.Objects = append(m.Objects, strings.Replace(key, script, was, 1))
	}
	return m
}

func put(t *testing.T, store blob.Store, key, text string) {
	t.Helper()
	if err := store.Put(t.Context(), key, strings.NewReader(text), int64(len(text)), blob.Meta{}); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, store blob.Store, key string) string {
	t.Helper()
	reader, err := store.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func keys(t *testing.T, store blob.Store) (found []string) {
	t.Helper()
	for object, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, object.Key)
	}
	slices.Sort(found)
	return found
}

// collected is what a first collection stores, made once: compressing takes long under the race detector.
var collected = sync.OnceValues(func() (map[string]string, error) {
	folder, err := os.MkdirTemp("", "static")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	store, err := blob.OpenLocal(folder)
	if err != nil {
		return nil, err
	}
	if _, err := static.New().Collect(context.Background(), store, static.CollectOptions{}); err != nil {
		return nil, err
	}
	objects := map[string]string{}
	for object, err := range store.List(context.Background(), "") {
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(object.Key)))
		if err != nil {
			return nil, err
		}
		objects[object.Key] = string(data)
	}
	return objects, nil
})

// fill makes a store as a first collection leaves it.
func fill(t *testing.T, store blob.Store) manifest {
	t.Helper()
	objects, err := collected()
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range objects {
		put(t, store, key, text)
	}
	return readManifest(t, store)
}
