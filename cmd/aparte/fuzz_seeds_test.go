package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/pquerna/otp/totp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store/pebble"
)

// object is a document of JSON.
type object = map[string]any

// seeds make a request valid where neither schema nor forms tell how, of what is there at the time: what a door takes away, they bring first.
var seeds = map[string]func(h *besieged, a *attack){
	// Who comes in.
	"POST /console/sign-in": func(h *besieged, a *attack) {
		a.remote = anyAddress(a)
		a.form = url.Values{"email": {h.clerk(a)}, "password": {siegeWords}, "to": {"/console/people"}}
	},
	"GET /console/join/{token}": func(h *besieged, a *attack) { a.path = "/console/join/" + h.invited() },
	"POST /console/join/{token}": func(h *besieged, a *attack) {
		a.path, a.form = "/console/join/"+h.invited(), url.Values{"password": {siegeWords}}
	},
	"GET /console/set-up/{token}": func(h *besieged, a *attack) { a.path = "/console/set-up/" + h.unsettled() },
	"POST /console/set-up/{token}": func(h *besieged, a *attack) {
		a.path = "/console/set-up/" + h.unsettled()
		a.form = url.Values{
			"name": {"Ada"}, "email": {"ada@staff.example"}, "password": {siegeWords}, "brand": {"Lantern"}, "home": {"https://www.lantern.example"}, "locale": {"fr-FR"}, "currency": {"EUR"},
			"zone": {"Europe/Paris"}, "sender-name": {"Lantern"}, "sender-address": {"hello@lantern.example"}, "postal": {"1, rue Haute"},
		}
	},
	"POST /console/single":           func(h *besieged, a *attack) { a.form = h.singleForm() },
	"POST /console/single/remove":    func(h *besieged, _ *attack) { h.lead() },
	"GET /console/sign-in/with":      func(h *besieged, a *attack) { h.lead(); a.remote = anyAddress(a) },
	"GET /console/sign-in/back":      func(h *besieged, a *attack) { h.lead(); a.remote = anyAddress(a) },
	"POST /console/account/password": func(_ *besieged, a *attack) { a.form = url.Values{"before": {siegeWords}, "password": {siegeWords}} },
	"POST /console/account/sessions/{name}/end": func(h *besieged, a *attack) {
		a.role = pick(a.rng, access.Roles())
		h.session(a.role)
		a.path = "/console/account/sessions/" + pick(a.rng, h.porter.Sessions(h.staff[a.role], "")).ID + "/end"
	},
	"POST /console/sign-in/code": func(h *besieged, a *attack) {
		u, link, err := h.porter.Invite(h.t.Context(), "Clerk", fmt.Sprintf("two-%d@staff.example", a.rng.Int64()), access.Reader)
		h.must(err)
		_, _, err = h.porter.Join(h.t.Context(), link, siegeWords)
		h.must(err)
		offer := h.offered(u.ID)
		codes, err := h.porter.TakeSecond(h.t.Context(), u.ID, offer.Nonce, h.shows(offer), anyAddress(a))
		h.must(err)
		var asked *access.Asked
		if _, _, err := h.porter.SignIn(h.t.Context(), u.Email, siegeWords, anyAddress(a)); !errors.As(err, &asked) {
			h.t.Fatal(err)
		}
		a.ticket = asked.Ticket
		a.form = url.Values{"code": codes[:1], "to": {"/console/people"}}
	},
	"GET /console/account/second/{nonce}": func(h *besieged, a *attack) { a.path = "/console/account/second/" + h.offered("").Nonce },
	"POST /console/account/second": func(h *besieged, a *attack) {
		a.role = pick(a.rng, access.Roles())
		offer := h.offered(h.employed(a.role))
		a.form = url.Values{"nonce": {offer.Nonce}, "code": {h.shows(offer)}}
	},
	"POST /console/account/second/leave": func(h *besieged, a *attack) {
		a.role = pick(a.rng, access.Roles())
		who := h.employed(a.role)
		offer := h.offered(who)
		codes, err := h.porter.TakeSecond(h.t.Context(), who, offer.Nonce, h.shows(offer), anyAddress(a))
		h.must(err)
		a.form = url.Values{"code": codes[:1]}
	},
	"POST /console/users/second": func(_ *besieged, a *attack) { a.form = url.Values{"demand": {"no"}} },
	"POST /console/users": func(_ *besieged, a *attack) {
		a.form = url.Values{"name": {"Mia"}, "email": {fmt.Sprintf("mia-%d@staff.example", a.rng.Int64())}, "role": {string(pick(a.rng, access.Roles()))}}
	},
	"POST /console/users/{id}/{do}": func(h *besieged, a *attack) {
		a.path = "/console/users/" + string(h.invite().ID) + "/" + pick(a.rng, []string{"role", "remove", "link"})
		a.form = url.Values{"role": {string(pick(a.rng, access.Roles()))}}
	},
	"POST /console/keys": func(_ *besieged, a *attack) {
		a.form = url.Values{"name": {"shop"}, "kind": {pick(a.rng, []string{"public", "reader", "marketer", "administrator"})}}
	},
	"POST /console/keys/{id}/revoke": func(h *besieged, a *attack) {
		k, _, err := h.porter.CreateKey(h.t.Context(), "to go", access.Reader)
		h.must(err)
		a.path = "/console/keys/" + string(k.ID) + "/revoke"
	},
	"GET /console/record/{file}": func(_ *besieged, a *attack) {
		a.path = "/console/record/" + pick(a.rng, []string{"changes.csv", "changes.ndjson"})
	},
	"POST /console/channels/email/test": func(_ *besieged, a *attack) { a.form = url.Values{"to": {"ada-0@house.example"}} },
	"POST /console/begin/{how}": func(_ *besieged, a *attack) {
		a.path = "/console/begin/file"
		a.upload(url.Values{"kind": {"events"}}, "events.ndjson", `{"type":"track","userId":"ada-4","event":"Product Viewed","timestamp":"2026-05-01T10:00:00Z","properties":{"product_id":"x"}}`+"\n")
	},
	"POST /console/checklist/{point}": func(_ *besieged, a *attack) { a.path = "/console/checklist/all" },

	// What a marketer states.
	"GET /console/objectives/{id}":  func(h *besieged, a *attack) { a.path = "/console/objectives/order" },
	"POST /console/objectives/{id}": func(h *besieged, a *attack) { h.ofPage(a, "/console/objectives/order", "/console/objectives/order") },
	"GET /console/rules/{id}":       func(h *besieged, a *attack) { a.path = "/console/rules/loyal" },
	"POST /console/rules/{id}": func(h *besieged, a *attack) {
		h.ofPage(a, "/console/rules/loyal", "/console/rules/loyal")
		a.form.Set("sure", "yes")
	},
	"POST /console/objectives": func(h *besieged, a *attack) {
		a.form = h.versioned(url.Values{"english": {fmt.Sprintf("Seen %d", a.rng.IntN(1e6))}, "french": {"Vu"}, "event": {"Product Viewed"}, "worth": {"fixed"}, "amount": {"1"}, "window": {"7"}, "credit": {"clicked"}, "holdout": {"0"}, "share": {"100"}})
	},
	"POST /console/objectives/{id}/delete": func(h *besieged, a *attack) {
		h.change(func(b *aparte.Brand) {
			b.Objectives = append(b.Objectives, aparte.Objective{ID: "to-go", Name: aparte.Words{"en": "To go", "fr": "De trop"}, Event: "Product Viewed", Value: "1", Window: b.Objectives[0].Window})
		})
		a.path, a.form = "/console/objectives/to-go/delete", h.versioned(url.Values{})
	},
	"POST /console/rules/{id}/delete": func(h *besieged, a *attack) {
		h.change(func(b *aparte.Brand) {
			b.Rules = append(b.Rules, aparte.Rule{ID: "to-go", Name: aparte.Words{"en": "To go", "fr": "De trop"}, When: "person.orders >= 0"})
		})
		a.path, a.form = "/console/rules/to-go/delete", h.versioned(url.Values{})
	},
	"POST /console/changes/{version}/back": func(h *besieged, a *attack) {
		h.change(func(b *aparte.Brand) { b.Name += " " })
		a.path, a.form = fmt.Sprintf("/console/changes/%d/back", h.engine.Plan().Version()-1), h.versioned(url.Values{})
	},
	"POST /console/contents/{id}/drafts": func(h *besieged, a *attack) {
		a.path, a.form = "/console/contents/basket/drafts", h.versioned(url.Values{"element": {"headline"}, "wish": {"shorter"}})
	},
	"POST /console/contents/{id}/variants": func(h *besieged, a *attack) {
		a.path, a.form = "/console/contents/basket/variants", h.versioned(url.Values{"element": {"headline"}, "english": {"Still there?"}, "french": {"Toujours là ?"}})
	},
	"GET /console/figures/{name}": func(_ *besieged, a *attack) {
		a.path = "/console/figures/" + pick(a.rng, []string{"over-time", "worth", "earned", "league", "rates", "clicks", "hours", "pressure", "path", "cohorts", "calibration", "months", "tenths", "tree", "attribution"}) + ".csv"
	},

	"GET /console/static/": func(_ *besieged, a *attack) { a.path = "/console/static/console.css" },

	// Assets.
	"POST /console/assets": func(_ *besieged, a *attack) {
		a.upload(url.Values{"english": {"A point"}, "french": {"Un point"}}, fmt.Sprintf("point-%d.png", a.rng.IntN(50)), picture)
	},
	"PUT /v1/admin/assets/{name}": func(_ *besieged, a *attack) {
		a.path = fmt.Sprintf("/v1/admin/assets/point-%d.png", a.rng.IntN(50))
		a.query.Set("alt.en", "A point")
	},
	"GET /console/assets/{name}":         func(h *besieged, a *attack) { a.path = "/console/assets/" + h.uploaded() },
	"GET /v1/admin/assets/{name}":        func(h *besieged, a *attack) { a.path = "/v1/admin/assets/" + h.uploaded() },
	"DELETE /v1/admin/assets/{name}":     func(h *besieged, a *attack) { a.path = "/v1/admin/assets/" + h.uploaded() },
	"POST /console/assets/{name}/delete": func(h *besieged, a *attack) { a.path = "/console/assets/" + h.uploaded() + "/delete" },
	"POST /console/assets/{name}": func(h *besieged, a *attack) {
		a.path, a.form = "/console/assets/"+h.uploaded(), url.Values{"english": {"Another point"}, "french": {"Un autre point"}}
		if a.rng.IntN(2) == 0 {
			a.form.Set("draft", "yes")
		}
	},

	// What comes in, and what is kept aside of it.
	"GET /console/data/event": func(_ *besieged, a *attack) {
		a.query = url.Values{"source": {"web"}, "type": {"track"}, "name": {"Product Viewed"}}
	},
	"POST /console/data/attributes": func(h *besieged, a *attack) { a.form = h.versioned(url.Values{"name": {"firstName"}, "for": {"365d"}}) },
	"POST /console/data/aside/resend": func(h *besieged, a *attack) {
		h.setAside()
		a.form = url.Values{"reason": {"malformed"}}
	},
	"POST /console/data/aside/{id}/resend": func(h *besieged, a *attack) {
		a.path, a.form = "/console/data/aside/"+h.setAside()+"/resend", url.Values{"body": {fmt.Sprintf(`{"type":"track","userId":"ada-0","event":"Product Viewed","messageId":"mended-%d"}`, a.rng.Int64())}}
	},
	"GET /console/data/aside/{id}":         func(h *besieged, a *attack) { a.path = "/console/data/aside/" + h.setAside() },
	"POST /console/data/aside/{id}/delete": func(h *besieged, a *attack) { a.path = "/console/data/aside/" + h.setAside() + "/delete" },
	"GET /v1/admin/quarantine/{id}":        func(h *besieged, a *attack) { a.path = "/v1/admin/quarantine/" + h.setAside() },
	"DELETE /v1/admin/quarantine/{id}":     func(h *besieged, a *attack) { a.path = "/v1/admin/quarantine/" + h.setAside() },
	"POST /v1/admin/quarantine/{id}/resend": func(h *besieged, a *attack) {
		a.path = "/v1/admin/quarantine/" + h.setAside() + "/resend"
		a.json = object{"type": "track", "userId": "ada-0", "event": "Product Viewed", "messageId": fmt.Sprintf("mended-%d", a.rng.Int64())}
	},
	"POST /v1/import": func(_ *besieged, a *attack) {
		a.json = object{"batch": []any{object{"type": "track", "userId": "ada-4", "event": "Product Viewed", "messageId": fmt.Sprintf("old-%d", a.rng.Int64()), "timestamp": "2026-05-01T10:00:00Z", "properties": object{"product_id": "x"}}}}
	},
	"DELETE /v1/admin/schemas/{event}": func(h *besieged, a *attack) {
		h.make("PUT", "/v1/admin/schemas/To%20Go", object{"mode": "warn", "schema": object{"type": "object"}})
		a.path = "/v1/admin/schemas/To%20Go"
	},
	"POST /v1/admin/costs": func(_ *besieged, a *attack) {
		a.json = object{"put": []any{object{"day": "2026-05-01", "channel": "google / cpc", "campaign": "spring", "amount": 1200, "currency": "GBP"}}}
	},

	"GET /v1/admin/export/{kind}": func(h *besieged, _ *attack) { h.granted() },

	// Places.
	"POST /console/places": func(_ *besieged, a *attack) {
		a.upload(url.Values{"kind": {"shop"}, "radius": {"100"}, "zone": {"Europe/Paris"}}, "places.geojson",
			`{"type":"FeatureCollection","features":[{"type":"Feature","id":"quay","properties":{"name":"Quay"},"geometry":{"type":"Point","coordinates":[2.35,48.85]}}]}`)
	},
	"POST /console/places/{id}/delete": func(h *besieged, a *attack) { a.path = "/console/places/" + h.placed() + "/delete" },
	"DELETE /v1/admin/places/{id}":     func(h *besieged, a *attack) { a.path = "/v1/admin/places/" + h.placed() },
	"GET /v1/admin/places/{id}":        func(h *besieged, a *attack) { a.path = "/v1/admin/places/" + h.placed() },
	"GET /console/places/{id}":         func(h *besieged, a *attack) { a.path = "/console/places/" + h.placed() },

	// Who is told, and who is asked.
	"POST /console/data/webhooks": func(_ *besieged, a *attack) {
		a.form = url.Values{"id": {fmt.Sprintf("hook-%d", a.rng.IntN(5))}, "url": {"https://hooks.example/in"}, "types": {"decision.taken"}}
	},
	"POST /console/data/ads": func(_ *besieged, a *attack) {
		a.form = url.Values{"id": {"meta-ads"}, "platform": {"meta"}, "account": {"88"}, "url": {"https://ads.example/in"}, "list:regulars": {"601"}, "conversion:order": {"Purchase"}, "lifetime:order": {"yes"}, "token": {"t"}}
	},
	"POST /console/data/webhooks/{id}/{do}": func(h *besieged, a *attack) {
		a.path = "/console/data/webhooks/" + h.hooked() + "/" + pick(a.rng, []string{"resend", "rotate", "start", "stop", "delete"})
	},
	"PUT /v1/admin/webhooks/{id}": func(_ *besieged, a *attack) {
		a.path, a.json = fmt.Sprintf("/v1/admin/webhooks/hook-%d", a.rng.IntN(5)), object{"url": "https://hooks.example/in", "types": []any{"decision.taken"}, "where": "", "enabled": true}
	},
	"DELETE /v1/admin/webhooks/{id}":       func(h *besieged, a *attack) { a.path = "/v1/admin/webhooks/" + h.hooked() },
	"POST /v1/admin/webhooks/{id}/rotate":  func(h *besieged, a *attack) { a.path = "/v1/admin/webhooks/" + h.hooked() + "/rotate" },
	"POST /v1/admin/webhooks/{id}/resend":  func(h *besieged, a *attack) { a.path = "/v1/admin/webhooks/" + h.hooked() + "/resend" },
	"POST /v1/admin/webhooks/{id}/test":    func(h *besieged, a *attack) { a.path = "/v1/admin/webhooks/" + h.hooked() + "/test" },
	"GET /v1/admin/webhooks/{id}/given-up": func(h *besieged, a *attack) { a.path = "/v1/admin/webhooks/" + h.hooked() + "/given-up" },
	"POST /console/data/sources": func(_ *besieged, a *attack) {
		a.form = url.Values{"id": {fmt.Sprintf("shop-%d", a.rng.IntN(5))}, "address": {"env:APARTE_SOURCE_SHOP"}, "brings": {"catalogue"}, "query": {"select 1"}, "every": {"1h"}}
	},
	"POST /console/data/sources/{id}/{do}": func(h *besieged, a *attack) {
		a.path = "/console/data/sources/" + h.sourced() + "/" + pick(a.rng, []string{"run", "start", "stop", "delete"})
	},
	"PUT /v1/admin/sources/{id}": func(_ *besieged, a *attack) {
		a.path, a.json = fmt.Sprintf("/v1/admin/sources/shop-%d", a.rng.IntN(5)), object{"brings": "catalogue", "address": "env:APARTE_SOURCE_SHOP", "query": "select 1", "every": "1h"}
	},
	"DELETE /v1/admin/sources/{id}":   func(h *besieged, a *attack) { a.path = "/v1/admin/sources/" + h.sourced() },
	"POST /v1/admin/sources/{id}/run": func(h *besieged, a *attack) { a.path = "/v1/admin/sources/" + h.sourced() + "/run" },

	// People.
	"POST /v1/admin/people/{id}/merge": func(h *besieged, a *attack) {
		a.path, a.json = "/v1/admin/people/"+h.person(a)+"/merge", object{"person": h.person(a)}
	},
	"POST /v1/admin/people/{id}/unmerge": func(h *besieged, a *attack) {
		one, other := h.merged(a)
		a.path, a.json = "/v1/admin/people/"+one+"/unmerge", object{"person": other}
	},
	"POST /console/people/{id}/merge": func(h *besieged, a *attack) {
		a.path, a.form = "/console/people/"+h.person(a)+"/merge", url.Values{"who": {h.person(a)}}
	},
	"POST /console/people/{id}/unmerge": func(h *besieged, a *attack) {
		one, other := h.merged(a)
		a.path, a.form = "/console/people/"+one+"/unmerge", url.Values{"who": {other}}
	},
	"POST /console/drafts": func(h *besieged, a *attack) {
		h.drafted()
		a.form = url.Values{"name": {"Winter"}, "shared": {"1"}}
	},
	"GET /console/drafts/{id}": func(h *besieged, a *attack) { a.path = h.drafted() },
	"POST /console/drafts/{id}/{do}": func(h *besieged, a *attack) {
		a.path, a.form = h.drafted()+"/"+pick(a.rng, []string{"open", "leave", "publish", "drop"}), url.Values{"revision": {"1"}}
	},
	"GET /console/people/{id}/asked": func(h *besieged, a *attack) { a.path = "/console/people/" + h.person(a) + "/asked" },
	"GET /console/people/{id}/everything/{form}": func(h *besieged, a *attack) {
		a.path = "/console/people/" + h.person(a) + "/everything/" + pick(a.rng, []string{"json", "html"})
	},
	"POST /console/people/{id}/erase": func(h *besieged, a *attack) {
		a.path, a.form = "/console/people/"+h.person(a)+"/erase", url.Values{"sure": {"1"}}
	},
	"POST /console/people/{id}/objection": func(h *besieged, a *attack) {
		a.path, a.form = "/console/people/"+h.person(a)+"/objection", url.Values{"objects": {"1"}, "source": {"letter"}, "wording": {"no more"}}
	},
	"POST /console/privacy/requests": func(h *besieged, a *attack) {
		a.form = url.Values{"kind": {"erasure"}, "who": {h.person(a)}, "asked": {"2026-01-02"}}
	},
	"POST /console/privacy/wordings": func(h *besieged, a *attack) {
		a.form = h.versioned(url.Values{"id": {fmt.Sprintf("w%d", a.rng.Int64())}, "purpose": {"marketing"}, "channel": {"email"}, "english": {"Yes, write to me."}, "french": {"Oui, écrivez-moi."}})
	},
	"POST /console/privacy/grants": func(_ *besieged, a *attack) {
		a.form = url.Values{"name": {"bi"}, "host": {"the analysts"}, "days": {"30"}, "purpose": {"service"}, "fields": {"people"}}
	},
	"POST /console/privacy/grants/{id}/{do}": func(h *besieged, a *attack) {
		a.path = "/console/privacy/grants/" + h.granted() + "/" + pick(a.rng, []string{"revoke", "grant"})
	},
	"PUT /v1/admin/destinations/{id}": func(_ *besieged, a *attack) {
		a.path, a.json = "/v1/admin/destinations/file:bi", object{"host": "the analysts", "purposes": []any{"service"}, "fields": []any{"people"}}
	},
	"DELETE /v1/admin/destinations/{id}": func(h *besieged, a *attack) { a.path = "/v1/admin/destinations/" + h.granted() },
	"POST /v1/admin/people/{id}/erase":   func(h *besieged, a *attack) { a.path = "/v1/admin/people/" + h.person(a) + "/erase" },
	"POST /v1/admin/lookalike": func(_ *besieged, a *attack) {
		a.json = object{"seed": "traits.club == 'yes'", "size": 0.1}
	},
	"DELETE /v1/admin/identity/shared/{key}": func(h *besieged, a *attack) { a.path = "/v1/admin/identity/shared/" + h.shared(a) },
	"POST /console/people/release":           func(h *besieged, a *attack) { a.form = url.Values{"key": {h.shared(a)}} },
	"POST /v1/admin/tasks/{id}": func(h *besieged, a *attack) {
		a.path, a.json = "/v1/admin/tasks/"+h.task(a), object{"outcome": pick(a.rng, []string{"done", "declined"})}
	},
	"POST /console/tasks/{id}/{do}": func(h *besieged, a *attack) {
		a.path, a.form = "/console/tasks/"+h.task(a)+"/"+pick(a.rng, []string{"take", "tried", "done", "declined"}), url.Values{"by": {"Zoé"}}
	},
	"POST /v1/admin/whatif": func(h *besieged, a *attack) { a.json = h.theBrand() },
	"PUT /v1/admin/lookalikes/{id}": func(_ *besieged, a *attack) {
		a.path, a.json = "/v1/admin/lookalikes/like", object{"name": object{"en": "Alike", "fr": "Semblables"}, "seed": "person.orders >= 1", "size": 0.1}
	},
	"GET /v1/admin/attribution": func(_ *besieged, a *attack) { a.query = url.Values{"objective": {"order"}, "by": {"channel"}} },
	"GET /v1/inbox/events":      func(_ *besieged, a *attack) { a.query = url.Values{"anonymousId": {"anon-ada-0"}} },
	"POST /v1/admin/decisions/{id}/replay": func(h *besieged, a *attack) {
		a.path = "/v1/admin/decisions/" + pick(a.rng, h.known["decisions"]) + "/replay"
	},
	"POST /v1/admin/scenarios/test": func(_ *besieged, a *attack) { a.json = object{"id": "basket"} },
}

