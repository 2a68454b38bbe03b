// Package commonpassword knows the passwords that people choose most often, which is what guessing begins with. It owns
// that list; the rule about passwords, and what people are told, belong to its caller.
//
// passwords.txt is the part of eight characters and more (the shorter ones are refused for their length) of the list of
// @zxcvbn-ts/language-common 4.1.3, MIT licence (LICENSE.txt), in small letters and in order. scripts/common-passwords
// makes it anew.
package commonpassword

import (
	_ "embed"
	"sort"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

//go:embed passwords.txt
var passwords string

// Is reports whether a password is among the common ones, in any letter case.
func Is(plain string) bool {
	wanted := database.Fold(plain)
	// The first place from which on no line comes before the wanted one. Lines are found from any byte of theirs, so that
	// the list is searched as it lies in the program, and takes no memory.
	at := sort.Search(len(passwords), func(i int) bool { return lineAt(i) >= wanted })
	return at < len(passwords) && lineAt(at) == wanted
}

// lineAt is the line that holds a byte, which may be the one that ends it.
func lineAt(i int) string {
	begin := strings.LastIndexByte(passwords[:i], '\n') + 1
	end := strings.IndexByte(passwords[begin:], '\n')
	return passwords[begin : begin+end]
}
