package api

import (
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte/access"
)

// rights are those of doors that do not go by their method: whoever sees may read, whoever changes may write.
var rights = map[string]access.Right{
	// Asked by a method that writes, and changing nothing.
	"POST /v1/admin/audiences/preview":     access.See,
	"POST /v1/admin/decisions/{id}/replay": access.See,
	"POST /v1/admin/whatif":                access.See,
	"POST /v1/admin/scenarios/test":        access.See,
	"GET /v1/admin/privacy/requests":       access.Personal,
	"GET /v1/admin/export/{kind}":          access.Personal,
	"GET /v1/admin/backup":                 access.Administer, // whoever has it has all: people, users, keys
	"POST /v1/admin/lookalike":             access.Personal,
	"POST /v1/admin/people/{id}/page":      access.Personal,
	"GET /v1/admin/webhooks":               access.Administer,
	"PUT /v1/admin/webhooks/{id}":          access.Administer,
	"DELETE /v1/admin/webhooks/{id}":       access.Administer,
	"POST /v1/admin/webhooks/{id}/rotate":  access.Administer,
	"POST /v1/admin/webhooks/{id}/test":    access.Administer,
	"GET /v1/admin/webhooks/{id}/given-up": access.Administer,
	"POST /v1/admin/webhooks/{id}/resend":  access.Administer,
	"GET /v1/admin/destinations":           access.Administer,
	"PUT /v1/admin/destinations/{id}":      access.Administer,
	"DELETE /v1/admin/destinations/{id}":   access.Administer,
	"GET /v1/admin/sources":                access.Administer,
	"PUT /v1/admin/sources/{id}":           access.Administer,
	"DELETE /v1/admin/sources/{id}":        access.Administer,
	"POST /v1/admin/sources/{id}/run":      access.Administer,
	"GET /debug/pprof/{name}":              access.Administer,
}

// right is what a door asks of who comes by a secret key or a session.
func (rt route) right() access.Right {
	if right, told := rights[rt.pattern()]; told {
		return right
	}
	if rt.method == http.MethodGet {
		return access.See
	}
	return access.Change
}

// subjectOf is what a request is about, as far as its address tells. People are told by their own ids: what else they are known by is
// not written down.
func subjectOf(rt route, r *http.Request) string {
	for _, name := range [...]string{"id", "name", "event", "kind"} {
		v := r.PathValue(name)
		switch {
		case v == "" || !strings.Contains(rt.path, "{"+name+"}"):
		case strings.Contains(rt.path, "/people/") && !strings.HasPrefix(v, "p_"):
			return ""
		default:
			return v
		}
	}
	return ""
}
