package outbound_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/trance-0/notechondria/internal/outbound"
)

func TestAddressesThatAreNotPublicAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
		"192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[::ffff:127.0.0.1]",
		"[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
		"[2001:0:7f00:1::]", "[2001:db8::1]",
	} {
		_, err := get(t, outbound.New(outbound.Options{}), "http://"+address+"/")
		wantError(t, err, outbound.ErrRefused)
	}
}

func TestOtherWaysToWriteAnAddressLeadToTheSameCheck(t *testing.T) {
	t.Parallel()
	server := host(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, name := range []string{"localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost."} {
		_, err := get(t, outbound.New(outbound.Options{}), "http://"+name+":"+port)
		if err == nil {
			t.Errorf("%s was fetched", name)
		}
	}
}

func TestOtherSchemesAndPortsAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1:70/x", "webcal://127.0.0.1/x", "//127.0.0.1/x",
		"http:///x", "http:x", "",
		"http://127.0.0.1:25/", "https://127.0.0.1:22/", "http://127.0.0.1:445/",
	} {
		_, err := get(t, private(), address)
		wantError(t, err, outbound.ErrRefused)
	}
}

func TestPrivateNetworksCanBeAllowedButNotLinkLocalAddresses(t *testing.T) {
	t.Parallel()
	server := host(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := get(t, private(), server.URL); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
		"0.0.0.0", "224.0.0.1"} {
		_, err := get(t, private(), "http://"+address+"/")
		wantError(t, err, outbound.ErrRefused)
	}
}

func TestARedirectToARefusedAddressIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"http://169.254.169.254/latest/meta-data/", "ftp://127.0.0.1/x",
		"http://127.0.0.1:25/"} {
		server := host(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
		_, err := get(t, private(), server.URL)
		wantError(t, err, outbound.ErrRefused)
	}
}

// A name that answers with a harmless address first must not lead elsewhere later: neither in the next fetch, nor by a
// redirect to itself.
func TestANameThatRebindsIsRefused(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	})
	address := "http://rebinding.example:" + server.URL[len("http://127.0.0.1:"):]
	for _, path := range []string{"/", "/again"} {
		c := outbound.New(outbound.Options{AllowPrivate: true, Resolver: names(t, "127.0.0.1", "169.254.169.254")})
		_, err := get(t, c, address+path)
		if path == "/" {
			if err != nil {
				t.Fatalf("the first address is not fetched: %v", err)
			}
			_, err = get(t, c, address+path)
		}
		wantError(t, err, outbound.ErrRefused)
	}
}

func TestANameWithAPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	_, err := get(t, outbound.New(outbound.Options{Resolver: names(t, "10.1.2.3")}), "http://intranet.example/")
	wantError(t, err, outbound.ErrRefused)
}

// names is a resolver that gives every name the next of the addresses each time it is asked, and the last one ever
// after.
func names(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	var mutex sync.Mutex
	next := func() [4]byte {
		mutex.Lock()
		defer mutex.Unlock()
		address := addresses[0]
		if len(addresses) > 1 {
			addresses = slices.Clone(addresses[1:])
		}
		return netip.MustParseAddr(address).As4()
	}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		group.Go(func() {
			defer server.Close()
			answerName(server, next)
		})
		return client, nil
	}}
}

// answerName answers one question of the domain name system as over TCP: each message after its length.
func answerName(conn net.Conn, next func() [4]byte) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return
	}
	raw := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, raw); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(raw) != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: next()},
			})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return
	}
	_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
}
