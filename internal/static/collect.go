package static

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/trance-0/notechondria/internal/blob"
)

// manifestKey is the object that names what is live. It is written last, so that it never names what is not there.
const manifestKey = "staticfiles.json"

// keepAtLeast protects files that no manifest names from clearing: another version may be collecting right now.
const keepAtLeast = 24 * time.Hour

// manifest names the files of the last two collections: the version that still runs needs those of its own.
type manifest struct {
	Paths    map[string]string `json:"paths"`   // plain name to hashed name
	Objects  []string          `json:"objects"` // everything that was uploaded, compressed forms included
	Previous []string          `json:"previous"`
}

// CollectOptions say what Collect does.
type CollectOptions struct {
	Clear    bool                              // afterwards, remove what the last two manifests do not name
	DryRun   bool                              // change nothing
	Progress func(done, total int, key string) // called for each upload; nil for none
}

// Report is what Collect did, or would do.
type Report struct {
	Uploaded, Unchanged, Removed int
}

// Collect puts the files into a store: under their hashed names, with compressed forms beside them. Only what changed
// is uploaded; when nothing did, one request tells. What is removed goes after the new manifest is live.
func (f *Files) Collect(ctx context.Context, store blob.Store, o CollectOptions) (Report, error) {
	s, err := f.load()
	if err != nil {
		return Report{}, err
	}
	old, err := readManifest(ctx, store)
	if err != nil {
		return Report{}, err
	}
	next := s.manifest(old)
	report := Report{Unchanged: len(next.Objects)}
	if !maps.Equal(old.Paths, next.Paths) {
		if report, err = s.upload(ctx, store, old, next, o); err != nil {
			return report, err
		}
	}
	if o.Clear {
		report.Removed, err = clear(ctx, store, next, o.DryRun)
	}
	return report, err
}

func (s *set) manifest(old manifest) manifest {
	next := manifest{Paths: map[string]string{}}
	for name, file := range s.byName {
		next.Paths[name] = file.hashedName
		next.Objects = append(next.Objects, file.hashedName)
		if compressible(name) {
			next.Objects = append(next.Objects, file.hashedName+".gz", file.hashedName+".br")
		}
	}
	slices.Sort(next.Objects)
	next.Previous = old.Objects
	if maps.Equal(old.Paths, next.Paths) {
		next.Previous = old.Previous
	}
	return next
}

func compressible(name string) bool {
	switch contentType(name) {
	case "image/png", "image/jpeg", "image/webp":
		return false
	}
	return true
}

func (s *set) upload(ctx context.Context, store blob.Store, old, next manifest, o CollectOptions) (Report, error) {
	there := map[string]bool{}
	for _, key := range append(old.Objects, old.Previous...) {
		there[key] = true
	}
	var report Report
	for _, hashedName := range slices.Sorted(maps.Keys(s.byHashed)) {
		file := s.byHashed[hashedName]
		if there[hashedName] {
			report.Unchanged += len(file.forms())
			continue
		}
		for _, form := range file.forms() {
			report.Uploaded++
			if o.Progress != nil {
				o.Progress(report.Uploaded, len(next.Objects), hashedName+form.suffix)
			}
			if o.DryRun {
				continue
			}
			if err := file.put(ctx, store, form); err != nil {
				return report, err
			}
		}
	}
	if o.DryRun {
		return report, nil
	}
	return report, writeManifest(ctx, store, next)
}

// form is one of the forms in which a file is stored.
type form struct {
	suffix   string // of the key
	encoding string // Content-Encoding
	pack     func(plain []byte) ([]byte, error)
}

func (f *file) forms() []form {
	forms := []form{{pack: func(plain []byte) ([]byte, error) { return plain, nil }}}
	if compressible(f.name) {
		forms = append(forms, form{".gz", "gzip", packGzip}, form{".br", "br", packBrotli})
	}
	return forms
}

func (f *file) put(ctx context.Context, store blob.Store, form form) error {
	plain, err := f.content()
	if err != nil {
		return err
	}
	data, err := form.pack(plain)
	if err != nil {
		return fmt.Errorf("compressing %s: %w", f.name, err)
	}
	return store.Put(ctx, f.hashedName+form.suffix, bytes.NewReader(data), int64(len(data)), blob.Meta{
		ContentType: contentType(f.name), ContentEncoding: form.encoding, CacheControl: cacheForever})
}

func packGzip(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = writer.Write(plain)
	return finish(&packed, err, writer)
}

// finish closes the compressor before its output is taken: closing writes the end.
func finish(packed *bytes.Buffer, err error, writer io.Closer) ([]byte, error) {
	err = errors.Join(err, writer.Close())
	return packed.Bytes(), err
}

// brotliLevel is a compromise: the best one takes seconds for a megabyte, and a deploy waits for it on a slow machine.
const brotliLevel = 6

func packBrotli(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer := brotli.NewWriterLevel(&packed, brotliLevel)
	_, err := writer.Write(plain)
	return finish(&packed, err, writer)
}

const maxManifest = 1 << 20

func readManifest(ctx context.Context, store blob.Store) (manifest, error) {
	var m manifest
	reader, err := store.Open(ctx, manifestKey)
	if errors.Is(err, blob.ErrNotFound) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("opening the manifest of static files: %w", err)
	}
	defer reader.Close()
	data, err := io.ReadAll(io.LimitReader(reader, maxManifest))
	if err != nil {
		return m, fmt.Errorf("reading the manifest of static files: %w", err)
	}
	if json.Unmarshal(data, &m) != nil {
		return manifest{}, nil // not ours, or damaged: everything is uploaded anew
	}
	return m, nil
}

func writeManifest(ctx context.Context, store blob.Store, m manifest) error {
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("writing the manifest of static files: %w", err)
	}
	return store.Put(ctx, manifestKey, bytes.NewReader(data), int64(len(data)), blob.Meta{
		ContentType: "application/json", CacheControl: "no-cache"})
}

// clear removes what the last two manifests do not name and what is older than a day.
func clear(ctx context.Context, store blob.Store, m manifest, dryRun bool) (removed int, err error) {
	keep := map[string]bool{manifestKey: true}
	for _, key := range append(m.Objects, m.Previous...) {
		keep[key] = true
	}
	var stale []string
	for object, err := range store.List(ctx, "") {
		if err != nil {
			return 0, fmt.Errorf("listing static files: %w", err)
		}
		if !keep[object.Key] && time.Since(object.ModTime) > keepAtLeast {
			stale = append(stale, object.Key)
		}
	}
	if dryRun || len(stale) == 0 {
		return len(stale), nil
	}
	return len(stale), store.Delete(ctx, stale...)
}
