package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// Where programs find what they need. Some of them take these paths for granted, whatever the metadata says.
const (
	authorizePath = "/authorize"
	tokenPath     = "/token"
	registerPath  = "/register"
	revokePath    = "/revoke"

	serverMetadataPath   = "/.well-known/oauth-authorization-server"
	openIDMetadataPath   = "/.well-known/openid-configuration"
	resourceMetadataPath = "/.well-known/oauth-protected-resource"
)

const (
	answerTimeout = 15 * time.Second // of a request, fetching a document included
	maxForm       = 16 << 10         // bytes of a body
)

// limited bounds how long a request takes, and how much it may send.
func limited(
	handler func(w http.ResponseWriter, r *http.Request) error,
) func(w http.ResponseWriter, r *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		return handler(w, r)
	}
}

// issuer is how this server calls itself.
func (s *Service) issuer(ctx context.Context) string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	return strings.ToLower(rest.ClientOf(ctx).BaseURL())
}

// anonymous is a caller without credentials of a person.
func anonymous(ctx context.Context) actor.Actor {
	client := rest.ClientOf(ctx)
	return actor.Actor{Client: actor.Client{Address: client.Address, UserAgent: client.UserAgent}}
}

// errorJSON is how programs are refused.
type errorJSON struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// unreadable is the answer to a body that can't be read; one that is too large says so.
func unreadable(err error, code, text string) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return refuse(code, text)
}

// writeProblem tells a program of a problem in the shape of the standards. Other errors are returned to rest.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) error {
	var p *problem.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return writeJSON(w, http.StatusRequestEntityTooLarge, errorJSON{invalidRequest, "The request is too large."})
	case !errors.As(err, &p):
		return err
	case p.Kind == problem.TooMany:
		w.Header().Set("Retry-After", rest.RetryAfter(p.RetryAfter))
		return writeJSON(w, http.StatusTooManyRequests, errorJSON{"temporarily_unavailable", p.Cause})
	case p.Code == "":
		return err
	case p.Code == invalidClient:
		if r.Header.Get("Authorization") != "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="notechondria"`)
		}
		return writeJSON(w, http.StatusUnauthorized, errorJSON{p.Code, p.Cause})
	}
	return writeJSON(w, http.StatusBadRequest, errorJSON{p.Code, p.Cause})
}

// writeJSON answers a program. Nothing may keep it, unless the handler has said otherwise.
func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("writing an answer as JSON: %w", err)
	}
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may be gone
	return nil
}
