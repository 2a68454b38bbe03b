package oauth

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/page"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// pageView is what the pages show.
type pageView struct {
	Title   string
	Problem string

	Action  string // where forms are sent
	FormKey string
	Program string // what the program calls itself; "" for nothing
	Host    string // that vouches for the program; "" for none
	LeadsTo string
	Scopes  []Scope
	Ways    []social.WayIn
	User    string // who decides; "" while nobody has signed in

	Target string // where the browser goes on; "" for nowhere
	AtOnce bool   // it goes there by itself
}

// node is one of four pages: on the way to somewhere, the decision, signing in for it, or a problem.
func (v pageView) node() g.Node {
	top := g.Group{h.H1(g.Text(v.Title)), page.Problem(v.Problem)}
	switch {
	case v.AtOnce:
		return append(top, v.link("Continue to"))
	case v.User != "":
		return append(top, v.program(), v.decision())
	case v.FormKey != "":
		return append(top, v.program(), v.signIn())
	case v.Target != "":
		return append(top, v.link("Back to"))
	}
	return top
}

func (v pageView) link(words string) g.Node {
	return h.P(h.A(h.ID("onwards"), h.Href(v.Target), g.Text(words+" "+v.LeadsTo)))
}

// program shows which program asks.
func (v pageView) program() g.Node {
	name := h.Strong(g.Text(cmp.Or(v.Program, "without a name")))
	who := g.Group{g.Text("A program"), g.If(v.Program != "", g.Group{g.Text(" that calls itself "), name})}
	if v.Host != "" {
		who = g.Group{g.Text("The program "), name, g.Text(" of "), h.Strong(g.Text(v.Host))}
	}
	return h.P(who, g.Text(" asks for access to your account. Your answer will be sent to "), h.Strong(g.Text(v.LeadsTo)),
		g.Text(". "), g.If(v.Host == "", g.Text("Continue only if you have just connected it yourself.")))
}

func (v pageView) form(fields ...g.Node) g.Node {
	key := h.Input(h.Type("hidden"), h.Name("form_key"), h.Value(v.FormKey))
	return h.Form(h.Method("post"), h.Action(v.Action), key, g.Group(fields))
}

// button does what its value says. A blank keeps it apart from the next one.
func button(value, text string, attributes ...g.Node) g.Node {
	return g.Group{h.Button(g.Group(attributes), h.Name("do"), h.Value(value), g.Text(text)), g.Text(" ")}
}

func (v pageView) decision() g.Node {
	return g.Group{
		h.P(g.Text("You are signed in as "), h.Strong(g.Text(v.User)), g.Text(".")),
		v.form(
			h.FieldSet(h.Legend(g.Text("It may")), g.Map(v.Scopes, choice)),
			button("allow", "Allow"),
			button("deny", "Deny", h.Class("other")),
			button("another", "Use another account", h.Class("other")),
		),
	}
}

// choice is a scope that can be left out.
func choice(scope Scope) g.Node {
	return h.Label(h.Class("choice"),
		h.Input(h.Type("checkbox"), h.Name("scope"), h.Value(scope.Name), h.Checked()),
		g.Text(" "+scope.Text+" "), h.Small(g.Text(scope.Name)))
}

func (v pageView) signIn() g.Node {
	return g.Group{
		h.Ul(g.Map(v.Scopes, func(scope Scope) g.Node { return h.Li(g.Text(scope.Text)) })),
		h.P(g.Text("Sign in to decide what it may do.")),
		v.form(
			h.Label(h.For("identifier"), g.Text("User name or email address")),
			h.Input(h.ID("identifier"), h.Name("identifier"), h.AutoComplete("username"),
				g.Attr("autocapitalize", "none"), h.Required()),
			h.Label(h.For("password"), g.Text("Password")),
			h.Input(h.ID("password"), h.Name("password"), h.Type("password"), h.AutoComplete("current-password"),
				h.Required()),
			button("sign-in", "Sign in"),
			g.Map(v.Ways, func(way social.WayIn) g.Node {
				return button("provider:"+string(way.Name), "Sign in with "+way.Label, h.Class("other"), h.FormNoValidate())
			}),
			button("deny", "Deny", h.Class("other"), h.FormNoValidate()),
		),
	}
}

