package rest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

// noInput is a handler that needs nothing from its request.
func noInput[Out any](out Out) func(context.Context, actor.Actor, *struct{}) (Out, error) {
	return func(context.Context, actor.Actor, *struct{}) (Out, error) { return out, nil }
}

func TestAccess(t *testing.T) {
	t.Parallel()
	const (
		missing   = `401 {"detail":"Authentication credentials were not provided."}`
		stale     = `401 {"detail":"Invalid token."}`
		key       = `403 {"detail":"This needs a signed-in session: an API key is not enough."}`
		forbidden = `403 {"detail":"You do not have permission to perform this action."}`
		member    = `200 "7 member"`
		staff     = `200 "8 staff"`
		nobody    = `200 "0 "`
	)
	levels := []struct {
		access                                               rest.Access
		withNothing, withStale, withMember, withKey, asStaff string
	}{
		{rest.Public, nobody, stale, member, member, staff},
		{rest.Anonymous, nobody, nobody, nobody, nobody, nobody},
		{rest.Account, missing, stale, member, member, staff},
		{rest.SessionOnly, missing, stale, member, key, staff},
		{rest.Staff, missing, stale, forbidden, forbidden, staff},
		{rest.Probe, nobody, nobody, nobody, nobody, staff},
	}
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/admin/", Access: rest.Staff}, echoCaller)
	call(t, "GET", serve(t, api)+"/api/v1/admin/", "", "Authorization: Token staff-key").
		want(t, 403, `{"detail":"This needs a signed-in session: an API key is not enough."}`)
	api, _ = newAPI()
	path := func(a rest.Access) string { return fmt.Sprintf("/api/v1/access/%d/", a) }
	for _, level := range levels {
		rest.Handle(api, rest.Operation{Method: "GET", Path: path(level.access), Access: level.access}, echoCaller)
	}
	url := serve(t, api)
	for _, level := range levels {
		for credentials, want := range map[string]string{
			"": level.withNothing, "Token stale": level.withStale, "Token member": level.withMember,
			"Token member-key": level.withKey, "Token staff": level.asStaff,
		} {
			var headers []string
			if credentials != "" {
				headers = []string{"Authorization: " + credentials}
			}
			got := call(t, "GET", url+path(level.access), "", headers...)
			if text := fmt.Sprintf("%d %s", got.Status, got.Body); text != want {
				t.Errorf("access %d with %q: %s, want %s", level.access, credentials, text, want)
			}
			challenge := ""
			if got.Status == 401 {
				challenge = "Token"
			}
			got.wantHeader(t, "WWW-Authenticate", challenge)
		}
	}
}

func echoCaller(_ context.Context, who actor.Actor, _ *struct{}) (string, error) {
	return fmt.Sprintf("%d %s", who.UserID, who.Username), nil
}

func TestAccessIsCheckedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/things/{id}/", Access: rest.Account},
		func(context.Context, actor.Actor, *thingInput) (string, error) { return "", nil })
	url := serve(t, api)
	call(t, "POST", url+"/api/v1/things/1/", "{broken", asJSON).
		want(t, 401, `{"detail":"Authentication credentials were not provided."}`)
	call(t, "POST", url+"/api/v1/things/1/", "{broken", asJSON, "Authorization: Token member").
		wantStart(t, 400, `{"detail":"JSON parse error - `)
}

func TestTroubleWhileSigningInIsNo401(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/things/", Access: rest.Account}, noInput("here"))
	got := call(t, "GET", serve(t, api)+"/api/v1/things/", "", "Authorization: Token trouble")
	got.want(t, 500, `{"detail":"Internal server error.","path":"/api/v1/things/","status_code":500}`)
	if len(log.with("the database is gone")) != 1 {
		t.Error("the cause is not in the log")
	}
}

func TestAKeyOpensItsScopesAlone(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(func(o *rest.Options) {
		o.Scope = func(op rest.Operation) string {
			if op.Tag == "" {
				return ""
			}
			return op.ScopeIn(op.Tag)
		}
	})
	const path = "/api/v1/things/"
	handle := func(method, path, tag string, access rest.Access) {
		rest.Handle(api, rest.Operation{Method: method, Path: path, Tag: tag, Access: access}, echoCaller)
	}
	handle("GET", path, "things", rest.Account)
	handle("POST", path, "things", rest.Account)
	handle("GET", "/api/v1/plans/", "plans", rest.Public)
	handle("GET", "/api/v1/both/", "", rest.Account)
	handle("GET", "/api/v1/own/", "things", rest.SessionOnly)
	url := serve(t, api)
	denied := func(scope string) string {
		return `{"detail":"This needs the scope ` + scope + `, which was not granted."}`
	}
	const some, none, all = "Authorization: Bearer some", "Authorization: Bearer none", "Authorization: Token member-key"
	call(t, "GET", url+path, "", some).want(t, 200, `"7 member"`)
	call(t, "POST", url+path, "", some).want(t, 403, denied("things:write"))
	call(t, "POST", url+path, "", all).want(t, 200, `"7 member"`)
	call(t, "GET", url+"/api/v1/plans/", "", some).want(t, 403, denied("plans:read")) // one's own are among them
	call(t, "GET", url+"/api/v1/plans/", "").want(t, 200, `"0 "`)
	call(t, "GET", url+"/api/v1/both/", "", some).wantStart(t, 403, `{"detail":`)
	call(t, "GET", url+"/api/v1/both/", "", all).want(t, 200, `"7 member"`)
	call(t, "GET", url+"/api/v1/own/", "", some).wantStart(t, 403, `{"detail":"This needs a signed-in session`)
	call(t, "GET", url+path, "", none).want(t, 403, denied("things:read"))
}
