// Package architecture holds no code, only the tests of how the program is built: which package may import which, which
// files may know a face, and that the files of a feature use each other in one direction. The order is described in
// docs/decisions.md.
package architecture
