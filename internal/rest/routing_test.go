package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/rest"
)

type thing struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Query string `json:"query"`
}

type thingInput struct {
	ID    int64  `path:"id"`
	Query string `query:"q"`
	Body  struct {
		Title rest.Optional[string] `json:"title"`
	}
}

func things(t *testing.T) string {
	t.Helper()
	api, _ := newAPI()
	echo := func(in *thingInput) (thing, error) {
		return thing{ID: in.ID, Title: in.Body.Title.Value, Query: in.Query}, nil
	}
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		register(api, method, "/api/v1/things/{id}/", echo)
	}
	register(api, "GET", "/api/v1/things/uuid/{uuid}/", func(in *struct {
		UUID string `path:"uuid"`
	}) (string, error) {
		return in.UUID, nil
	})
	register(api, "DELETE", "/api/v1/providers/{provider}/", func(in *struct {
		Provider string `path:"provider"`
	}) (string, error) {
		return in.Provider, nil
	})
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/members/", Access: rest.Account}, noInput("made"))
	register(api, "GET", "/handshake/", func(*struct{}) (string, error) { return "hello", nil })
	register(api, "GET", "/", func(*struct{}) (string, error) { return "root", nil })
	api.Route("GET", "/pages/*", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := w.Write([]byte("<p>" + r.URL.Path))
		return err
	})
	return serve(t, api)
}

func TestFinalSlashMakesNoDifference(t *testing.T) {
	t.Parallel()
	url := things(t)
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		for _, path := range []string{"/api/v1/things/12/", "/api/v1/things/12"} {
			body := ""
			if method != "GET" {
				body = `{"title":"kept"}`
			}
			got := call(t, method, url+path+"?q=%2Fa%2F&other=1", body, asJSON)
			title := strings.TrimSuffix(strings.TrimPrefix(body, `{"title":"`), `"}`)
			got.want(t, 200, `{"id":12,"title":"`+title+`","query":"/a/"}`)
		}
	}
}

func TestPathIsRoutedDecoded(t *testing.T) {
	t.Parallel()
	url := things(t)
	for path, want := range map[string]string{
		"/api/v1/providers/goo%67le":    `"google"`,
		"/api/v1/providers/goo%67le/":   `"google"`,
		"/%61pi/v1/providers/%E9%9F%B3": `"` + "音" + `"`,
		"/api/v1/providers/a%20b/":      `"a b"`,
		"/api/v1/providers/a%00b":       `"ab"`,
		"/api/v1/providers/a%FFb":       `"a` + "\uFFFD" + `b"`,
	} {
		call(t, "DELETE", url+path, "").want(t, 200, want)
	}
	call(t, "DELETE", url+"/api/v1/providers/a%2Fb/", "").wantStart(t, 404, `{"detail":"API route not found."`)
}

func TestUnknownRouteIsJSONEverywhere(t *testing.T) {
	t.Parallel()
	url := things(t)
	tests := []struct{ method, path, shown, detail string }{
		{"GET", "/api/v1/nothing/?token=x", "/api/v1/nothing/", "API route not found."},
		{"GET", "/api/v1/nothing", "/api/v1/nothing", "API route not found."},
		{"POST", "/api/v1/nothing/", "/api/v1/nothing/", "API route not found."},
		{"PUT", "/api/v1/nothing/", "/api/v1/nothing/", "API route not found."},
		{"PROPFIND", "/api/v1/nothing/", "/api/v1/nothing/", "API route not found."},
		{"GET", "/api/v1/things/12//", "/api/v1/things/12//", "API route not found."},
		{"GET", "/api/v1/%3Cb%3E/", "/api/v1/<b>/", "API route not found."},
		{"GET", "/nothing", "/nothing", "Page not found."},
		{"GET", "/handshakes/", "/handshakes/", "Page not found."},
		{"OPTIONS", "/nothing", "/nothing", "Page not found."},
	}
	for _, test := range tests {
		got := call(t, test.method, url+test.path, "")
		got.want(t, 404, `{"detail":"`+test.detail+`","path":"`+test.shown+`","status_code":404}`)
		got.wantHeader(t, "Content-Type", "application/json; charset=utf-8")
	}
}

