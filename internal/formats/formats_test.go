package formats_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/formats"
)

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text              string
		limit             int
		characters, bytes string
	}{
		{"", 0, "", ""}, {"", 3, "", ""}, {"abc", 0, "", ""}, {"abc", 2, "ab", "ab"}, {"abc", 3, "abc", "abc"},
		{"äöü", 2, "äö", "ä"}, {"äöü", 3, "äöü", "ä"}, {"äöü", 6, "äöü", "äöü"}, {"a😀b", 2, "a😀", "a"},
		{"a😀b", 4, "a😀b", "a"}, {"a😀b", 5, "a😀b", "a😀"}, {"😀", 3, "😀", ""},
	} {
		if got := formats.Truncate(test.text, test.limit); got != test.characters {
			t.Errorf("%d characters of %q are %q", test.limit, test.text, got)
		}
		if got := formats.TruncateBytes(test.text, test.limit); got != test.bytes {
			t.Errorf("%d bytes of %q are %q", test.limit, test.text, got)
		}
	}
}
