// Package password turns passwords into strings that are safe to store and checks passwords against them. It owns the
// formats and what they cost; it knows no users, no rule about which passwords are good and no database, and it takes
// the text as it is given (trimming is the caller's).
//
// New hashes are argon2id in the PHC string format. Hashes of the system this one replaces, by all of Django's
// algorithms that are still safe, are checked too, so that adopted users keep their passwords; Verify says which ones
// should be replaced.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/problem"
)

// Hasher computes and checks password hashes, a bounded number at a time. It is safe for concurrent use.
type Hasher struct {
	cost      Cost          // of new hashes
	slots     chan struct{} // one entry per computation that runs
	strangers chan struct{} // one entry per computation of HashForStranger that runs, or is the next to run
	queue     chan struct{} // one entry per computation of HashForStranger that waits or runs
}

// Nobody waits long for a computation, since there is an end to what a server can compute; and of strangers only a few
// wait at all: any number of them can come at once.
const (
	longestWait    = 10 * time.Second
	strangersQueue = 20
	retryAfter     = 5 * time.Second
)

// ErrBusy is returned where too many passwords are computed already.
var ErrBusy error = &problem.Error{
	Kind: problem.Unavailable, Cause: "The server is too busy with passwords, please try again.", RetryAfter: retryAfter,
}

// New makes a Hasher that runs at most slots computations at once (at least one); further ones wait. Each takes the
// memory of its cost while it runs, which is what counts on a small machine. The zero cost stands for the usual one.
func New(slots int, cost Cost) *Hasher {
	if cost == (Cost{}) {
		cost = DefaultCost()
	}
	return &Hasher{
		cost: cost, slots: make(chan struct{}, max(slots, 1)), strangers: make(chan struct{}, max(slots/2, 1)),
		queue: make(chan struct{}, strangersQueue),
	}
}

// HashForStranger is Hash for somebody who has not shown anything yet. They leave slots to the others where there are
// several; and when many strangers wait already, it fails with ErrBusy at once.
func (h *Hasher) HashForStranger(ctx context.Context, plain string) (encoded string, err error) {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return "", ErrBusy
	}
	err = inTurn(ctx, h.strangers, func() error {
		encoded, err = h.Hash(ctx, plain)
		return err
	})
	return encoded, err
}

// CheckRoom returns ErrBusy while HashForStranger would: before other work is done in vain.
func (h *Hasher) CheckRoom() error {
	if len(h.queue) == cap(h.queue) {
		return ErrBusy
	}
	return nil
}

// Hash returns the text to store for a password. It fails only when ctx ends before a slot is free, or with ErrBusy.
func (h *Hasher) Hash(ctx context.Context, plain string) (string, error) {
	hash := argon2id{cost: h.cost, salt: make([]byte, saltBytes)}
	rand.Read(hash.salt)
	err := h.run(ctx, func() (err error) {
		hash.key, err = hash.derive(plain, modeArgon2id, keyBytes)
		return err
	})
	if err != nil {
		return "", err
	}
	return hash.String(), nil
}

// Usable reports whether some password may match a stored hash: an empty one, and one of the former system that starts
// with '!', stand for "has no password".
func Usable(encoded string) bool { return encoded != "" && encoded[0] != '!' }

// Known reports whether a stored hash can be checked.
func Known(encoded string) bool {
	_, err := parse(encoded)
	return err == nil
}

// Verify reports whether plain is the password that was stored as encoded. outdated is true only together with ok: the
// stored hash then is of another kind or cost than those that Hash makes, and should be replaced by a new one.
//
// Nothing matches a hash that is not Usable, which is no error. That takes the time of a check, so that the answer's
// time doesn't tell who has no password.
//
// It fails when ctx ends before a slot is free, with ErrBusy, and for a stored hash that can't be checked: the error
// then names the algorithm at most, never a part of the hash.
func (h *Hasher) Verify(ctx context.Context, encoded, plain string) (ok, outdated bool, err error) {
	if !Usable(encoded) {
		return false, false, h.Dummy(ctx, plain)
	}
	stored, err := parse(encoded)
	if err != nil {
		return false, false, err
	}
	err = h.run(ctx, func() error {
		ok, err = stored.matches(plain)
		return err
	})
	if err != nil {
		return false, false, err
	}
	return ok, ok && !stored.upToDate(h.cost), nil
}

// Dummy takes as long as a Verify does: sign-in calls it for unknown users, so that the answer's time doesn't tell who
// has an account. It fails only when ctx ends before a slot is free, or with ErrBusy.
func (h *Hasher) Dummy(ctx context.Context, plain string) error {
	hash := argon2id{cost: h.cost, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	return h.run(ctx, func() error {
		_, err := hash.matches(plain)
		return err
	})
}

// run calls compute in a free slot.
func (h *Hasher) run(ctx context.Context, compute func() error) error {
	return inTurn(ctx, h.slots, compute)
}

// inTurn calls compute when there is room for an entry. A computation that has begun is not interrupted.
func inTurn(ctx context.Context, slots chan struct{}, compute func() error) error {
	if err := ctx.Err(); err != nil { // select picks at random when both are ready
		return fmt.Errorf("waiting to hash a password: %w", err)
	}
	patience := time.NewTimer(longestWait)
	defer patience.Stop()
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		return compute()
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}

// storedHash is a stored hash, taken apart.
type storedHash interface {
	matches(plain string) (bool, error)
	upToDate(wanted Cost) bool
}

// parse recognises the format of a stored hash and refuses parameters that would exhaust the machine.
func parse(encoded string) (storedHash, error) {
	name, rest, found := strings.Cut(strings.TrimPrefix(encoded, "$"), "$")
	if !found {
		// Without a separator the text may be anything, even a password in clear: none of it goes into the error.
		return nil, errors.New("stored password hash is of no known format")
	}
	switch {
	case name == argon2idName && encoded[0] == '$':
		return parseArgon2id(rest)
	case encoded[0] != '$':
		return parseDjango(name, rest)
	}
	return nil, unknown(name)
}

// parseDjango recognises the formats of the system before this one.
func parseDjango(name, rest string) (storedHash, error) {
	switch name {
	case pbkdf2Name, pbkdf2SHA1Name:
		return parsePBKDF2(name, rest)
	case argon2Name:
		return parseDjangoArgon2(rest)
	case bcryptName, bcryptSHA256Name:
		return parseBcrypt(name, rest)
	case scryptName:
		return parseScrypt(rest)
	}
	return nil, unknown(name)
}

func unknown(name string) error {
	if isAlgorithmName(name) {
		return fmt.Errorf("stored password hash is of the unknown algorithm %q", name)
	}
	return errors.New("stored password hash is of no known format")
}

// isAlgorithmName keeps everything out of an error that could be more than a name.
func isAlgorithmName(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// malformed is the error for a stored hash of a known algorithm that breaks the format or its limits.
func malformed(algorithm string) error {
	return fmt.Errorf("stored %s password hash is malformed or beyond the limits", algorithm)
}

// equal compares in a time that depends on the lengths only.
func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
