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
	if !old.names(next) {
		if report, err = s.upload(ctx, store, old, next, o); err != nil {
			return report, err
		}
	}
	if o.Clear && len(old.Objects) > 0 { // without an earlier manifest, what lies there may be in use by another system
		report.Removed, err = clear(ctx, store, next, o.DryRun)
	}
	return report, err
}

func (s *set) manifest(old manifest) manifest {
	next := manifest{Paths: map[string]string{}}
	for name, file := range s.byName {
		next.Paths[name] = file.hashedName
		for _, form := range file.forms() {
			next.Objects = append(next.Objects, upload{file, form}.key())
		}
	}
	slices.Sort(next.Objects)
	next.Previous = old.Objects
	if old.names(next) {
		next.Previous = old.Previous
	}
	return next
}

// names reports whether both name the same files. Their compressed forms may differ where their names do not.
func (m manifest) names(other manifest) bool {
	return maps.Equal(m.Paths, other.Paths) && slices.Equal(m.Objects, other.Objects)
}

func compressible(name string) bool {
	switch contentType(name) {
	case "image/png", "image/jpeg", "image/webp":
		return false
	}
	return true
}

func (s *set) upload(ctx context.Context, store blob.Store, old, next manifest, o CollectOptions) (Report, error) {
	missing := s.missing(old)
	report := Report{Uploaded: len(missing), Unchanged: len(next.Objects) - len(missing)}
	if o.DryRun {
		return report, nil
	}
	for i, u := range missing {
		if o.Progress != nil {
			o.Progress(i+1, len(missing), u.key())
		}
		if err := u.put(ctx, store); err != nil {
			return report, err
		}
	}
	return report, writeManifest(ctx, store, next)
}

// missing lists what has to be uploaded, in the order of the keys.
func (s *set) missing(old manifest) (missing []upload) {
	there := map[string]bool{}
	for _, key := range slices.Concat(old.Objects, old.Previous) {
		there[key] = true
	}
	for _, hashedName := range slices.Sorted(maps.Keys(s.byHashed)) {
		file := s.byHashed[hashedName]
		for _, form := range file.forms() {
			if u := (upload{file, form}); !there[u.key()] {
				missing = append(missing, u)
			}
		}
	}
	return missing
}

// upload is one form of a file.
type upload struct {
	*file
	form
}

func (u upload) key() string { return u.hashedName + u.suffix }

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

func (u upload) put(ctx context.Context, store blob.Store) error {
	plain, err := u.content()
	if err != nil {
		return err
	}
	data, err := u.pack(plain)
	if err != nil {
		return fmt.Errorf("compressing %s: %w", u.name, err)
	}
	return store.Put(ctx, u.key(), bytes.NewReader(data), int64(len(data)), blob.Meta{
		ContentType: contentType(u.name), ContentEncoding: u.encoding, CacheControl: cacheForever})
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
	for _, key := range slices.Concat(m.Objects, m.Previous) {
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
