package accounts

import (
	"time"

	"github.com/trance-0/notechondria/internal/problem"
)

// lastSeenInterval is how precisely the time of last use of sessions and API keys is kept.
const lastSeenInterval = time.Minute

const (
	textDisabled     = "User account is disabled."
	textInvalidToken = "Invalid token." // the apps look for it to learn that a session has ended
)

// unauthenticated refuses credentials.
func unauthenticated(text string) error {
	return &problem.Error{Kind: problem.Unauthenticated, Cause: text}
}
