package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/outbound"
)

// fetchesPerAddress limits the documents that one client has fetched.
var fetchesPerAddress = attempts.Limit{Scope: "oauth_document_address", Most: 30}

const (
	documentFresh = time.Hour      // for which a document is not fetched again
	documentStale = 24 * time.Hour // for which it is good while it can't be fetched

	maxDocument = 16 << 10 // bytes
)

// checkDocumentAddress refuses addresses that could be written in several ways, or are a whole host's.
func checkDocumentAddress(clientID string) error {
	u, err := url.Parse(clientID)
	if err != nil || len(clientID) > maxClientID || strings.ContainsFunc(clientID, notPrintable) || u.User != nil ||
		strings.Contains(clientID, "#") || !hostShape().MatchString(bracketed(u)) || u.Path == "" || u.Path == "/" ||
		path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") {
		return refuse(invalidClient, "The client_id is not the URL of a client metadata document.")
	}
	return nil
}

// clientOf returns the program that names itself so. The document of one that has one is fetched where it may have
// changed.
func (s *Service) clientOf(ctx context.Context, who actor.Actor, clientID string) (Client, error) {
	row, err := findClient(ctx, s.DB.Read(), clientID)
	known := err == nil
	switch {
	case err != nil && !errors.Is(err, errNoClient):
		return Client{}, err
	case !isDocument(clientID):
		if !known {
			return Client{}, err
		}
		return row.client()
	case known && row.FetchedAt != nil && time.Since(*row.FetchedAt) < documentFresh:
		return row.client()
	}
	c, err := s.fetchClient(ctx, who, clientID, known)
	if err != nil && known && row.FetchedAt != nil && time.Since(*row.FetchedAt) < documentStale {
		return row.client()
	}
	return c, err
}

func (s *Service) fetchClient(ctx context.Context, who actor.Actor, clientID string, known bool) (Client, error) {
	if err := checkDocumentAddress(clientID); err != nil {
		return Client{}, err
	}
	address := s.Clients.Key(who.Client)
	if err := fetchesPerAddress.Check(ctx, s.DB.Read(), address); err != nil {
		return Client{}, err
	}
	if err := fetchesPerAddress.ChargeAlone(ctx, s.DB, address); err != nil {
		return Client{}, err
	}
	m, err := s.fetchDocument(ctx, clientID)
	if err != nil {
		return Client{}, err
	}
	now := database.Now()
	row := clientRow{ClientID: clientID, Name: m.Name, AuthMethod: authNone, CreatedAt: now, FetchedAt: &now}
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if !known {
			if err := makeRoom(ctx, tx, now); err != nil {
				return err
			}
		}
		row.ID, err = storeClient(ctx, tx, row, m.RedirectURIs)
		return err
	})
	return Client{ID: row.ID, ClientID: clientID, Name: m.Name, RedirectURIs: m.RedirectURIs, AuthMethod: authNone,
		CreatedAt: now}, err
}

// documentJSON is what is read of a document.
type documentJSON struct {
	ClientID      string   `json:"client_id"`
	ClientName    string   `json:"client_name"`
	RedirectURIs  []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
}

func (s *Service) fetchDocument(ctx context.Context, clientID string) (Metadata, error) {
	select {
	case s.fetching <- struct{}{}:
		defer func() { <-s.fetching }()
	case <-ctx.Done():
		return Metadata{}, ctx.Err()
	}
	response, err := s.Outbound.Get(ctx, clientID, outbound.Request{Accept: "application/json", Limit: maxDocument})
	if err != nil {
		if ctx.Err() != nil {
			return Metadata{}, ctx.Err()
		}
		s.Log.InfoContext(ctx, "fetching a client metadata document failed", "error", err)
		return Metadata{}, refuse(invalidClient, "The client metadata document can't be fetched.")
	}
	var d documentJSON
	if err := json.Unmarshal(response.Body, &d); err != nil {
		return Metadata{}, refuse(invalidClient, "The client metadata document is not a JSON object.")
	}
	m := Metadata{
		Name: d.ClientName, RedirectURIs: d.RedirectURIs, AuthMethod: d.AuthMethod, GrantTypes: d.GrantTypes,
		ResponseTypes: d.ResponseTypes,
	}
	if err := m.check(authNone); err != nil {
		return Metadata{}, err
	}
	if d.ClientID != clientID || m.AuthMethod != authNone {
		return Metadata{}, refuse(invalidClient, "The client metadata document names another client_id, or requires a "+
			"secret.")
	}
	return m, nil
}
