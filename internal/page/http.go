// Package page is the frame of the few pages that this server shows by itself: where a link in a mail leads, where a
// provider of sign-in sends browsers back to, and where people decide on what programs ask for.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	g "maragu.dev/gomponents"
	"maragu.dev/gomponents/components"
	h "maragu.dev/gomponents/html"
)

// Problem is the paragraph that says what went wrong; nothing for "".
func Problem(text string) g.Node {
	return g.If(text != "", h.P(h.Class("problem"), h.Role("alert"), g.Text(text)))
}

// Refresh leads to another place as soon as the page is shown.
func Refresh(target string) g.Node {
	return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("0;url="+target))
}

// source is what browsers read as no text but run or apply. Only constants become it, as the compiler refuses others
// outside of this package.
type source string

// named is how a policy names the source that it allows.
func (s source) named() string {
	digest := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

const style source = `
body { font: 17px/1.5 system-ui, sans-serif; margin: 0; background: #f2f6f5; color: #16312d; }
main { max-width: 26rem; margin: 12vh auto; padding: 2rem; }
main { background: #fff; border-radius: 12px; box-shadow: 0 1px 6px #0002; }
h1 { font-size: 1.3rem; margin-top: 0; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
input { border: 1px solid #9db5b0; border-radius: 6px; }
button { font: inherit; margin-top: 1.5rem; padding: .6rem 1.4rem; border: 0; border-radius: 6px; }
button { background: #00796b; color: #fff; cursor: pointer; }
.problem { color: #a3261b; }
button.other { background: #e2ecea; color: #16312d; }
fieldset { border: 1px solid #9db5b0; border-radius: 6px; }
label.choice { margin: .5rem 0; }
label.choice input { width: auto; }
small { color: #5d7a75; }
`

// Page is what is shown. Texts in it are escaped; addresses are for their makers to check.
type Page struct {
	Head   g.Node // what its head holds besides that of all pages
	Main   g.Node
	Script source // runs at the end; "" for none
	Policy string // what it may do besides: it may load nothing and be framed by nobody in any case
}

// Write answers with a page.
func Write(w http.ResponseWriter, status int, page Page) {
	policy := "default-src 'none'; style-src " + style.named() + "; base-uri 'none'; frame-ancestors 'none'; " +
		page.Policy
	if page.Script != "" {
		policy += "; script-src " + page.Script.named()
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer") // the address of the page holds a code
	var b bytes.Buffer
	_ = document(page).Render(&b) // which takes all there is
	w.WriteHeader(status)
	// The client may be gone.
	_, _ = w.Write(b.Bytes())
}

func document(page Page) g.Node {
	return components.HTML5(components.HTML5Props{
		Title: "Notechondria", Language: "en",
		Head: []g.Node{
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.StyleEl(g.Raw(string(style))),
			page.Head,
		},
		Body: []g.Node{h.Main(page.Main, g.If(page.Script != "", h.Script(g.Raw(string(page.Script)))))},
	})
}

// FormText reads a field of a form as text that can be looked for in the database.
func FormText(r *http.Request, name string) string {
	text := strings.ToValidUTF8(r.PostFormValue(name), "\uFFFD")
	return strings.TrimSpace(strings.ReplaceAll(text, "\x00", ""))
}
