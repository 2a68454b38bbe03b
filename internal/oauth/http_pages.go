package oauth

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/trance-0/notechondria/internal/accounts/page"
	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/problem"
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

// markup is one of four pages: on the way to somewhere, the decision, signing in for it, or a problem.
func (v pageView) markup() page.Markup {
	top := `<h1>` + page.Text(v.Title) + "</h1>\n" + page.Problem(v.Problem) + "\n"
	switch {
	case v.AtOnce:
		return top + v.link("Continue to")
	case v.User != "":
		return top + v.program() + v.decision()
	case v.FormKey != "":
		return top + v.program() + v.signIn()
	case v.Target != "":
		return top + v.link("Back to")
	}
	return top
}

func (v pageView) link(words page.Markup) page.Markup {
	return `<p><a id="onwards" href="` + page.Text(v.Target) + `">` + words + ` ` + page.Text(v.LeadsTo) + `</a></p>`
}

// program says who asks.
func (v pageView) program() page.Markup {
	name := `<strong>` + page.Text(cmp.Or(v.Program, "without a name")) + `</strong>`
	who := `A program` + page.If(v.Program != "", ` that calls itself `+name)
	if v.Host != "" {
		who = `The program ` + name + ` of <strong>` + page.Text(v.Host) + `</strong>`
	}
	return `<p>` + who + `
asks for access to your account. Your answer leads to <strong>` + page.Text(v.LeadsTo) + `</strong>.
` + page.If(v.Host == "", `Go on only if you have just connected it yourself.`) + "</p>\n"
}

func (v pageView) form() page.Markup {
	return `<form method="post" action="` + page.Text(v.Action) + `">
<input type="hidden" name="form_key" value="` + page.Text(v.FormKey) + "\">\n"
}

func (v pageView) decision() page.Markup {
	var scopes page.Markup
	for _, scope := range v.Scopes {
		name := page.Text(scope.Name)
		scopes += `<label class="choice"><input type="checkbox" name="scope" value="` + name + `" checked> ` +
			page.Text(scope.Text) + ` <small>` + name + "</small></label>\n"
	}
	return `<p>You are signed in as <strong>` + page.Text(v.User) + "</strong>.</p>\n" + v.form() +
		`<fieldset><legend>It may</legend>
` + scopes + `</fieldset>
<button name="do" value="allow">Allow</button>
<button class="other" name="do" value="deny">Deny</button>
<button class="other" name="do" value="another">Use another account</button>
</form>`
}

func (v pageView) signIn() page.Markup {
	var scopes, ways page.Markup
	for _, scope := range v.Scopes {
		scopes += `<li>` + page.Text(scope.Text) + `</li>`
	}
	for _, way := range v.Ways {
		ways += `<button class="other" name="do" value="provider:` + page.Text(string(way.Name)) +
			`" formnovalidate>Sign in with ` + page.Text(way.Label) + "</button>\n"
	}
	return `<ul>` + scopes + `</ul>
<p>Sign in to decide what it may do.</p>
` + v.form() + `<label for="identifier">User name or mail address</label>` +
		`<input id="identifier" name="identifier" autocomplete="username" autocapitalize="none" required>
<label for="password">Password</label>` +
		`<input id="password" name="password" type="password" autocomplete="current-password" required>
<button name="do" value="sign-in">Sign in</button>
` + ways + `<button class="other" name="do" value="deny" formnovalidate>Deny</button>
</form>`
}

func (v *visit) view(title, text string) pageView {
	view := pageView{Title: title, Problem: text, Program: v.request.Client.Name,
		LeadsTo: Destination(v.request.RedirectURI)}
	if v.request.Client.Document() {
		if u, err := url.Parse(v.request.Client.ClientID); err == nil {
			view.Host = u.Host
		}
	}
	for _, scope := range Scopes() {
		if len(within([]string{scope.Name}, v.request.Scopes)) > 0 {
			view.Scopes = append(view.Scopes, scope)
		}
	}
	return view
}

func (v *visit) write(status int, view pageView) error {
	shown := page.Page{Main: view.markup(), Policy: "form-action 'self'"}
	if view.AtOnce {
		shown.Head = page.Refresh(view.Target)
	}
	page.Write(v.w, status, shown)
	return nil
}

// signInPage asks who somebody is.
func (v *visit) signInPage(status int, text string) error {
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
func (v *visit) consentPage(status int, in signedIn, text string) error {
	view := v.view("Connect a program", text)
	view.Action, view.FormKey, view.User = authorizePath+"?"+v.request.Query, v.formKey(), in.Username
	return v.write(status, view)
}

// onwards leads to another place: by a page and not by a redirect, since a browser that has sent a form follows
// redirects only to where forms may be sent (form-action).
func (v *visit) onwards(target, name string) error {
	view := v.view("One moment", "")
	view.Target, view.AtOnce, view.LeadsTo = target, true, name
	return v.write(http.StatusOK, view)
}

// problemPage says why nothing can be decided.
func (v *visit) problemPage(status int, text string) error {
	return v.write(status, v.view("This does not work", text))
}

// refused says what is wrong with what a program asks. Whoever reads it may go back to the program, which is told then;
// nobody is sent there without being asked: anybody can register a program.
func (v *visit) refused(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	if p.Kind == problem.TooMany {
		v.w.Header().Set("Retry-After", seconds(p.RetryAfter))
		return v.problemPage(http.StatusTooManyRequests, "There were too many attempts. Please wait a quarter of an hour.")
	}
	if p.Code == "" {
		return err
	}
	view := v.view("This does not work", "The program asked for something that is not possible: "+p.Cause)
	if v.request.RedirectURI != "" {
		target, err := v.request.Refused(p.Code, p.Cause)
		if err != nil {
			return err
		}
		view.Target = target
	}
	return v.write(http.StatusBadRequest, view)
}

// signedIn goes on to the decision.
func (v *visit) signedIn(key string) error {
	v.setCookie(browserCookie, key)
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, authorizePath+"?"+v.request.Query, http.StatusSeeOther)
	return nil
}

// notSignedIn shows the page again, with what was wrong.
func (v *visit) notSignedIn(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	switch p.Kind {
	case problem.Invalid:
		return v.signInPage(http.StatusBadRequest, "No active account matches this name and password.")
	case problem.TooMany:
		v.w.Header().Set("Retry-After", seconds(p.RetryAfter))
		return v.signInPage(http.StatusTooManyRequests, "There were too many attempts. Please wait a quarter of an hour.")
	case problem.Unauthenticated:
		return v.signInPage(http.StatusForbidden, "This account can't be used.")
	case problem.Refused, problem.NotFound:
		return v.signInPage(http.StatusBadRequest, p.Cause)
	case problem.Upstream:
		return v.signInPage(http.StatusBadGateway, p.Cause)
	}
	return err
}
