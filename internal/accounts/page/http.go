// Package page is the frame of the few pages that this server shows by itself: where a link in a mail leads, where a
// provider of sign-in sends browsers back to, and where people decide on what programs ask for.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"net/http"
)

// Markup is the source of a page. Constants of this program are; a text of somebody else becomes it by Text alone, as
// the compiler refuses to join the two. (html/template looks methods up by name, for which the linker keeps those of
// all types.)
type Markup string

// Text shows a text as it is, between tags and in quoted attributes. Addresses in them are for their makers to check.
func Text(text string) Markup { return Markup(html.EscapeString(text)) }

// If is the markup where that holds.
func If(holds bool, markup Markup) Markup {
	if holds {
		return markup
	}
	return ""
}

// Problem is the paragraph that says what went wrong; nothing for "".
func Problem(text string) Markup {
	return If(text != "", `<p class="problem" role="alert">`+Text(text)+`</p>`)
}

// Refresh leads to another place as soon as the page is shown.
func Refresh(target string) Markup {
	return `<meta http-equiv="refresh" content="0;url=` + Text(target) + "\">\n"
}

const head Markup = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Notechondria</title>
<style>` + style + `</style>
`

const style Markup = `
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

// styleSource names the style in a policy: no other is applied.
func styleSource() string {
	digest := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

// Page is what is shown.
type Page struct {
	Head   Markup // what its head holds besides that of all pages
	Main   Markup
	Policy string // what it may do: it may load nothing and be framed by nobody in any case
}

// Write answers with a page.
func Write(w http.ResponseWriter, status int, page Page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src "+styleSource()+"; base-uri 'none'; frame-ancestors 'none'; "+page.Policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address of the page holds a code
	w.WriteHeader(status)
	// The client may be gone.
	_, _ = io.WriteString(w, string(head+page.Head+"</head>\n<body><main>\n"+page.Main+"\n</main></body>\n</html>\n"))
}