func (v *pageRequest) view(title, text string) pageView {
	view := pageView{Title: title, Problem: text, Program: v.request.Client.Name,
		LeadsTo: Destination(v.request.RedirectURI)}
	if v.request.Client.Document() {
		if u, err := url.Parse(v.request.Client.ClientID); err == nil {
			view.Host = u.Host
		}
	}
	for _, scope := range Scopes() {
		if len(intersect([]string{scope.Name}, v.request.Scopes)) > 0 {
			view.Scopes = append(view.Scopes, scope)
		}
	}
	return view
}

func (v *pageRequest) write(status int, view pageView) error {
	shown := page.Page{Main: view.node(), Policy: "form-action 'self'"}
	if view.AtOnce {
		shown.Head = page.Refresh(view.Target)
	}
	page.Write(v.w, status, shown)
	return nil
}

// signInPage shows the form to sign in.
func (v *pageRequest) signInPage(status int, text string) error {
	if v.key == "" {
		v.key = randomHex(32)
	}
	v.setCookie(browserCookie, v.key)
	view := v.view("Connect a program", text)
	view.Action, view.FormKey = authorizePath+"?"+v.request.Query, v.formKey()
	view.Ways = v.s.Social.WaysIn(v.request.Issuer)
	return v.write(status, view)
}

// consentPage asks what a program may do.
func (v *pageRequest) consentPage(status int, in Decider, text string) error {
	view := v.view("Connect a program", text)
	view.Action, view.FormKey, view.User = authorizePath+"?"+v.request.Query, v.formKey(), in.Username
	return v.write(status, view)
}

// onwards leads to another place: by a page and not by a redirect, since a browser that has sent a form follows
// redirects only to where forms may be sent (form-action).
func (v *pageRequest) onwards(target, name string) error {
	view := v.view("One moment", "")
	view.Target, view.AtOnce, view.LeadsTo = target, true, name
	return v.write(http.StatusOK, view)
}

// problemPage says why nothing can be decided.
func (v *pageRequest) problemPage(status int, text string) error {
	return v.write(status, v.view("This request can't be completed", text))
}

// refused shows what is wrong with a program's request, with a link back that tells the program. The browser does not
// go there by itself, since anybody can register a program.
func (v *pageRequest) refused(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	if p.Kind == problem.TooMany {
		v.w.Header().Set("Retry-After", rest.RetryAfter(p.RetryAfter))
		return v.problemPage(http.StatusTooManyRequests, "Too many attempts. Please wait 15 minutes.")
	}
	if p.Code == "" {
		return err
	}
	view := v.view("This request can't be completed", "The program sent an invalid request: "+p.Cause)
	if v.request.RedirectURI != "" {
		target, err := v.request.Refused(p.Code, p.Cause)
		if err != nil {
			return err
		}
		view.Target = target
	}
	return v.write(http.StatusBadRequest, view)
}

// signedIn shows the page to decide.
func (v *pageRequest) signedIn(key string) error {
	v.setCookie(browserCookie, key)
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, authorizePath+"?"+v.request.Query, http.StatusSeeOther)
	return nil
}

// notSignedIn shows the page again, with what was wrong.
func (v *pageRequest) notSignedIn(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	switch p.Kind {
	case problem.Invalid:
		return v.signInPage(http.StatusBadRequest, "No active account matches this name and password.")
	case problem.TooMany:
		v.w.Header().Set("Retry-After", rest.RetryAfter(p.RetryAfter))
		return v.signInPage(http.StatusTooManyRequests, "Too many attempts. Please wait 15 minutes.")
	case problem.Unauthenticated:
		return v.signInPage(http.StatusForbidden, "This account can't be used.")
	case problem.Refused, problem.NotFound:
		return v.signInPage(http.StatusBadRequest, p.Cause)
	case problem.Upstream:
		return v.signInPage(http.StatusBadGateway, p.Cause)
	}
	return err
}
