// Package patch is a change to a part of something: each field says whether it is to be set, and to what.
package patch

// Field is one field of a change. The zero value leaves the field as it is.
type Field[T any] struct {
	Value T
	Set   bool
}

// To sets a field.
func To[T any](value T) Field[T] { return Field[T]{Value: value, Set: true} }

// Or is what the field becomes that has a value so far.
func (f Field[T]) Or(present T) T {
	if f.Set {
		return f.Value
	}
	return present
}

// Same reports whether two values that may be absent are the same.
func Same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
