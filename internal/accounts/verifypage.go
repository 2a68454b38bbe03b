package accounts

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// VerifyPath is the page that the link in a verification mail opens.
const VerifyPath = "/auth/verify-email/"

func (s *Service) registerVerifyPage(api *rest.API) {
	api.Route(http.MethodGet, VerifyPath, s.showVerifyPage)
	api.Route(http.MethodPost, VerifyPath, s.submitVerifyPage)
}

// verifyView is what the page shows: a form, or how it went.
type verifyView struct {
	Email, Code       string
	Done              bool
	Problem, Frontend string
}

var verifyPage = template.Must(template.New("verify").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Notechondria</title>
<style>
body { font: 17px/1.5 system-ui, sans-serif; margin: 0; background: #f2f6f5; color: #16312d; }
main { max-width: 26rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: 12px; box-shadow: 0 1px 6px #0002; }
h1 { font-size: 1.3rem; margin-top: 0; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #9db5b0; border-radius: 6px; }
button { font: inherit; margin-top: 1.5rem; padding: .6rem 1.4rem; border: 0; border-radius: 6px; background: #00796b; color: #fff; cursor: pointer; }
.problem { color: #a3261b; }
</style>
</head>
<body><main>
{{if .Done}}
<h1>Your address is verified</h1>
<p>You can sign in now{{if .Frontend}}: <a href="{{.Frontend}}">open Notechondria</a>{{end}}.</p>
{{else}}
<h1>Verify your address</h1>
{{with .Problem}}<p class="problem" role="alert">{{.}}</p>{{end}}
<form method="post">
<label for="email">Mail address</label><input id="email" name="email" type="email" value="{{.Email}}" required>
<label for="code">Code from the mail</label><input id="code" name="code" value="{{.Code}}" inputmode="numeric" autocomplete="one-time-code" required>
<button>Verify</button>
</form>
{{end}}
</main></body>
</html>
`))

// showVerifyPage changes nothing: programs that check mails for harmful links open them too.
func (s *Service) showVerifyPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	s.renderVerifyPage(w, http.StatusOK, verifyView{Email: query.Get("email"), Code: query.Get("code")})
	return nil
}

const maxVerifyForm = 16 << 10

func (s *Service) submitVerifyPage(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxVerifyForm)
	view := verifyView{Email: formText(r, "email"), Code: formText(r, "code")}
	err := s.activate(r.Context(), view.Email, view.Code, func(*database.Tx, int64) error { return nil })
	var refusal *rest.Error
	switch {
	case err == nil:
		s.renderVerifyPage(w, http.StatusOK, verifyView{Done: true, Frontend: s.FrontendURL})
	case errors.As(err, &refusal) && refusal.Status == http.StatusTooManyRequests:
		view.Problem = "There were too many wrong codes. Please wait a quarter of an hour."
		s.renderVerifyPage(w, refusal.Status, view)
	case errors.As(err, &refusal):
		view.Problem = "This code is wrong, too old, or was used already. The app can send you another one."
		s.renderVerifyPage(w, refusal.Status, view)
	default:
		return err
	}
	return nil
}

// formText reads a field of a form as text that can be looked for in the database.
func formText(r *http.Request, name string) string {
	text := strings.ToValidUTF8(r.PostFormValue(name), "\uFFFD")
	return strings.TrimSpace(strings.ReplaceAll(text, "\x00", ""))
}

func (s *Service) renderVerifyPage(w http.ResponseWriter, status int, view verifyView) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address of the page holds the code
	w.WriteHeader(status)
	if err := verifyPage.Execute(w, view); err != nil {
		s.Log.Debug("the verification page was not read to its end", "error", err)
	}
}
