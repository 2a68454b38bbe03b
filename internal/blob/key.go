package blob

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxKeyBytes     = 1024 // S3's limit
	maxSegmentBytes = 255  // the limit of file systems for a name
)

// unfinished is the folder of a local store for files being written, so no key may begin with it.
const unfinished = ".unfinished"

// CleanKey returns the key unchanged if every store can hold it, and otherwise an error that wraps ErrInvalidKey: keys
// are relative paths with slashes, of at most 1,024 bytes of UTF-8 and 255 between two slashes, without empty segments,
// "." and "..", backslashes and control characters. Nothing is repaired, since comparing keys would miss two spellings
// of one object.
func CleanKey(key string) (string, error) {
	if problem := keyProblem(key); problem != "" {
		return "", fmt.Errorf("%w: %s: %.80q", ErrInvalidKey, problem, key)
	}
	return key, nil
}

func keyProblem(key string) string {
	switch {
	case key == "":
		return "it is empty"
	case len(key) > maxKeyBytes:
		return "it is too long"
	case !utf8.ValidString(key):
		return "it is not valid UTF-8"
	case strings.ContainsFunc(key, isForbidden):
		return "it contains a forbidden character"
	}
	first := true
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return "it has an empty segment"
		case segment == "." || segment == "..":
			return "it has a relative segment"
		case len(segment) > maxSegmentBytes:
			return "it has a segment that is too long"
		case first && segment == unfinished:
			return "its first segment is reserved"
		}
		first = false
	}
	return ""
}

// isForbidden: S3 lists keys in XML, which can't contain the last two.
func isForbidden(r rune) bool {
	return r == '\\' || unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF'
}

func checkKeys(keys ...string) error {
	for _, key := range keys {
		if _, err := CleanKey(key); err != nil {
			return err
		}
	}
	return nil
}