// neverTaken are doors of which the house takes no request that is sent to them, each with the reason.
var neverTaken = map[string]string{
	"GET /nowhere/{token}":      "there is no such door: what answers is what answers everything else",
	"GET /console/sign-in/back": "who comes in by an identity provider brings what it signed, and the one of this house signs nothing: tests of access/oidc have one that does",
	"GET /film/{file}":          "a film is painted by ffmpeg, and this house has none: tests of compose/film have",
}

// anyAddress is that of somebody who tries to sign in: of one, few are let try.
func anyAddress(a *attack) string {
	return fmt.Sprintf("198.51.%d.%d:4711", a.rng.IntN(256), a.rng.IntN(256))
}

// loginDesk is an identity provider that tells where it is, and lets nobody in.
func loginDesk(t testing.TB) (address string) {
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/.well-known/openid-configuration" {
			at := "http://" + r.Host
			_ = json.NewEncoder(w).Encode(object{"issuer": at, "authorization_endpoint": at + "/ask", "token_endpoint": at + "/token", "jwks_uri": at + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
			return
		}
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
	}))
	t.Cleanup(desk.Close)
	return desk.URL
}

func (h *besieged) singleForm() url.Values {
	return url.Values{"name": {"The desk"}, "issuer": {h.login}, "client": {"aparte"}, "secret": {siegeSingle}, "private": {"yes"}, "domains": {"house.example"}}
}

