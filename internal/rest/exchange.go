package rest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Exchange is a request whose body and answer have a format of their own, such as JSON-RPC, which the handler knows.
type Exchange struct {
	// Authenticate finds out whose credentials these are; nil has the API's Authenticator do it.
	Authenticate func(ctx context.Context, scheme, key string) (actor.Actor, error)

	// Begin is called as soon as the caller is known, before anything is read. An error ends the exchange.
	Begin func(who actor.Actor) error

	// Do answers. It works on bytes alone, since slow clients must not hold a place.
	Do func(ctx context.Context, who actor.Actor, body []byte) Answer
}

// Answer is what Do answers.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// RouteForPrograms serves a path at which programs with keys exchange requests; see Exchange.
func (a *API) RouteForPrograms(method, path string, handler func(w http.ResponseWriter, r *http.Request) error) {
	a.routes = append(a.routes, Route{Method: method, Path: path, ForPrograms: true})
	a.route(method, path, handler)
}

// Exchange receives a request, has it answered, and sends the answer, within the limits of operations on size,
// concurrency, time and memory. Anonymous requests are accepted; invalid credentials are not.
func (a *API) Exchange(w http.ResponseWriter, r *http.Request, x Exchange) error {
	authenticate := x.Authenticate
	if authenticate == nil {
		authenticate = a.options.Authenticator.Authenticate
	}
	who, err := identify(r, authenticate)
	if err != nil {
		return err
	}
	if err := x.Begin(who); err != nil {
		return err
	}
	held, err := a.hold(r, a.options.MaxJSONBytes)
	if err != nil {
		return err
	}
	defer a.release(held)
	leave, err := a.queues.exchanges.enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	body, err := readLimited(r.Body, a.options.MaxJSONBytes)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	answer := x.Do(ctx, who, body)
	kept := &answerBody{answers: a.answers}
	defer func() { _ = kept.close() }() // the system removes what stays behind
	if err := kept.take(answer.Body); err != nil {
		return fmt.Errorf("keeping an answer: %w", err)
	}
	leave()
	maps.Copy(w.Header(), answer.Header)
	w.WriteHeader(answer.Status)
	_, _ = io.Copy(w, kept.reader()) // the client may be gone
	return nil
}

// CheckOrigin refuses pages of origins that may not call this server: DNS rebinding makes a browser take this server
// for the page's own, and send the page what its user may see.
func (a *API) CheckOrigin(r *http.Request) error {
	if origin := r.Header.Get("Origin"); origin != "" && !a.allowedOrigin(origin) {
		return problem.Deny("", "Requests from pages of this origin are not accepted.")
	}
	return nil
}
