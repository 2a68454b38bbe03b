// Package pattern keeps regular expressions that are compiled when they are used first: a start needs hardly any of
// them, and compiling all took a seventh of it.
package pattern

import (
	"regexp"
	"sync"
)

// New returns what compiles a pattern of this program, once.
func New(source string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })
}