// lead has people come by the identity provider.
func (h *besieged) lead() {
	h.t.Helper()
	h.must(h.single.Set(h.t.Context(), oidc.Settings{Issuer: h.login, Client: "aparte", Secret: siegeSingle, Private: true}))
}

// aModel answers as a language model does.
func aModel(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	said := `{"drafts":[{"en":"Still there?","fr":"Toujours là ?"},{"en":"{{ person.firstName }}, it waits.","fr":"{{ person.firstName }}, cela attend."}],"en":"A point.","fr":"Un point."}`
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object{"choices": []any{object{"message": object{"role": "assistant", "content": said}}}})
}

// make has something be there that a door is asked about.
func (h *besieged) make(method, path string, body any) {
	h.t.Helper()
	text, err := json.Marshal(body)
	h.must(err)
	if w := h.answer(h.request(method, path, siegeSecretKey, string(text))); w.status >= 300 {
		h.t.Fatalf("%s %s answered %d %.300s", method, path, w.status, w.body.Bytes())
	}
}

// versioned is a form made of what the brand is now.
func (h *besieged) versioned(form url.Values) url.Values {
	form.Set("version", strconv.FormatUint(h.engine.Plan().Version(), 10))
	return form
}

// drafted is where a draft is that everybody may work in, the only one there is.
func (h *besieged) drafted() string {
	all, err := h.engine.Drafts(h.t.Context())
	h.must(err)
	for i := range all {
		h.must(h.engine.DropDraft(h.t.Context(), all[i].ID))
	}
	d, err := h.engine.BeginDraft(h.t.Context(), "Winter", "", "", true)
	h.must(err)
	return "/console/drafts/" + string(d.ID)
}

