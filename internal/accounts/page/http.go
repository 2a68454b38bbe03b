// Package page is the frame of the few pages that this server shows by itself: where a link in a mail leads, where a
// provider of sign-in sends browsers back to, and where people decide on what programs ask for.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
)

// Head begins the source of every page; what else belongs into the head follows it.
const Head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Notechondria</title>
<style>` + style + `</style>
`

const style = `
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

// Write answers with a page. It may load nothing and be framed by nobody; policy is what it may do besides.
func Write(w http.ResponseWriter, status int, page *template.Template, view any, policy string) error {
	var content bytes.Buffer
	if err := page.Execute(&content, view); err != nil {
		return fmt.Errorf("writing a page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src "+styleSource()+"; base-uri 'none'; frame-ancestors 'none'; "+policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address of the page holds a code
	w.WriteHeader(status)
	_, _ = w.Write(content.Bytes()) // the client may be gone
	return nil
}
