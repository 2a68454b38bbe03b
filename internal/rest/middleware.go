package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/pattern"
)

type requestIDKey struct{}

var usableRequestID = pattern.New(`^[A-Za-z0-9_.-]{1,64}$`)

// withRequestID takes over the id that a proxy gave the request, or makes one; answers carry it in X-Request-Id.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !usableRequestID().MatchString(id) {
			var random [8]byte
			rand.Read(random[:])
			id = hex.EncodeToString(random[:])
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// RequestID returns the id under which the log shows this request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

const slowRequest = 500 * time.Millisecond

// withAccessLog writes one line per request: an error from status 500, a warning from 400 or when it was slow.
func (a *API) withAccessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &recorder{ResponseWriter: w}
		defer func() {
			took := time.Since(start)
			status := cmp.Or(recorder.status, http.StatusOK)
			level := slog.LevelInfo
			switch {
			case status >= 500:
				level = slog.LevelError
			case status >= 400 || took >= slowRequest:
				level = slog.LevelWarn
			}
			a.options.Log.LogAttrs(r.Context(), level, "request",
				slog.Int("status", status),
				slog.String("took", fmt.Sprintf("%.1fms", float64(took.Microseconds())/1000)),
				slog.String("method", r.Method),
				slog.String("path", maskedPath(r.URL)),
				slog.Int64("bytes", recorder.written),
				slog.String("client", ClientOf(r.Context()).Address),
				slog.String("request_id", RequestID(r.Context())))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// secretParameters are query parameters whose values must not reach the log.
var secretParameters = map[string]bool{
	"code": true, "state": true, "token": true, "key": true, "id_token": true, "access_token": true, "api_key": true,
	"password": true, "email": true, "error_description": true, "q": true, // what people search for is their own
}

func maskedPath(u *url.URL) string {
	path := u.EscapedPath()
	if u.RawQuery == "" {
		return path
	}
	pairs := strings.Split(u.RawQuery, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(name)
		if err != nil || secretParameters[strings.ToLower(decoded)] {
			pairs[i] = name + "=***"
		}
	}
	return path + "?" + strings.Join(pairs, "&")
}

// recoverPanic is deferred by what calls a handler: it answers 500 to a panic instead of cutting the connection.
func (a *API) recoverPanic(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) { // it means to cut the connection
		panic(cause)
	}
	a.options.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request_id", RequestID(r.Context())),
		slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
	a.fail(w, r, atPath(http.StatusInternalServerError, textInternal))
}

func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // pages set one of their own
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if ClientOf(r.Context()).Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