// change publishes the whole brand, as somebody has changed it meanwhile.
func (h *besieged) change(how func(*aparte.Brand)) {
	h.t.Helper()
	b := *h.brand
	b.Objectives, b.Rules = slices.Clone(b.Objectives), slices.Clone(b.Rules)
	how(&b)
	_, err := h.engine.Publish(h.t.Context(), &b)
	h.must(err)
	h.whole = 0
}

// ofPage takes the form of a page that is sent to an address.
func (h *besieged) ofPage(a *attack, page, action string) {
	a.path, a.form = action, url.Values{}
	for _, f := range h.formsOf(page) {
		if f.action == action {
			a.form = maps.Clone(f.values)
		}
	}
	h.versioned(a.form)
}

// invite has somebody new be invited, to be attacked with.
func (h *besieged) invite() access.User {
	u, _ := h.guest()
	return u
}

// invited is the token by which somebody new joins.
func (h *besieged) invited() string {
	_, token := h.guest()
	return token
}

func (h *besieged) guest() (access.User, string) {
	h.t.Helper()
	if len(h.porter.Members()) > 200 {
		h.mend()
	}
	h.staffed++
	u, token, err := h.porter.Invite(h.t.Context(), "Guest", fmt.Sprintf("guest-%d@staff.example", h.staffed), access.Reader)
	h.must(err)
	return u, token
}

