package blob_test

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/blob"
)

func TestCleanKey(t *testing.T) {
	t.Parallel()
	for key, valid := range map[string]bool{
		"a":                             true,
		"static/app.3f2a.js":            true,
		"ä/日本語 1.png":                   true,
		"...":                           true,
		".hidden/..file":                true,
		"a/.unfinished":                 true,
		strings.Repeat("abcdefg/", 127): false,
		strings.Repeat("abcdefg/", 127) + "abcdefgh":  true,
		strings.Repeat("abcdefg/", 127) + "abcdefghi": false,
		"a/" + strings.Repeat("x", 255):               true,
		"a/" + strings.Repeat("x", 256):               false,
		"":                                            false,
		"/":                                           false,
		"/a":                                          false,
		"a/":                                          false,
		"a//b":                                        false,
		".":                                           false,
		"..":                                          false,
		"a/./b":                                       false,
		"a/../b":                                      false,
		"a/..":                                        false,
		`a\b`:                                         false,
		"a\x00b":                                      false,
		"a\nb":                                        false,
		"a\x7f":                                       false,
		"a\u0085":                                     false,
		"a\uFFFF":                                     false,
		"a\xff":                                       false,
		".unfinished":                                 false,
		".unfinished/x":                               false,
	} {
		switch got, err := blob.CleanKey(key); {
		case valid && (err != nil || got != key):
			t.Errorf("%.40q: %q, %v", key, got, err)
		case !valid && (!errors.Is(err, blob.ErrInvalidKey) || got != ""):
			t.Errorf("%.40q: %q, %v, want %v", key, got, err, blob.ErrInvalidKey)
		}
	}
}

func FuzzCleanKey(f *testing.F) {
	for _, seed := range []string{"a/b", "../x", "a//b", "/a", "a\x00", `a\..\b`, "a/./b", "ä/\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		got, err := blob.CleanKey(key)
		if err != nil {
			return
		}
		if got != key || path.Clean(key) != key || !filepath.IsLocal(filepath.FromSlash(key)) || key == "." ||
			len(key) > 1024 || !utf8.ValidString(key) || strings.ContainsAny(key, "\\\x00\r\n") {
			t.Fatalf("%q is accepted as %q", key, got)
		}
	})
}
