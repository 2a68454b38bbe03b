package problem

// Input is what somebody asks for, as a face has read it, with what is wrong with it so far. The value comes out
// through Check alone, together with the problems: so no use case can forget them, and each chooses what it looks at
// first (whose note is it, before what is wrong with the text).
type Input[T any] struct {
	value    T
	problems Fields
}

// Clean is an input with which nothing is wrong so far.
func Clean[T any](value T) Input[T] { return Input[T]{value: value} }

// Found is an input with what a face found wrong with it.
func Found[T any](value T, problems Fields) Input[T] { return Input[T]{value, problems} }

// Check returns the value, unless something is wrong with it. rules add to the problems found so far; they are not
// called for an input that could not be read, and an error of theirs is returned as it is.
func (in Input[T]) Check(rules ...func(value *T, problems *Fields) error) (T, error) {
	var none T
	if in.problems.unreadable != nil {
		return none, in.problems.unreadable
	}
	for _, rule := range rules {
		if err := rule(&in.value, &in.problems); err != nil {
			return none, err
		}
	}
	if err := in.problems.Err(); err != nil {
		return none, err
	}
	return in.value, nil
}
