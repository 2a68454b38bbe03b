package accounts

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/page"
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

func (v verifyView) node() g.Node {
	if v.Done {
		link := h.A(h.Href(v.Frontend), g.Text("open Notechondria"))
		return g.Group{
			h.H1(g.Text("Your email address is verified")),
			h.P(g.Text("You can sign in now"), g.If(v.Frontend != "", g.Group{g.Text(": "), link}), g.Text(".")),
		}
	}
	return g.Group{
		h.H1(g.Text("Verify your email address")),
		page.Problem(v.Problem),
		h.Form(h.Method("post"),
			h.Label(h.For("email"), g.Text("Email address")),
			h.Input(h.ID("email"), h.Name("email"), h.Type("email"), h.Value(v.Email), h.Required()),
			h.Label(h.For("code"), g.Text("Code from the email")),
			h.Input(h.ID("code"), h.Name("code"), h.Value(v.Code), g.Attr("inputmode", "numeric"),
				h.AutoComplete("one-time-code"), h.Required()),
			h.Button(g.Text("Verify")),
		),
	}
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
	view := verifyView{Email: page.FormText(r, "email"), Code: page.FormText(r, "code")}
	client := rest.ClientOf(r.Context())
	who := actor.Actor{Client: actor.Client{Address: client.Address, UserAgent: client.UserAgent}}
	err := s.VerifyEmail(r.Context(), who, view.Email, view.Code)
	switch {
	case err == nil:
		writeVerifyPage(w, http.StatusOK, verifyView{Done: true, Frontend: s.FrontendURL})
	case problem.IsKind(err, problem.TooMany):
		view.Problem = "Too many wrong codes. Please wait 15 minutes."
		writeVerifyPage(w, http.StatusTooManyRequests, view)
	case problem.IsKind(err, problem.Invalid):
		view.Problem = "This code is wrong, expired or already used. The app can send you a new one."
		writeVerifyPage(w, http.StatusBadRequest, view)
	default:
		return err
	}
	return nil
}

func writeVerifyPage(w http.ResponseWriter, status int, view verifyView) {
	page.Write(w, status, page.Page{Main: view.node(), Policy: "form-action 'self'"})
}
