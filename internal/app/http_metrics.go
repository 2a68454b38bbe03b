package app

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/metrics"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// registerMetrics shows the counts on the public address, to who knows the token.
func registerMetrics(api *rest.API, m *metrics.Metrics, token string) {
	api.Route(http.MethodGet, metricsPath, func(w http.ResponseWriter, r *http.Request) error {
		sent, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || subtle.ConstantTimeCompare([]byte(sent), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			return &problem.Error{Kind: problem.Unauthenticated, Cause: "The metrics token is missing or wrong."}
		}
		m.Handler().ServeHTTP(w, r)
		return nil
	})
}
