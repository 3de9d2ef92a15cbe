package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// handler answers a request, or says why not: the error becomes the answer (see server.fail) and must
// come before anything is written.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one door.
type route struct {
	method  string // GET answers HEAD too; empty: any
	path    string
	timeout time.Duration // 0: the handler keeps to one itself
	access  entry
	serve   handler
}

func (rt route) pattern() string { return strings.TrimPrefix(rt.method+" "+rt.path, " ") }

// to is the door with a handler behind it.
func (rt route) to(serve handler) route {
	rt.serve = serve
	return rt
}

// area is which doors it is one of.
func (rt route) area() observe.Area {
	if strings.HasPrefix(rt.path, "/me/") {
		return observe.Me
	}
	return observe.API
}

// entry is who may come through a door, and from where.
type entry uint8

const (
	open    entry = iota // anybody: a token or nothing is the key
	browser              // any key, checked by the handler; pages of any origin
	secret               // a secret key, or a session of the console
	inside               // from this host without a key, from elsewhere a secret key
)

// routes lists every door. openapi.json describes the same ones.
func (s *server) routes(registry *prometheus.Registry) []route {
	rs := []route{
		{"POST", "/v1/batch", intakeTimeout, browser, s.batch},
		{"POST", "/v1/b", intakeTimeout, browser, s.batch},
		{"POST", "/v1/import", intakeTimeout, browser, s.bringIn},
		{"POST", "/v1/decide", 0, browser, s.decide},
		{"POST", "/v1/moment", intakeTimeout, browser, s.moment},
		{"POST", "/ofrep/v1/evaluate/flags/{slot}", decideTimeout, browser, s.evaluate},

		{"GET", "/v1/inbox", showTimeout, browser, s.inbox},
		{"GET", "/v1/inbox/events", 0, browser, s.followInbox},

		{"GET", "/x/{file}", showTimeout, open, s.show},
		{"GET", "/x/slot/{slot}/{file}", showTimeout, open, s.showSlot},
		{"GET", "/film/{file}", 0, open, s.film},
		{"GET", "/c/{token}", showTimeout, open, s.click},
		{"GET", "/c/slot/{slot}/{userId}", showTimeout, open, s.clickSlot},
		{"GET", "/r/{token}", showTimeout, open, s.shared},
		{"GET", "/u/{token}", showTimeout, open, s.askUnsubscribe},
		{"POST", "/u/{token}", showTimeout, open, s.unsubscribe},
		{"GET", "/me/{token}", intakeTimeout, open, s.me},
		{"POST", "/me/{token}", intakeTimeout, open, s.tell},
		{"GET", "/me/{token}/export.json", adminTimeout, open, s.meJSON},
		{"GET", "/me/{token}/export.html", adminTimeout, open, s.meHTML},
		{"GET", "/me/{token}/erase", intakeTimeout, open, s.meErase},
		{"POST", "/me/{token}/erase", adminTimeout, open, s.meErase},
		{"POST", "/n/{token}/{fate}", showTimeout, open, s.notified},
		{"GET", "/a/{token}", showTimeout, open, s.askAgain},
		{"POST", "/a/{token}", intakeTimeout, open, s.answer},
		{"GET", "/v/{token}", showTimeout, open, s.askToConfirm},
		{"POST", "/v/{token}", intakeTimeout, open, s.confirm},

		{"POST", "/v1/in/sms/replies", intakeTimeout, secret, s.replied},
		{"POST", "/v1/in/sms/receipts", intakeTimeout, secret, s.receipted},

		{"GET", "/v1/admin/people/{id}", adminTimeout, secret, s.person},
		{"GET", "/v1/admin/people/{id}/events", adminTimeout, secret, s.events},
		{"GET", "/v1/admin/people/{id}/decisions", adminTimeout, secret, s.decisions},
		{"GET", "/v1/admin/people/{id}/moments", adminTimeout, secret, s.moments},
		{"GET", "/v1/admin/people/{id}/identity", adminTimeout, secret, s.identity},
		{"POST", "/v1/admin/people/{id}/merge", adminTimeout, secret, s.merge},
		{"POST", "/v1/admin/people/{id}/unmerge", adminTimeout, secret, s.unmerge},
		{"POST", "/v1/admin/people/{id}/page", adminTimeout, secret, s.openPage},
		{"POST", "/v1/admin/people/{id}/erase", 0, secret, s.erase},
		{"POST", "/v1/admin/people/{id}/objection", adminTimeout, secret, s.object},
		{"GET", "/v1/admin/people/{id}/export.json", adminTimeout, secret, s.exportPerson(s.everythingJSON)},
		{"GET", "/v1/admin/people/{id}/export.html", adminTimeout, secret, s.exportPerson(s.everythingHTML)},
		{"GET", "/v1/admin/people/{id}/consents.json", adminTimeout, secret, s.proofOf(s.proofJSON)},
		{"GET", "/v1/admin/people/{id}/consents.html", adminTimeout, secret, s.proofOf(s.proofHTML)},
		{"GET", "/v1/admin/destinations", adminTimeout, secret, s.destinations},
		{"PUT", "/v1/admin/destinations/{id}", adminTimeout, secret, s.grant},
		{"DELETE", "/v1/admin/destinations/{id}", adminTimeout, secret, s.revoke},
		{"GET", "/v1/admin/wordings", adminTimeout, secret, s.wordings},
		{"GET", "/v1/admin/requests", adminTimeout, secret, s.asked},
		{"GET", "/v1/admin/privacy/requests", adminTimeout, secret, s.awaited},
		{"GET", "/v1/admin/tasks", adminTimeout, secret, s.tasks},
		{"POST", "/v1/admin/tasks/{id}", adminTimeout, secret, s.closeTask},
		{"GET", "/v1/admin/audiences", adminTimeout, secret, s.audiences},
		{"GET", "/v1/admin/audiences/{id}/people", adminTimeout, secret, s.members},
		{"POST", "/v1/admin/audiences/preview", adminTimeout, secret, s.reach},
		{"POST", "/v1/admin/lookalike", 0, secret, s.lookalike},
		{"GET", "/v1/admin/lookalikes", adminTimeout, secret, s.lookalikes},
		{"PUT", "/v1/admin/lookalikes/{id}", adminTimeout, secret, s.likened},
		{"GET", "/v1/admin/identity", adminTimeout, secret, s.whoIsWho},
		{"DELETE", "/v1/admin/identity/shared/{key}", adminTimeout, secret, s.release},
		{"GET", "/v1/admin/decisions/{id}", adminTimeout, secret, s.decision},
		{"POST", "/v1/admin/decisions/{id}/replay", adminTimeout, secret, s.replay},
		{"POST", "/v1/admin/whatif", 0, secret, s.whatIf},
		{"GET", "/v1/admin/contents", adminTimeout, secret, s.contents},
		{"GET", "/v1/admin/rules", adminTimeout, secret, s.rules},
		{"GET", "/v1/admin/objectives", adminTimeout, secret, s.objectives},
		{"GET", "/v1/admin/scenarios", adminTimeout, secret, s.scenarios},
		{"POST", "/v1/admin/scenarios/test", 0, secret, s.testScenario},
		{"GET", "/v1/admin/playbook", adminTimeout, secret, s.plays},
		{"GET", "/v1/admin/catalogue", adminTimeout, secret, s.catalogue},
		{"GET", "/v1/admin/places", adminTimeout, secret, s.places},
		{"POST", "/v1/admin/places", adminTimeout, secret, s.putPlaces},
		{"GET", "/v1/admin/places/{id}", adminTimeout, secret, s.place},
		{"DELETE", "/v1/admin/places/{id}", adminTimeout, secret, s.dropPlace},
		{"GET", "/v1/admin/export/{kind}", 0, secret, s.export},
		{"GET", "/v1/admin/backup", 0, secret, s.backup},
		{"GET", "/v1/admin/results", adminTimeout, secret, s.results},
		{"GET", "/v1/admin/scores", adminTimeout, secret, s.scores},
		{"GET", "/v1/admin/attribution", adminTimeout, secret, s.attribution},
		{"GET", "/v1/admin/costs", adminTimeout, secret, s.costs},
		{"POST", "/v1/admin/costs", adminTimeout, secret, s.putCosts},
		{"GET", "/v1/admin/lifetime", adminTimeout, secret, s.lifetimeValue},
		{"POST", "/v1/admin/lifetime/refit", 0, secret, s.refit},
		{"GET", "/v1/admin/personas", adminTimeout, secret, s.personas},
		{"GET", "/v1/admin/personas/matrix", adminTimeout, secret, s.matrix},
		{"GET", "/v1/admin/attributes", adminTimeout, secret, s.attributes},
		{"PUT", "/v1/admin/attributes/{name}", adminTimeout, secret, s.keep},
		{"GET", "/v1/admin/quality", adminTimeout, secret, s.dataQuality},
		{"GET", "/v1/admin/tracking-plan", adminTimeout, secret, s.trackingPlan},
		{"GET", "/v1/admin/schemas", adminTimeout, secret, s.schemas},
		{"PUT", "/v1/admin/schemas/{event}", adminTimeout, secret, s.declare},
		{"DELETE", "/v1/admin/schemas/{event}", adminTimeout, secret, s.withdraw},
		{"GET", "/v1/admin/quarantine", adminTimeout, secret, s.quarantine},
		{"POST", "/v1/admin/quarantine/resend", adminTimeout, secret, s.resendAll},
		{"GET", "/v1/admin/quarantine/{id}", adminTimeout, secret, s.keptRecord},
		{"DELETE", "/v1/admin/quarantine/{id}", adminTimeout, secret, s.letGo},
		{"POST", "/v1/admin/quarantine/{id}/resend", adminTimeout, secret, s.resend},
		{"GET", "/v1/admin/webhooks", adminTimeout, secret, s.webhooks},
		{"PUT", "/v1/admin/webhooks/{id}", adminTimeout, secret, s.declareWebhook},
		{"DELETE", "/v1/admin/webhooks/{id}", adminTimeout, secret, s.dropWebhook},
		{"POST", "/v1/admin/webhooks/{id}/rotate", adminTimeout, secret, s.rotateWebhook},
		{"POST", "/v1/admin/webhooks/{id}/test", 0, secret, s.testWebhook},
		{"GET", "/v1/admin/webhooks/{id}/given-up", adminTimeout, secret, s.givenUp},
		{"POST", "/v1/admin/webhooks/{id}/resend", adminTimeout, secret, s.resendWebhook},
		{"GET", "/v1/admin/sources", adminTimeout, secret, s.sourceList},
		{"PUT", "/v1/admin/sources/{id}", adminTimeout, secret, s.declareSource},
		{"DELETE", "/v1/admin/sources/{id}", adminTimeout, secret, s.dropSource},
		{"POST", "/v1/admin/sources/{id}/run", adminTimeout, secret, s.runSource},
		{"GET", "/v1/admin/assets", adminTimeout, secret, s.assetList},
		{"PUT", "/v1/admin/assets/{name}", adminTimeout, secret, s.upload},
		{"GET", "/v1/admin/assets/{name}", adminTimeout, secret, s.assetFile},
		{"DELETE", "/v1/admin/assets/{name}", adminTimeout, secret, s.removeAsset},
		{"GET", "/v1/admin/brand", adminTimeout, secret, s.brand},
		{"PUT", "/v1/admin/brand", adminTimeout, secret, s.publish},

		{"GET", "/openapi.json", showTimeout, open, s.openapi},
		{"GET", "/healthz", showTimeout, open, healthy},
		{"GET", "/readyz", showTimeout, open, s.ready},
		{"GET", "/metrics", showTimeout, inside, plain(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))},
	}
	for kind, paths := range map[aparte.EventType][2]string{
		aparte.Track:    {"/v1/track", "/v1/t"},
		aparte.Identify: {"/v1/identify", "/v1/i"},
		aparte.Page:     {"/v1/page", "/v1/p"},
		aparte.Screen:   {"/v1/screen", "/v1/s"},
		aparte.Group:    {"/v1/group", "/v1/g"},
		aparte.Alias:    {"/v1/alias", "/v1/a"},
	} {
		for _, path := range paths {
			rs = append(rs, route{"POST", path, intakeTimeout, browser, s.one(kind)})
		}
	}
	return append(rs, preflights(rs)...)
}

// preflights are the doors at which browsers ask whether a page may call the others. The admin doors have
// none, so that no page may.
func preflights(rs []route) []route {
	var ps []route
	for _, rt := range rs {
		if rt.access == browser {
			ps = append(ps, route{"OPTIONS", rt.path, decideTimeout, browser, preflight})
		}
	}
	return ps
}

// plain is a standard handler as one of ours.
func plain(h http.Handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}