// clerk is the address of somebody who signs in.
func (h *besieged) clerk(a *attack) string {
	h.t.Helper()
	for len(h.clerks) < 12 {
		h.staffed++
		address := fmt.Sprintf("clerk-%d@staff.example", h.staffed)
		_, token, err := h.porter.Invite(h.t.Context(), "Clerk", address, access.Reader)
		h.must(err)
		_, _, err = h.porter.Join(h.t.Context(), token, siegeWords)
		h.must(err)
		h.clerks = append(h.clerks, address)
	}
	return pick(a.rng, h.clerks)
}

// employed is somebody new in a role, of whom no attempt failed yet: whose session comes from now on.
func (h *besieged) employed(role access.Role) access.UserID {
	delete(h.staff, role)
	delete(h.sessions, role)
	h.session(role)
	return h.staff[role]
}

// offered is a second factor that somebody may take, and shows the code of their generator.
func (h *besieged) offered(who access.UserID) access.Offer {
	offer, err := h.porter.Offered(access.User{ID: who}, "House", "")
	h.must(err)
	return offer
}

func (h *besieged) shows(offer access.Offer) string {
	code, err := totp.GenerateCode(strings.ReplaceAll(offer.Secret, " ", ""), h.clock.now())
	h.must(err)
	return code
}

