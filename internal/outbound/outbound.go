// Package outbound fetches addresses that users and providers give: calendar feeds, pictures. It must never reach what
// only this machine and its network can: the addresses of the connection itself are checked, for each try and redirect,
// since a name may point somewhere else the second time it is asked for.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTimeout = 10 * time.Second
	maxRedirects   = 3
	maxHeaderBytes = 64 << 10
	maxAddress     = 2048 // bytes of a URL
	userAgent      = "Notechondria"
)

// The reasons why there is no body, apart from a StatusError. Their texts, and those of the errors that wrap them, name
// no part of the address but its host: paths of feeds are secrets.
var (
	ErrRefused     = errors.New("the address is not a public http or https URL")
	ErrTooLarge    = errors.New("the response is too large")
	ErrUnreachable = errors.New("the address could not be reached")
)

// StatusError is an answer without what was asked for.
type StatusError struct{ Code int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code))
}

// Options configure a Client.
type Options struct {
	// AllowPrivate lets it reach this machine and private networks; link-local addresses, where clouds keep their secrets,
	// stay out of reach.
	AllowPrivate bool
	// NoRedirects takes an answer that leads elsewhere for a StatusError.
	NoRedirects bool
	// Timeout bounds a whole fetch, redirects and body included; 0 means 10 s.
	Timeout time.Duration
	// Resolver finds the addresses of names; nil is the system's.
	Resolver *net.Resolver
}

// Client fetches; it may be used by many goroutines at once and keeps no connections.
type Client struct {
	http    *http.Client
	timeout time.Duration
}

// New makes a client. It uses no proxy of the environment, which would connect for it to whatever it is told.
func New(o Options) *Client {
	dialer := &net.Dialer{Resolver: o.Resolver, Control: newGuard(o.AllowPrivate)}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	onRedirect := checkRedirect
	if o.NoRedirects {
		onRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &Client{timeout: timeout, http: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableKeepAlives:      true, // the next fetch goes elsewhere, or comes much later
			MaxResponseHeaderBytes: maxHeaderBytes,
		},
		CheckRedirect: onRedirect,
	}}
}

// checkRedirect lets a redirect carry neither credentials nor the address that led to it.
func checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrUnreachable, maxRedirects)
	}
	if err := checkAddress(next.URL); err != nil {
		return err
	}
	next.URL.User = nil
	next.Header.Del("Authorization")
	next.Header.Del("Referer")
	return nil
}

func checkAddress(u *url.URL) error {
	if scheme := strings.ToLower(u.Scheme); scheme != "http" && scheme != "https" || u.Hostname() == "" {
		return ErrRefused
	}
	return nil
}

// Request says what is wanted of an address.
type Request struct {
	Accept       string
	UserAgent    string // "" is the product's name alone
	ETag         string // of the copy that the caller has, as its Response named it
	LastModified string // likewise
	Limit        int64  // bytes of the body, uncompressed
}

// Response is an answer that brought something, or said that the caller's copy is still good.
type Response struct {
	NotModified  bool // Body is empty: the copy that the Request names is the present one
	Body         []byte
	ContentType  string
	ETag         string
	LastModified string
}

// Get fetches an address. Errors are ErrRefused, ErrTooLarge, ErrUnreachable, a StatusError, or that
// of ctx.
func (c *Client) Get(ctx context.Context, address string, o Request) (Response, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := newRequest(limited, address, o)
	if err != nil {
		return Response{}, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return Response{}, failure(ctx, err)
	}
	defer answer.Body.Close()
	return read(ctx, answer, o)
}

func newRequest(ctx context.Context, address string, o Request) (*http.Request, error) {
	if len(address) > maxAddress {
		return nil, ErrRefused
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, ErrRefused // the error shows the address
	}
	if err := checkAddress(request.URL); err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", userAgent)
	for name, value := range map[string]string{
		"User-Agent": o.UserAgent, "Accept": o.Accept, "If-None-Match": o.ETag, "If-Modified-Since": o.LastModified,
	} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	return request, nil
}

func read(ctx context.Context, answer *http.Response, o Request) (Response, error) {
	response := Response{
		ContentType: answer.Header.Get("Content-Type"), ETag: answer.Header.Get("ETag"),
		LastModified: answer.Header.Get("Last-Modified"),
	}
	switch {
	case answer.StatusCode == http.StatusNotModified && (o.ETag != "" || o.LastModified != ""):
		response.NotModified = true
		return response, nil
	case answer.StatusCode != http.StatusOK:
		return Response{}, &StatusError{Code: answer.StatusCode}
	case answer.ContentLength > o.Limit:
		return Response{}, ErrTooLarge
	}
	// After decompression, so that no small answer becomes a large one.
	body, err := io.ReadAll(io.LimitReader(answer.Body, o.Limit+1))
	if int64(len(body)) > o.Limit {
		return Response{}, ErrTooLarge
	}
	if err != nil {
		return Response{}, failure(ctx, err)
	}
	response.Body = body
	return response, nil
}

// failure sorts what went wrong on the way, without the address that net/http puts around it.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var around *url.Error
	if errors.As(err, &around) {
		err = around.Err
	}
	switch {
	case errors.Is(err, ErrRefused):
		return ErrRefused
	case errors.Is(err, ErrUnreachable):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w in time", ErrUnreachable)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
