package social

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Proof is what an app got from a provider.
type Proof struct {
	Provider     Name
	Code         string // wins over an IDToken
	IDToken      string
	CodeVerifier string // of an app that sent a code challenge (PKCE)
	RedirectURI  string // the one with which the code was asked for; one that is not configured counts as absent
	Origin       string // of the front end, in lower case; "" for an unknown one
}

func (p Proof) check(outcome string) error {
	if p.Code == "" && p.IDToken == "" {
		return problem.InvalidBecause(problem.NonField, outcome, "a code or an id_token is required")
	}
	return nil
}

// refusedProofs limits the proofs of one client that a provider refuses: each is a request to it.
var refusedProofs = attempts.Limit{Scope: "social_address", Most: 60}

// identify asks the provider whose proof it is. worded makes a problem of what is wrong.
func (s *Service) identify(
	ctx context.Context, who actor.Actor, p Proof, worded func(kind problem.Kind, cause string) error,
) (provider.Identity, error) {
	configured := s.Providers.byName(p.Provider)
	if configured.Identifier == nil {
		return provider.Identity{}, worded(problem.Unavailable, "it is not set up on this server")
	}
	client := s.Clients.Key(who.Client)
	// Charged first and given back unless the proof is refused: proofs side by side must not all reach the provider.
	if err := refusedProofs.ChargeAlone(ctx, s.DB, client); err != nil {
		return provider.Identity{}, err
	}
	identity, err := configured.Identifier.Identify(ctx, provider.Proof{
		Code: p.Code, IDToken: p.IDToken, CodeVerifier: p.CodeVerifier,
		RedirectURI: configured.redirectURI(p.RedirectURI, p.Origin),
	})
	var trouble *provider.Error
	isTrouble := errors.As(err, &trouble)
	if !isTrouble || trouble.Unreachable || ctx.Err() != nil { // all is well, or nobody's fault
		if err := s.giveBack(ctx, client); err != nil {
			return provider.Identity{}, err
		}
	}
	if !isTrouble {
		return identity, err
	}
	return provider.Identity{}, worded(s.logTrouble(ctx, p.Provider, trouble), trouble.Reason)
}

const giveBackTimeout = 5 * time.Second

// giveBack is not stopped by a client that is gone.
func (s *Service) giveBack(ctx context.Context, client string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	return s.DB.Write(ctx, func(tx *database.Tx) error { return refusedProofs.GiveBack(ctx, tx, client) })
}

// logTrouble returns what kind of problem it is.
func (s *Service) logTrouble(ctx context.Context, name Name, trouble *provider.Error) problem.Kind {
	kind, level, text := problem.Refused, slog.LevelInfo, "a sign-in provider refused"
	if trouble.Unreachable {
		kind, level, text = problem.Upstream, slog.LevelWarn, "unexpected response from a sign-in provider"
	}
	if ctx.Err() == nil { // else the client is gone
		s.Log.Log(ctx, level, text, "provider", name, "error", trouble)
	}
	return kind
}