// unsettled is the token by which a house is set up that nobody has yet; once somebody has, another stands there.
func (h *besieged) unsettled() string {
	h.t.Helper()
	if h.vacant == nil || !h.vacant.SetsUp(h.link) {
		if h.leave != nil {
			h.leave() // thousands come to one another
		}
		db, err := pebble.Open("bare", pebble.Options{FS: vfs.NewMem(), Parts: 1})
		h.must(err)
		h.leave = func() { h.must(db.Close()) }
		h.vacant, err = access.Open(h.t.Context(), access.Config{Documents: db, Secret: db.Secret(), Now: h.clock.now})
		h.must(err)
		h.link, err = h.vacant.SetUpToken(h.t.Context())
		h.must(err)
		h.bare = h.open(h.vacant)
	}
	return h.link
}

// uploaded is the name of an asset that was uploaded, and of which the brand does not speak.
func (h *besieged) uploaded() string {
	h.t.Helper()
	r := h.request("PUT", "/v1/admin/assets/point.png", siegeSecretKey, picture)
	r.URL.RawQuery = "alt.en=A+point"
	if w := h.answer(r); w.status >= 300 && w.status != http.StatusConflict {
		h.t.Fatalf("an upload answered %d %.300s", w.status, w.body.Bytes())
	}
	return "point.png"
}

