// Package rest is what all HTTP operations share: routing, sign-in, reading and checking requests, the shapes of
// answers and errors, CORS, hosts, limits, the access log and the OpenAPI document. It knows no feature and no table:
// features register their operations here, and return values or errors.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/semaphore"

	"github.com/trance-0/notechondria/internal/actor"
)

// Options configure an API.
type Options struct {
	Log                *slog.Logger
	Authenticator      Authenticator
	Hosts              []string       // accepted Host names: exact, ".suffix" or "*"
	Origins            []string       // trusted origins: "scheme://host[:port]" or a bare host
	TrustedProxies     []netip.Prefix // whose forwarded headers count
	OnRender           bool           // Render's edge names the client in CF-Connecting-IP
	MaxJSONBytes       int64          // of a JSON body
	MaxConcurrent      int            // readers, and as many writers and uploads, that are worked on at once; 0 for 16
	MaxConcurrentLarge int            // requests with large bodies; 0 for as many
	MediaURL           string         // where uploaded files are, with a final slash; "" for this server's own /media/
	Version            string         // shown in the OpenAPI document

	// Scope names what a limited credential must hold to call an operation. Without it such credentials open nothing.
	Scope func(op Operation) string

	// Observe, if set, is told of each answer by the pattern of its route.
	Observe func(method, route string, status int, took time.Duration)
}

// API collects operations and serves them.
type API struct {
	options Options
	router  *chi.Mux
	queues  queues

	trustsEverybody bool // as a proxy

	answers    *semaphore.Weighted // bytes of large answers in memory
	operations []described
	routes     []Route // of all operations, pages and files

	openAPI func() ([]byte, error) // made at the first request for it
}

// Authenticator finds out who sends a request.
type Authenticator interface {
	// Authenticate returns nobody for credentials of a kind that it does not know, and an Unauthenticated problem for
	// ones that are not good. scheme is in small letters; both are "" for a request without credentials.
	Authenticate(ctx context.Context, scheme, key string) (actor.Actor, error)
}

// New makes an API without operations.
func New(o Options) *API {
	if o.MaxConcurrent == 0 {
		o.MaxConcurrent = defaultConcurrent
	}
	if o.MaxConcurrentLarge == 0 {
		o.MaxConcurrentLarge = o.MaxConcurrent
	}
	a := &API{options: o, router: chi.NewRouter(), queues: newQueues(o.MaxConcurrent, o.MaxConcurrentLarge),
		answers: semaphore.NewWeighted(largeAnswers)}
	a.trustsEverybody = slices.ContainsFunc(o.TrustedProxies, func(p netip.Prefix) bool { return p.Bits() == 0 })
	a.openAPI = sync.OnceValues(a.buildOpenAPI)
	a.router.Use(withoutFinalSlash)
	a.router.NotFound(a.notFound)
	a.router.MethodNotAllowed(a.methodNotAllowed)
	return a
}

// Handler serves all registered operations, inside what every request goes through.
func (a *API) Handler() http.Handler {
	return chain(a.router,
		withTransferLimits,
		withRequestID,
		a.withClient,
		a.withAccessLog,
		withSecurityHeaders,
		a.withCORS,
		a.withHostCheck,
	)
}

// Route serves a path that is not a JSON operation, such as a page or a file; HEAD too, if the method is GET. An error
// that the handler returns before it has written anything is answered like those of operations.
func (a *API) Route(method, path string, handler func(w http.ResponseWriter, r *http.Request) error) {
	a.routes = append(a.routes, Route{Method: method, Path: path})
	a.route(method, path, handler)
}

func (a *API) route(method, path string, handler func(w http.ResponseWriter, r *http.Request) error) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		defer a.observe(w, r.Method, path, time.Now()) // after a panic has been answered
		defer a.recoverPanic(w, r)
		if err := handler(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
	pattern := routePattern(path)
	a.router.MethodFunc(method, pattern, serve)
	if method == http.MethodGet {
		a.router.MethodFunc(http.MethodHead, pattern, serve)
	}
}

func (a *API) observe(w http.ResponseWriter, method, route string, start time.Time) {
	if a.options.Observe == nil {
		return
	}
	status := http.StatusOK
	if recorder, ok := w.(interface{ Status() int }); ok && recorder.Status() != 0 {
		status = recorder.Status()
	}
	a.options.Observe(method, route, status, time.Since(start))
}

// routePattern gives path parameters the shapes that the former system's routes had (anything else is an unknown route)
// and drops the final slash, as withoutFinalSlash does with requests.
func routePattern(path string) string {
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, s := range segments {
		switch {
		case s == "{uuid}":
			segments[i] = `{uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}}`
		case strings.HasSuffix(s, "id}"):
			segments[i] = strings.TrimSuffix(s, "}") + ":[0-9]+}"
		}
	}
	if len(segments) == 1 {
		return "/"
	}
	return strings.Join(segments, "/")
}

// withoutFinalSlash makes both forms of a path the same route, so that no request is redirected and loses its body.
// What is routed is the decoded path: the router by itself takes the encoded one, where there is one.
func withoutFinalSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if len(path) > 1 {
			path = strings.TrimSuffix(path, "/")
		}
		chi.RouteContext(r.Context()).RoutePath = path
		next.ServeHTTP(w, r)
	})
}

func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		a.fail(w, r, atPath(http.StatusNotFound, "API route not found."))
		return
	}
	a.fail(w, r, PageNotFound())
}

// PageNotFound is the answer to a path that leads nowhere, for routes that serve files.
func PageNotFound() *Error { return atPath(http.StatusNotFound, "Page not found.") }

// methodNotAllowed names the methods of a path; the router also comes here with a method that it has never heard of,
// whatever the path.
func (a *API) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	methods := a.methodsOf(chi.RouteContext(r.Context()).RoutePath)
	if len(methods) == 0 {
		a.notFound(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(append(methods, http.MethodOptions), ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	a.fail(w, r, Detail(http.StatusMethodNotAllowed, `Method "`+r.Method+`" not allowed.`))
}

func (a *API) methodsOf(path string) (methods []string) {
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		if a.router.Match(chi.NewRouteContext(), m, path) {
			methods = append(methods, m)
		}
	}
	return methods
}

func chain(h http.Handler, outermostFirst ...func(http.Handler) http.Handler) http.Handler {
	for _, wrap := range slices.Backward(outermostFirst) {
		h = wrap(h)
	}
	return h
}

const defaultConcurrent = 16

// operationTimeout bounds reading the body of an operation, and working on it.
const operationTimeout = 30 * time.Second
