package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte/access"
)

// anybody is the right that everybody has, known or not.
const anybody access.Right = "anybody"

// rights says what each door asks for. A door that is not here opens to nobody but administrators, and a test names it.
var rights = byDoor(map[access.Right][]string{
	anybody: {
		"GET /console/static/", "GET /console/language/{lang}", "GET /console/sign-in", "POST /console/sign-in", "POST /console/sign-out", "GET /console/sign-in/code", "POST /console/sign-in/code", "GET /console/sign-in/with", "GET /console/sign-in/back",
		"GET /console/join/{token}", "POST /console/join/{token}", "GET /console/set-up/{token}", "POST /console/set-up/{token}",
	},
	access.Own: {
		"GET /console/account", "POST /console/account/password", "POST /console/account/everywhere", "POST /console/account/sessions/{name}/end",
		"GET /console/account/second", "GET /console/account/second/{nonce}", "POST /console/account/second", "POST /console/account/second/leave",
	},
	access.See: {
		"GET /console/{$}", "GET /console/", "GET /console/today", "GET /console/path", "GET /console/rhythm", "GET /console/figures/{name}", "POST /console/people/find", "POST /console/people/where",
		"GET /console/changes", "GET /console/drafts", "GET /console/drafts/{id}", "GET /console/content", "GET /console/objectives", "GET /console/objectives/{id}", "GET /console/rules", "GET /console/rules/{id}",
		"GET /console/today/pulse", "GET /console/letters", "GET /console/live", "GET /console/live/pulse", "GET /console/live/feed",
		"GET /console/people", "GET /console/personas", "GET /console/people/{id}", "GET /console/people/{id}/now/{slot}", "GET /console/people/{id}/identity",
		"GET /console/contents", "GET /console/contents/{id}", "GET /console/contents/{id}/{layout}/for/{person}", "GET /console/contents/{id}/mail/{person}",
		"GET /console/results", "GET /console/attribution", "GET /console/value", "GET /console/scores",
		"GET /console/audiences", "GET /console/audiences/{id}", "GET /console/audiences/{id}/alike",
		"GET /console/whatif", "POST /console/whatif", "GET /console/whatif/progress", "GET /console/whatif/brand.json",
		"GET /console/scenarios", "GET /console/scenarios/{id}", "GET /console/scenario", "GET /console/playbook/{id}", "GET /console/rehearsal/progress",
		"POST /console/scenarios/{id}/test", "POST /console/scenario/test", "POST /console/playbook/{id}/test",
		"GET /console/places", "GET /console/places/{id}", "GET /console/tasks", "GET /console/assets", "GET /console/assets/{name}",
		"GET /console/data", "GET /console/data/event", "GET /console/data/aside", "GET /console/data/aside/{id}", "GET /console/data/attributes",
		"GET /console/mail", "GET /console/mail/{id}", "GET /console/mail/{id}/body", "GET /console/mail/{id}/source",
		"GET /console/privacy", "GET /console/people/{id}/consents",
	},
	access.Change: {
		"POST /console/contents/{id}/variants", "POST /console/contents/{id}/drafts",
		"POST /console/audiences", "POST /console/audiences/{id}", "POST /console/audiences/{id}/delete", "POST /console/audiences/{id}/alike", "POST /console/audiences/{id}/alike/audience",
		"POST /console/scenarios/{id}", "POST /console/scenarios/{id}/delete", "POST /console/scenario", "POST /console/playbook/{id}",
		"POST /console/places", "POST /console/places/{id}/delete", "POST /console/tasks/{id}/{do}",
		"POST /console/assets", "POST /console/assets/{name}", "POST /console/assets/{name}/delete",
		"POST /console/people/{id}/unmerge", "POST /console/people/{id}/merge", "POST /console/people/release",
		"POST /console/data/aside/resend", "POST /console/data/aside/{id}/resend", "POST /console/data/aside/{id}/delete", "POST /console/data/attributes",
		"POST /console/checklist/{point}", "POST /console/privacy/wordings", "POST /console/privacy/requests",
		"POST /console/changes/{version}/back", "POST /console/drafts", "POST /console/drafts/{id}/{do}", "POST /console/content", "POST /console/contents/{id}/be/{do}",
		"POST /console/objectives", "POST /console/objectives/{id}", "POST /console/objectives/{id}/delete", "POST /console/rules", "POST /console/rules/{id}", "POST /console/rules/{id}/delete",
	},
	access.Personal: {
		"GET /console/people/{id}/asked", "GET /console/people/{id}/everything/{form}", "POST /console/people/{id}/erase", "POST /console/people/{id}/objection",
	},
	access.Administer: {
		"POST /console/privacy/grants", "POST /console/privacy/grants/{id}/{do}",
		"GET /console/data/sources", "POST /console/data/sources", "POST /console/data/sources/{id}/{do}",
		"GET /console/data/webhooks", "POST /console/data/webhooks", "POST /console/data/ads", "POST /console/data/webhooks/{id}/{do}",
		"GET /console/users", "POST /console/users", "POST /console/users/{id}/{do}", "POST /console/users/second",
		"GET /console/keys", "POST /console/keys", "POST /console/keys/{id}/revoke",
		"GET /console/single", "POST /console/single", "POST /console/single/remove",
		"GET /console/channels", "POST /console/channels/email/test",
		"GET /console/record", "GET /console/record/{file}",
		"GET /console/begin", "POST /console/begin/{how}",
	},
})