// setAside is the id of a record that is kept aside.
func (h *besieged) setAside() string {
	h.t.Helper()
	if id, ok := quality.ParseID(h.aside); ok {
		if _, err := h.kept.Record(h.t.Context(), id); err == nil {
			return h.aside
		}
	}
	reason, before := quality.Malformed, map[quality.ID]bool{}
	for _, r := range h.kept.List(quality.Filter{Reason: &reason, Limit: 1000}) {
		before[r.ID] = true
	}
	h.staffed++
	h.answer(h.request("POST", "/v1/batch", siegeWriteKey, fmt.Sprintf(`{"batch":[{"type":"track","userId":"ada-0","event":"","messageId":"kept-aside-%d"}]}`, h.staffed)))
	for _, r := range h.kept.List(quality.Filter{Reason: &reason, Limit: 1000}) {
		if !before[r.ID] {
			h.aside = r.ID.String()
			return h.aside
		}
	}
	h.t.Fatal("nothing is kept aside")
	return ""
}

// shared is the key of an identifier that joins nobody any more, as that of a tablet on which one after another gives their address.
func (h *besieged) shared(a *attack) string {
	h.t.Helper()
	for range 3 {
		if key := sharedKey.FindStringSubmatch(h.ok("GET", "/v1/admin/identity", siegeSecretKey, "")); key != nil {
			return key[1]
		}
		tablet := a.rng.Int64()
		for i := range 12 {
			h.ok("POST", "/v1/identify", siegeWriteKey, fmt.Sprintf(`{"anonymousId":"tablet-%[1]d","messageId":"tablet-%[1]d-%[2]d","traits":{"email":"tablet-%[1]d-%[2]d@house.example"}}`, tablet, i))
		}
	}
	h.t.Fatal("no identifier is shared")
	return ""
}

