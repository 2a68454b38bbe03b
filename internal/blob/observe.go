package blob

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Observe returns a store that reports each operation and its result. Absence is not an error; for Open, the reading
// that follows is not counted.
func Observe(store Store, tell func(operation string, took time.Duration, err error)) Store {
	return observed{store, tell}
}

type observed struct {
	store Store
	tell  func(operation string, took time.Duration, err error)
}

func (o observed) end(operation string, start time.Time, err error) {
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	o.tell(operation, time.Since(start), err)
}

// Put stores.
func (o observed) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, m Meta) error {
	start := time.Now()
	err := o.store.Put(ctx, key, r, size, m)
	o.end("put", start, err)
	return err
}

// Open opens.
func (o observed) Open(ctx context.Context, key string) (Reader, error) {
	start := time.Now()
	reader, err := o.store.Open(ctx, key)
	o.end("open", start, err)
	return reader, err
}

// Stat describes.
func (o observed) Stat(ctx context.Context, key string) (Object, error) {
	start := time.Now()
	object, err := o.store.Stat(ctx, key)
	o.end("stat", start, err)
	return object, err
}

// Delete deletes.
func (o observed) Delete(ctx context.Context, keys ...string) error {
	start := time.Now()
	err := o.store.Delete(ctx, keys...)
	o.end("delete", start, err)
	return err
}

// List lists; its time includes that of the caller's loop.
func (o observed) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		start := time.Now()
		var failure error
		for object, err := range o.store.List(ctx, prefix) {
			failure = err
			if !yield(object, err) {
				break
			}
		}
		o.end("list", start, failure)
	}
}

// Tidy tidies.
func (o observed) Tidy(ctx context.Context) error {
	start := time.Now()
	err := o.store.Tidy(ctx)
	o.end("tidy", start, err)
	return err
}
