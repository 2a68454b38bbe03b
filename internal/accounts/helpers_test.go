package accounts_test

import (
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
)

const (
	registerPath = "/api/v1/auth/register/"
	verifyPath   = "/api/v1/auth/verify-email/"
	resendPath   = "/api/v1/auth/resend-verification/"
	signInPath   = "/api/v1/auth/login/"
	probePath    = "/api/v1/auth/session/"
	sessionsPath = "/api/v1/auth/sessions/"
	signOutPath  = "/api/v1/auth/logout/"
	resetPath    = "/api/v1/auth/password-reset/"
	confirmPath  = "/api/v1/auth/password-reset/confirm/"
	settingsPath = "/api/v1/settings/"
)

// keys is a JSON object to send.
type keys = map[string]any

// operator is who runs commands.
var operator = actor.Operator()

// serviceOf is the accounts of a server, called as commands do.
func serviceOf(t testing.TB, s *apptest.Server) *accounts.Service {
	t.Helper()
	return s.App(t).Accounts
}

// otherThan returns codes that are not the right one.
func otherThan(code string, count int) []string {
	wrong := []string{"000001", "000002", "000003", "000004", "000005", "000006"}
	return slices.DeleteFunc(wrong, func(c string) bool { return c == code })[:count]
}
