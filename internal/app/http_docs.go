package app

import (
	"html"
	"io"
	"net/http"

	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/static"
)

// docsPath is the page that shows the OpenAPI document.
const docsPath = "/api/docs/"

const docsHead = `<!doctype html>
<html lang="en" data-document="` + rest.DocumentPath + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notechondria API</title>
`

// registerDocs serves the OpenAPI document and a page to read it, with all of its files from this server.
func registerDocs(api *rest.API, files *static.Files) {
	rest.RegisterDocument(api)
	api.Route(http.MethodGet, docsPath, func(w http.ResponseWriter, _ *http.Request) error {
		path := map[string]string{}
		for _, name := range []string{"favicon.svg", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/init.js"} {
			found, err := files.Path(name)
			if err != nil {
				return err
			}
			path[name] = html.EscapeString(found)
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", // the viewer sets styles of its own
			"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		_, err := io.WriteString(w, docsHead+`<link rel="icon" href="`+path["favicon.svg"]+`">
<link rel="stylesheet" href="`+path["docs/swagger-ui.css"]+`">
</head>
<body>
<div id="docs"></div>
<script src="`+path["docs/swagger-ui-bundle.js"]+`"></script>
<script src="`+path["docs/init.js"]+`"></script>
</body>
</html>
`)
		return err
	})
}