var sharedKey = regexp.MustCompile(`"key":"([0-9a-f]{32})"`)

// task is the id of a decision that somebody should be called.
func (h *besieged) task(a *attack) string {
	h.t.Helper()
	const tries = 60
	if h.uncalled > 0 { // the house has learned that calls bring nothing: it is left in peace for a while
		h.uncalled--
		return h.lastTask
	}
	for range tries {
		open, err := h.engine.Tasks(h.t.Context(), 1<<30, "en")
		h.must(err)
		if len(open) > 0 {
			h.lastTask = open[0].Decision.ID.String()
			return h.lastTask
		}
		h.ok("POST", "/v1/batch", siegeWriteKey, fmt.Sprintf(`{"batch":[
			{"type":"identify","userId":"call-%[1]d","messageId":"call-%[1]d-1","traits":{"phone":"+33612345678","firstName":"Grace"}},
			{"type":"track","event":"Product Viewed","userId":"call-%[1]d","messageId":"call-%[1]d-2","properties":{"product_id":%[2]q}},
			{"type":"track","event":"Product Added","userId":"call-%[1]d","messageId":"call-%[1]d-3","properties":{"product_id":%[2]q,"price":25,"quantity":1,"currency":"GBP"}}]}`, a.rng.Int64(), h.brand.Items[0].ID))
	}
	if h.lastTask == "" {
		h.t.Fatal("nobody is to be called")
	}
	h.uncalled = h.patience
	return h.lastTask
}

// granted lets personal data go into files, and names a destination of them.
func (h *besieged) granted() string {
	for _, id := range []string{"file:files", "file:bi"} {
		h.make("PUT", "/v1/admin/destinations/"+id, object{"host": "the analysts", "purposes": []any{"service"}, "fields": []any{"people", "events", "decisions"}})
	}
	return "file:bi"
}

func (h *besieged) placed() string {
	h.make("POST", "/v1/admin/places", object{"put": []any{object{"id": "shop", "name": object{"en": "Shop"}, "radius": 100, "zone": "Europe/Paris", "at": object{"lat": 48.85, "lon": 2.35}}}})
	return "shop"
}

func (h *besieged) hooked() string {
	h.make("PUT", "/v1/admin/webhooks/hook", object{"url": "https://hooks.example/in", "types": []any{"decision.taken"}})
	return "hook"
}

func (h *besieged) sourced() string {
	h.make("PUT", "/v1/admin/sources/shop", object{"brings": "catalogue", "address": "env:APARTE_SOURCE_SHOP", "query": "select 1", "every": "1h"})
	return "shop"
}

var personID = regexp.MustCompile(`p_[0-9a-f]{32}`)

// person is the id of somebody new.
func (h *besieged) person(a *attack) string {
	h.t.Helper()
	name := fmt.Sprintf("new-%d", a.rng.Int64())
	h.ok("POST", "/v1/identify", siegeWriteKey, fmt.Sprintf(`{"userId":%[1]q,"messageId":%[1]q,"traits":{"firstName":"New"}}`, name))
	return personID.FindString(h.ok("GET", "/v1/admin/people/"+name, siegeSecretKey, ""))
}

// merged are somebody, and who was found to be the same.
func (h *besieged) merged(a *attack) (one, other string) {
	one, other = h.person(a), h.person(a)
	h.make("POST", "/v1/admin/people/"+one+"/merge", object{"person": other})
	return one, other
}

// mend puts back what attacks change of the brand, and lets go of users and keys that they made.
func (h *besieged) mend() {
	h.t.Helper()
	if h.engine.Plan().Version() != h.whole {
		version, err := h.engine.Publish(h.t.Context(), h.brand)
		h.must(err)
		h.whole = version
	}
	for _, m := range h.porter.Members() {
		if !slices.Contains(slices.Collect(maps.Values(h.staff)), m.ID) && !slices.Contains(h.clerks, m.Email) && m.Email != "zoe@staff.example" {
			h.must(h.porter.Remove(h.t.Context(), m.ID))
		}
	}
	for _, k := range h.porter.Keys().All() {
		if !strings.HasPrefix(k.Name, "siege") {
			_, err := h.porter.RevokeKey(h.t.Context(), k.ID)
			h.must(err)
		}
	}
	for _, s := range h.asked.States() {
		h.must(h.asked.Delete(h.t.Context(), s.ID))
	}
}
