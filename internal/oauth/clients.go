package oauth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// Client is a program that may ask people for access.
type Client struct {
	ID           int64
	ClientID     string // as the program names itself: random, or the address of its document
	Name         string // what it calls itself, which nobody has checked
	RedirectURIs []string
	AuthMethod   string
	CreatedAt    time.Time
}

// How a program proves who it is.
const (
	authNone  = "none" // PKCE alone, since it can keep no secret
	authBasic = "client_secret_basic"
	authPost  = "client_secret_post"
)

// AuthMethods are all ways in which programs prove who they are.
func AuthMethods() []string { return []string{authNone, authBasic, authPost} }

// Document reports whether the program is known by the address of a document, whose host vouches for it.
func (c Client) Document() bool { return isDocument(c.ClientID) }

// isDocument reports whether a client_id is the address of a document.
func isDocument(clientID string) bool { return strings.HasPrefix(clientID, "https://") }

// clientRow is a row of oauth_clients.
type clientRow struct {
	ID           int64
	ClientID     string `db:"client_id"`
	Name         string
	RedirectURIs string `db:"redirect_uris"` // a JSON list
	AuthMethod   string
	SecretHash   string
	CreatedAt    time.Time
	FetchedAt    *time.Time
}

const clientColumns = "id, client_id, name, redirect_uris, auth_method, secret_hash, created_at, fetched_at"

func (r clientRow) client() (Client, error) {
	c := Client{ID: r.ID, ClientID: r.ClientID, Name: r.Name, AuthMethod: r.AuthMethod, CreatedAt: r.CreatedAt}
	if err := json.Unmarshal([]byte(r.RedirectURIs), &c.RedirectURIs); err != nil {
		return Client{}, fmt.Errorf("reading the redirect URIs of program %d: %w", r.ID, err)
	}
	return c, nil
}

var errNoClient = refuse(invalidClient, "Unknown client: register it (again).")

func findClient(ctx context.Context, q database.Querier, clientID string) (clientRow, error) {
	if clientID == "" || len(clientID) > maxClientID || strings.ContainsFunc(clientID, notPrintable) {
		return clientRow{}, errNoClient
	}
	row, err := database.One[clientRow](ctx, q,
		"select "+clientColumns+" from oauth_clients where client_id = $1", clientID)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return clientRow{}, errNoClient
	case err != nil:
		return clientRow{}, fmt.Errorf("looking for a program: %w", err)
	}
	return row, nil
}

// Metadata is what a program says about itself, when it registers or in its document.
type Metadata struct {
	Name          string
	RedirectURIs  []string
	AuthMethod    string // "" for the usual one
	GrantTypes    []string
	ResponseTypes []string
}

// The limits on programs that nobody has allowed anything yet.
var registrationsPerAddress = attempts.Limit{Scope: "oauth_register_address", Most: 30}

const (
	maxUnused    = 1000               // programs
	unusedKept   = 7 * 24 * time.Hour // when there are fewer
	minUnusedAge = time.Hour          // even when there are more, so that whoever registers can go on to ask
	usedKept     = 90 * 24 * time.Hour
	evicted      = 100 // programs at once

	maxClientID   = 500 // bytes
	maxClientName = 80  // characters
)

// check fills in what is missing, and refuses what this server can't do.
func (m *Metadata) check(usual string) error {
	if err := checkRedirects(m.RedirectURIs); err != nil {
		return err
	}
	if m.AuthMethod == "" {
		m.AuthMethod = usual
	}
	switch {
	case !slices.Contains(AuthMethods(), m.AuthMethod):
		return refuse(invalidMetadata, "token_endpoint_auth_method must be one of "+strings.Join(AuthMethods(), ", ")+".")
	case len(m.GrantTypes) > 0 && !slices.Contains(m.GrantTypes, "authorization_code"):
		return refuse(invalidMetadata, "grant_types must contain authorization_code.")
	case len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, "code"):
		return refuse(invalidMetadata, "response_types must contain code.")
	}
	m.Name = cleanName(m.Name)
	return nil
}

