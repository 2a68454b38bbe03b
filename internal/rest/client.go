package rest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/pattern"
)

// Client is where a request comes from and how it named this server.
type Client struct {
	Address string // IP address, "" when unknown
	Scheme  string // http or https, as the browser sees it
	Host    string // with the port, as the browser sees it

	UserAgent string // how the program calls itself, cut to 512 characters

	mediaURL string
}

const maxUserAgent = 512

// BaseURL is the server's address as this client uses it, without a final slash.
func (c Client) BaseURL() string { return c.Scheme + "://" + c.Host }

// MediaPath is where this server serves uploaded files.
const MediaPath = "/media/"

// MediaURL is the address of an uploaded file for this client; "" without a key.
func (c Client) MediaURL(key string) string {
	if key == "" {
		return ""
	}
	base := c.mediaURL
	if base == "" {
		base = c.BaseURL() + MediaPath
	}
	return base + (&url.URL{Path: key}).EscapedPath()
}

type clientKey struct{}

// ClientOf returns the client of a request.
func ClientOf(ctx context.Context) Client {
	client, _ := ctx.Value(clientKey{}).(Client)
	return client
}

// withClient works out the client. Forwarded headers count only when the connection comes from a trusted proxy:
// anybody can send them.
func (a *API) withClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := Client{
			Address: peerAddress(r), Scheme: "http", Host: r.Host, UserAgent: userAgent(r), mediaURL: a.options.MediaURL,
		}
		if r.TLS != nil {
			client.Scheme = "https"
		}
		if a.trusted(client.Address) {
			a.forwarded(r.Header, &client)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, client)))
	})
}

func (a *API) forwarded(h http.Header, client *Client) {
	if proto := first(h.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		client.Scheme = proto
	}
	if host := first(h.Get("X-Forwarded-Host")); host != "" && a.servedHost(host) {
		client.Host = host
	}
	if address, err := netip.ParseAddr(h.Get("CF-Connecting-IP")); err == nil && a.options.OnRender {
		client.Address = plain(address)
		return
	}
	if address := a.rightmostUntrusted(h.Values("X-Forwarded-For")); address != "" {
		client.Address = address
	}
}

// rightmostUntrusted is the address that the outermost trusted proxy saw: what stands left of it can be made up. Where
// every peer is trusted, nobody knows how many proxies there are, and only the last one's word is known to be true.
func (a *API) rightmostUntrusted(headers []string) string {
	entries := strings.Split(strings.Join(headers, ","), ",")
	for i := len(entries) - 1; i >= 0; i-- {
		address, err := netip.ParseAddr(strings.TrimSpace(entries[i]))
		if err != nil {
			return ""
		}
		if !a.trusted(address.String()) || i == 0 || a.trustsEverybody {
			return plain(address)
		}
	}
	return ""
}

func (a *API) trusted(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, prefix := range a.options.TrustedProxies {
		if prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	return plain(address)
}

// plain writes an address in the one form that limits and logs compare.
func plain(address netip.Addr) string { return address.Unmap().WithZone("").String() }

// userAgent is valid UTF-8 without zero bytes, as PostgreSQL wants it.
func userAgent(r *http.Request) string {
	return formats.Truncate(strings.ReplaceAll(strings.ToValidUTF8(r.UserAgent(), "?"), "\x00", ""), maxUserAgent)
}

func first(list string) string {
	item, _, _ := strings.Cut(list, ",")
	return strings.ToLower(strings.TrimSpace(item))
}

// healthPaths answer under every host name: a platform's probes do not know ours.
var healthPaths = map[string]bool{
	"/healthz": true, "/readyz": true, "/api/health": true, "/api/v1/health": true,
}

// withHostCheck refuses requests for hosts that this server does not serve, since links are built from the host.
func (a *API) withHostCheck(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.servedHost(r.Host) && !healthPaths[strings.TrimSuffix(r.URL.Path, "/")] {
			a.fail(w, r, atPath(http.StatusBadRequest, "Bad request."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// wellFormedHost is a name or a bracketed address, with a port or without. What else a header may hold would end up in
// the links that are built from the host.
var wellFormedHost = pattern.New(`^(?i)([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]*)?$`)

func (a *API) servedHost(host string) bool {
	if !wellFormedHost().MatchString(host) {
		return false
	}
	name := strings.TrimSuffix(strings.ToLower(withoutPort(host)), ".")
	return slices.Contains(a.options.Hosts, "*") || matchesHost(a.options.Hosts, name)
}

// matchesHost compares a lower-case name with entries that are a name, or a suffix with a leading dot.
func matchesHost(entries []string, name string) bool {
	for _, entry := range entries {
		entry = strings.ToLower(entry)
		if entry == name || strings.HasPrefix(entry, ".") && (name == entry[1:] || strings.HasSuffix(name, entry)) {
			return true
		}
	}
	return false
}

// withoutPort keeps the brackets of an IPv6 address, as lists of hosts do.
func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}
