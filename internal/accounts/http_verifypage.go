package accounts

import (
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/page"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
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

func (v verifyView) markup() page.Markup {
	if v.Done {
		link := `: <a href="` + page.Text(v.Frontend) + `">open Notechondria</a>`
		return `<h1>Your address is verified</h1>
<p>You can sign in now` + page.If(v.Frontend != "", link) + `.</p>`
	}
	return `<h1>Verify your address</h1>
` + page.Problem(v.Problem) + `
<form method="post">
<label for="email">Mail address</label>
<input id="email" name="email" type="email" value="` + page.Text(v.Email) + `" required>
<label for="code">Code from the mail</label>
<input id="code" name="code" value="` + page.Text(v.Code) + `"
 inputmode="numeric" autocomplete="one-time-code" required>
<button>Verify</button>
</form>`
}

// showVerifyPage changes nothing: programs that check mails for harmful links open them too.
func (s *Service) showVerifyPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	writeVerifyPage(w, http.StatusOK, verifyView{Email: query.Get("email"), Code: query.Get("code")})
	return nil
}

const maxVerifyForm = 16 << 10

func (s *Service) submitVerifyPage(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxVerifyForm)
	view := verifyView{Email: formText(r, "email"), Code: formText(r, "code")}
	client := rest.ClientOf(r.Context())
	who := actor.Actor{Client: actor.Client{Address: client.Address, UserAgent: client.UserAgent}}
	err := s.VerifyEmail(r.Context(), who, view.Email, view.Code)
	switch {
	case err == nil:
		writeVerifyPage(w, http.StatusOK, verifyView{Done: true, Frontend: s.FrontendURL})
	case problem.IsKind(err, problem.TooMany):
		view.Problem = "There were too many wrong codes. Please wait a quarter of an hour."
		writeVerifyPage(w, http.StatusTooManyRequests, view)
	case problem.IsKind(err, problem.Invalid):
		view.Problem = "This code is wrong, too old, or was used already. The app can send you another one."
		writeVerifyPage(w, http.StatusBadRequest, view)
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

func writeVerifyPage(w http.ResponseWriter, status int, view verifyView) {
	page.Write(w, status, page.Page{Main: view.markup(), Policy: "form-action 'self'"})
}
