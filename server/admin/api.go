package admin

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/time/rate"

	"postern/profile"
)

// Config is what the API shows and acts on.
type Config struct {
	Learner *profile.Learner
	Store   profile.Store
	Tokens  *Tokens        // nil: no tokens; the port is on loopback only
	Version string         // of the program
	Program func() Program // how the program itself is
	// TraceURL is where people look at a trace, with {trace_id} for its id; "" for nowhere.
	TraceURL string
	// FalseDenyRate is the asked rate: the gate holds a change to enforce to it.
	FalseDenyRate float64
	// TrustDomain is that of services named NS/SA which are not known yet.
	TrustDomain string
}

// API serves /api/v1.
type API struct {
	config Config
	limit  *rate.Limiter
	huma   huma.API
}

// Bounds of what the API takes. It is people's and pipelines': a flood is a mistake or an attack.
const (
	maxBody   = 64 << 20 // an imported profile
	perSecond = 100      // requests
	burst     = 200
	maxPage   = 500
)

const prefix = "/api/v1"

// New makes the API. Its handler serves every path below /api/v1, the OpenAPI document among them (/api/v1/openapi.json).
func New(c Config) *API {
	a := &API{config: c, limit: rate.NewLimiter(perSecond, burst)}
	mux := http.NewServeMux()
	about := huma.DefaultConfig("Postern", "1")
	about.Info.Description = "What Postern has learned, what it denied and why, and the acts of operators. Errors are problem+json (RFC 9457)."
	about.OpenAPIPath, about.DocsPath, about.SchemasPath = prefix+"/openapi", "", ""
	about.CreateHooks = nil // no $schema in answers
	about.RejectUnknownQueryParameters = true
	about.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	about.Security = []map[string][]string{{"token": {}}, {}}
	a.huma = humago.New(mux, about)
	a.statusRoutes()
	a.denialRoutes()
	a.calleeRoutes()
	a.fieldRoutes()
	a.gateRoutes()
	a.driftRoutes()
	a.actRoutes()
	a.explainRoutes()
	return a
}

// Handler is the API with its guards: who may do what, from where, how often and how much.
func (a *API) Handler() http.Handler { return a.guard(a.huma.Adapter()) }

// problem answers an error outside the routes in the same form as they do (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	body, err := json.Marshal(&huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail})
	if err != nil {
		panic(err) // three plain fields
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked is gone
}

// op is what the routes have in common.
func op(id, method, path, summary string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: prefix + path, Summary: summary, Errors: append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}, errors...)}
}

// answers describes a success that is a file, of one media type and one JSON type.
func answers(what, media, kind string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: what, Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: kind}}}}}
}
