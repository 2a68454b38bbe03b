package app

import (
	"html/template"
	"net/http"

	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/static"
)

// docsPath is the page that shows the OpenAPI document.
const docsPath = "/api/docs/"

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en" data-document="{{.Document}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notechondria API</title>
<link rel="icon" href="{{.Icon}}">
<link rel="stylesheet" href="{{.Style}}">
</head>
<body>
<div id="docs"></div>
<script src="{{.Viewer}}"></script>
<script src="{{.Start}}"></script>
</body>
</html>
`))

type docsView struct{ Document, Icon, Style, Viewer, Start string }

// registerDocs serves the OpenAPI document and a page to read it, with all of its files from this server.
func registerDocs(api *rest.API, files *static.Files) {
	rest.RegisterDocument(api)
	api.Route(http.MethodGet, docsPath, func(w http.ResponseWriter, _ *http.Request) error {
		view := docsView{Document: rest.DocumentPath}
		for name, link := range map[string]*string{
			"favicon.svg": &view.Icon, "docs/swagger-ui.css": &view.Style, "docs/swagger-ui-bundle.js": &view.Viewer,
			"docs/init.js": &view.Start,
		} {
			var err error
			if *link, err = files.Path(name); err != nil {
				return err
			}
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", // the viewer sets styles of its own
			"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		return docsPage.Execute(w, view)
	})
}