func byDoor(of map[access.Right][]string) map[string]access.Right {
	all := map[string]access.Right{}
	for right, doors := range of {
		for _, door := range doors {
			all[door] = right
		}
	}
	return all
}

// doors are the console's, each opened to whom it may be.
type doors struct {
	*http.ServeMux
	console *console
	names   []string
}

// HandleFunc is Handle.
func (d *doors) HandleFunc(pattern string, serve func(http.ResponseWriter, *http.Request)) {
	d.Handle(pattern, http.HandlerFunc(serve))
}

// Handle puts a page behind the right its door asks for.
func (d *doors) Handle(pattern string, page http.Handler) {
	right, declared := rights[pattern]
	if !declared {
		right = access.Administer
	}
	d.names = append(d.names, pattern)
	d.ServeMux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		u, known := access.UserOf(r.Context())
		switch {
		case right == anybody:
		case !known:
			if r.Method != http.MethodGet { // who looks is asked who they are, and not kept out
				access.Closed(r.Context(), pattern)
			}
			d.console.askWho(w, r)
			return
		case u.Owes && right != access.Own && r.Method == http.MethodGet:
			http.Redirect(w, r, "/console/account/second", http.StatusSeeOther)
			return
		case !u.May(right):
			access.Closed(r.Context(), pattern)
			d.console.problem(w, r, http.StatusForbidden, "problem.right")
			return
		case right != access.See: // who only sees changes nothing, by whichever method they ask
			access.Did(r.Context(), pattern, subjectOf(r, pattern))
		}
		page.ServeHTTP(w, d.console.working(r))
	})
}

// subjectOf is what a request is about, as far as its address tells. People are told by their own ids: what else they are known by is
// not written down.
func subjectOf(r *http.Request, pattern string) string {
	for _, name := range []string{"id", "name", "point", "how"} {
		if v := r.PathValue(name); v != "" {
			if strings.Contains(pattern, "/people/") && !strings.HasPrefix(v, "p_") {
				return ""
			}
			return v
		}
	}
	return ""
}

// askWho has somebody sign in who is not known, and come back.
func (s *console) askWho(w http.ResponseWriter, r *http.Request) {
	there := "/console/sign-in"
	if r.Method == http.MethodGet && r.URL.Path != "/console/" && r.Header.Get("HX-Request") == "" {
		there += "?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
	}
	if r.Header.Get("HX-Request") != "" { // a part of a page asked: the page goes as a whole
		w.Header().Set("HX-Redirect", there)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, there, http.StatusSeeOther)
}

// visitor is who everybody is where nobody is asked: of a console that only this machine reaches.
var visitor = access.User{Role: access.Administrator}

// known has every request of a console know whose it is, and what changes written down.
func (s *console) known(next http.Handler) http.Handler {
	if s.Entrance == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := access.UserOf(r.Context()); !ok {
				r = r.WithContext(access.WithUser(r.Context(), visitor))
			}
			next.ServeHTTP(w, r)
		})
	}
	return s.Entrance.Admit(s.Entrance.Porter.Recorded(next))
}
