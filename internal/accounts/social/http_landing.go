package social

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/page"
)

// editorPath is where the editor lies at FRONTEND_ORIGIN.
const editorPath = "/Notechondria/editor/"

// onwards is the script that leads to the editor: faster than the refresh, and no step back leads here again.
const onwards = `location.replace(document.getElementById("onwards").href)`

// landing is the page that leads on to the editor.
func landing(target string) page.Page {
	digest := sha256.Sum256([]byte(onwards))
	return page.Page{
		Head: page.Refresh(target),
		Main: `<h1>Signing you in</h1>
<p><a id="onwards" href="` + page.Text(target) + `">Continue to Notechondria</a></p>
<script>` + onwards + `</script>`,
		Policy: "form-action 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'",
	}
}

// failed is the page that says why there is no way on.
func failed(problem string) page.Page {
	return page.Page{
		Main: `<h1>Authentication failed</h1>
` + page.Problem(problem) + `
<p>You can close this page and try again in the app.</p>`,
		Policy: "form-action 'none'",
	}
}

// Returned looks at a browser that comes back from a provider, and answers it where a page of this server has sent it
// there.
type Returned func(w http.ResponseWriter, r *http.Request, name Name) (answered bool, err error)

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
