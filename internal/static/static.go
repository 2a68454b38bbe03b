// Package static owns the files that browsers load beside the API: their names, which change with their content,
// serving the copies inside the binary, and collecting them into a folder or bucket. It knows no page that uses them.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	swagger "github.com/swaggest/swgui/v5/static"
)

//go:embed files
var ownFiles embed.FS

// Prefix is the path under which files are served.
const Prefix = "/static/"

// A hashed name stands for one content for ever; a plain one may change with the next version.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheShortly = "public, max-age=60"
)

// swaggerFiles are what the API page needs of Swagger UI, which brings them compressed.
var swaggerFiles = []string{"swagger-ui.css.gz", "swagger-ui-bundle.js.gz"}

// file is an embedded file. Either form may be missing until it is asked for.
type file struct {
	name       string // docs/init.js
	hashedName string // docs/init.3f2a…js
	plain      []byte
	gzipped    []byte // as embedded, nil for none
}

// Files are the embedded files. Hashing them waits for the first use, so that it does not slow the start.
type Files struct {
	load func() (*set, error)
}

type set struct {
	byName   map[string]*file
	byHashed map[string]*file
}

// New describes the embedded files.
func New() *Files { return &Files{load: sync.OnceValues(loadFiles)} }

func loadFiles() (*set, error) {
	s := &set{byName: map[string]*file{}, byHashed: map[string]*file{}}
	own, err := fs.Sub(ownFiles, "files")
	if err != nil {
		return nil, fmt.Errorf("opening the embedded files: %w", err)
	}
	err = fs.WalkDir(own, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(own, name)
		s.add(&file{name: name, plain: content}, content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the embedded files: %w", err)
	}
	for _, name := range swaggerFiles {
		content, err := swagger.FS.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the files of the API page: %w", err)
		}
		s.add(&file{name: "docs/" + strings.TrimSuffix(name, ".gz"), gzipped: content}, content)
	}
	return s, nil
}

func (s *set) add(f *file, content []byte) {
	sum := sha256.Sum256(content)
	extension := path.Ext(f.name)
	f.hashedName = strings.TrimSuffix(f.name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	s.byName[f.name], s.byHashed[f.hashedName] = f, f
}

// Path returns the path of a file by its plain name, for pages to link to.
func (f *Files) Path(name string) (string, error) {
	s, err := f.load()
	if err != nil {
		return "", err
	}
	found := s.byName[name]
	if found == nil {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return Prefix + found.hashedName, nil
}

// content is the plain form. Few clients ask for that of a compressed file, so it is not kept.
func (f *file) content() ([]byte, error) {
	if f.plain != nil {
		return f.plain, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(f.gzipped))
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", f.name, err)
	}
	return io.ReadAll(reader)
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
