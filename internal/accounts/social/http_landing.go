package social

import (
	"net/http"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trance-0/notechondria/internal/page"
)

// editorPath is where the editor lies at FRONTEND_ORIGIN.
const editorPath = "/Notechondria/editor/"

// onwards is the script that leads to the editor: faster than the refresh, and no step back leads here again.
const onwards = `location.replace(document.getElementById("onwards").href)`

// landing is the page that leads on to the editor.
func landing(target string) page.Page {
	return page.Page{
		Head: page.Refresh(target),
		Main: g.Group{
			h.H1(g.Text("Signing you in")),
			h.P(h.A(h.ID("onwards"), h.Href(target), g.Text("Continue to Notechondria"))),
		},
		Script: onwards,
		Policy: "form-action 'none'",
	}
}

// failed is the page that says why there is no way on.
func failed(problem string) page.Page {
	return page.Page{
		Main: g.Group{
			h.H1(g.Text("Authentication failed")),
			page.Problem(problem),
			h.P(g.Text("You can close this page and try again in the app.")),
		},
		Policy: "form-action 'none'",
	}
}

// OnReturn registers who sends browsers to providers from pages of this server.
func (s *Service) OnReturn(look Returned) { s.onReturn = look }

// land asks first whether a page of this server has sent the browser to the provider.
func (s *Service) land(name Name) func(w http.ResponseWriter, r *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.onReturn != nil {
			if answered, err := s.onReturn(w, r, name); answered || err != nil {
				return err
			}
		}
		return s.serveLanding(w, r)
	}
}

// serveLanding is where a provider may send the browser when the app itself can't be: it hands code and state on to the
// editor, which redeems the code. The status is 200 in any case, as providers and old apps know it.
func (s *Service) serveLanding(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	shown := failed("The provider sent no code.")
	if reported := query.Get("error"); reported != "" {
		shown = failed("The provider reported: " + reported)
	} else if code := query.Get("code"); code != "" {
		shown = landing(strings.TrimRight(s.FrontendURL, "/") + editorPath +
			"?code=" + url.QueryEscape(code) + "&state=" + url.QueryEscape(query.Get("state")))
	}
	page.Write(w, http.StatusOK, shown)
	return nil
}