func TestParameterOfWrongShapeIsUnknownRoute(t *testing.T) {
	t.Parallel()
	url := things(t)
	for _, path := range []string{
		"things/abc/", "things/-1/", "things/+1/", "things/1.0/", "things/%20", "things/1a", "things/\u0661/", "things/1/2/",
		"things/uuid/", "things/uuid/6F9619FF-8B86-D011-B42D-00CF4FC964FF/", "things/uuid/6f9619ff8b86d011b42d00cf4fc964ff/",
		"things/uuid/6f9619ff-8b86-d011-b42d-00cf4fc964ff0/", "things/uuid/%7B6f9619ff-8b86-d011-b42d-00cf4fc964ff%7D/",
	} {
		call(t, "GET", url+"/api/v1/"+path, "").wantStart(t, 404, `{"detail":"API route not found.","path":"/api/v1/things/`)
	}
	uuid := "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
	call(t, "GET", url+"/api/v1/things/uuid/"+uuid, "").want(t, 200, `"`+uuid+`"`)
}

func TestIDBeyondEveryIDReachesTheHandler(t *testing.T) {
	t.Parallel()
	url := things(t)
	for path, id := range map[string]string{
		"0": "0", "007": "7", "9223372036854775807": "9223372036854775807",
		"9223372036854775808": "9223372036854775807", "340282366920938463463374607431768211456": "9223372036854775807",
	} {
		call(t, "GET", url+"/api/v1/things/"+path+"/", "").want(t, 200, `{"id":`+id+`,"title":"","query":""}`)
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	t.Parallel()
	url := things(t)
	for _, test := range []struct{ method, path, allow string }{
		{"PUT", "/api/v1/things/1/", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"},
		{"PUT", "/api/v1/things/1", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"},
		{"PROPFIND", "/api/v1/things/1/", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"},
		{"TRACE", "/api/v1/things/1/", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"},
		{"GET", "/api/v1/members/", "POST, OPTIONS"}, // before 401
		{"POST", "/handshake/", "GET, HEAD, OPTIONS"},
		{"DELETE", "/", "GET, HEAD, OPTIONS"},
		{"POST", "/pages/a/b", "GET, HEAD, OPTIONS"},
	} {
		got := call(t, test.method, url+test.path, "", "Authorization: Token stale")
		got.want(t, 405, `{"detail":"Method \"`+test.method+`\" not allowed."}`)
		got.wantHeader(t, "Allow", test.allow)
	}
	call(t, "HEAD", url+"/api/v1/members/", "").wantHeader(t, "Allow", "POST, OPTIONS")
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	t.Parallel()
	url := things(t)
	for _, path := range []string{"/api/v1/things/12/", "/api/v1/things/12", "/", "/handshake", "/pages/a",
		"/api/v1/nothing/"} {
		get, head := call(t, "GET", url+path, ""), call(t, "HEAD", url+path, "")
		if head.Status != get.Status || head.Body != "" {
			t.Errorf("HEAD %s: %d %q, want %d and no body", path, head.Status, head.Body, get.Status)
		}
		for _, name := range []string{"Content-Type", "Content-Length", "Vary"} {
			head.wantHeader(t, name, get.Header.Get(name))
		}
	}
}

func TestOptionsIsAnsweredEverywhere(t *testing.T) {
	t.Parallel()
	url := things(t)
	for path, allow := range map[string]string{
		"/api/v1/things/1/": "", "/api/v1/nothing/": "", "/media/x.png": "", // by CORS, without routing
		"/": "GET, HEAD, OPTIONS", "/pages/a": "GET, HEAD, OPTIONS",
	} {
		got := call(t, "OPTIONS", url+path, "")
		got.want(t, 204, "")
		got.wantHeader(t, "Allow", allow)
	}
}
