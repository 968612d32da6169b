// Package console is the embedded page for people: it shows and does what the admin API does, and nothing else. It holds no framework and loads nothing from elsewhere.
package console

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed index.html style.css icon.svg *.js
var files embed.FS

// policy lets the page run its own script and style and speak with its own API, and nothing more. Nothing may frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Handler serves the page. It holds nothing secret: what it shows it asks of the API, with the token of the person before it.
func Handler() http.Handler {
	served := http.FileServerFS(fs.FS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		served.ServeHTTP(w, r)
	})
}