// cleanName is a name in one line without characters that nobody sees or that turn the line around.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	return formats.Truncate(strings.Join(strings.Fields(name), " "), maxClientName)
}

// RegisterClient takes a program in. secretText is empty where it needs none, and is shown this once.
func (s *Service) RegisterClient(
	ctx context.Context, who actor.Actor, m Metadata,
) (c Client, secretText string, err error) {
	if err := m.check(authBasic); err != nil { // the usual one is that of RFC 7591
		return Client{}, "", err
	}
	address := s.Clients.Key(who.Client)
	if err := registrationsPerAddress.Check(ctx, s.DB.Read(), address); err != nil {
		return Client{}, "", err
	}
	row := clientRow{ClientID: randomHex(16), Name: m.Name, AuthMethod: m.AuthMethod, CreatedAt: database.Now()}
	if m.AuthMethod != authNone {
		secretText = randomHex(32)
		row.SecretHash = secret.HashKey(secretText)
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := registrationsPerAddress.Charge(ctx, tx, address); err != nil {
			return err
		}
		if err := makeRoom(ctx, tx, row.CreatedAt); err != nil {
			return err
		}
		row.ID, err = storeClient(ctx, tx, row, m.RedirectURIs)
		return err
	})
	if err != nil {
		return Client{}, "", err
	}
	return Client{
		ID: row.ID, ClientID: row.ClientID, Name: row.Name, RedirectURIs: m.RedirectURIs, AuthMethod: row.AuthMethod,
		CreatedAt: row.CreatedAt,
	}, secretText, nil
}

// storeClient stores a program, or the present state of one that is known by a document.
func storeClient(ctx context.Context, tx *database.Tx, row clientRow, redirects []string) (int64, error) {
	list, err := json.Marshal(redirects)
	if err != nil {
		return 0, fmt.Errorf("writing redirect URIs: %w", err)
	}
	id, err := database.One[int64](ctx, tx, `
		insert into oauth_clients (client_id, name, redirect_uris, auth_method, secret_hash, created_at, fetched_at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (client_id) do update set
			name = excluded.name, redirect_uris = excluded.redirect_uris, fetched_at = excluded.fetched_at
		returning id`,
		row.ClientID, row.Name, string(list), row.AuthMethod, row.SecretHash, row.CreatedAt, row.FetchedAt)
	if err != nil {
		return 0, fmt.Errorf("storing a program: %w", err)
	}
	return id, nil
}

// makeRoom removes the oldest programs that nobody uses where there are too many.
func makeRoom(ctx context.Context, tx *database.Tx, now time.Time) error {
	unused, err := database.One[int](ctx, tx, "select count(*) from oauth_clients where last_used_at is null")
	if err != nil {
		return fmt.Errorf("counting unused programs: %w", err)
	}
	if unused < maxUnused {
		return nil
	}
	gone, err := database.Exec(ctx, tx, `delete from oauth_clients where id in (
		select id from oauth_clients where last_used_at is null and created_at < $1 order by created_at limit $2)`,
		now.Add(-minUnusedAge), evicted)
	if err != nil {
		return fmt.Errorf("removing unused programs: %w", err)
	}
	if gone == 0 {
		return problem.Wait("Too many programs have registered, please wait.", attempts.Window)
	}
	return nil
}

// purgeClients removes programs that nobody allows anything any more.
func purgeClients(ctx context.Context, tx *database.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `delete from oauth_clients
		where not exists (select 1 from oauth_grants g where g.client_id = oauth_clients.id)
			and ((last_used_at is null and created_at < $1) or last_used_at < $2)`,
		now.Add(-unusedKept), now.Add(-usedKept))
	if err != nil {
		return fmt.Errorf("purging programs: %w", err)
	}
	return nil
}

// randomHex is a text with so many bytes of chance.
func randomHex(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return hex.EncodeToString(random)
}
