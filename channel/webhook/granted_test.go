package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/exchange/adplatform"
	"github.com/aparte-dev/aparte/grant"
)

// A grant that is taken back stops the very next delivery, what waited is not told later, and declaring the endpoint again gives nothing back.
func TestAGrantThatIsTakenBackStopsTheNextDelivery(t *testing.T) {
	h := open(t)
	var err error
	if h.grants, err = grant.Open(t.Context(), grant.Config{}); err != nil {
		t.Fatal(err)
	}
	h.start()
	c := newCRM(t)
	e := webhook.Endpoint{ID: "crm", URL: c.URL}
	c.secret = h.put(e)
	id := "webhook:crm"
	told := func(when string, want int, withheld int64) {
		t.Helper()
		h.step()
		if got, s := c.requests(), h.state(); got != want || s.Withheld != withheld || s.Waiting != 0 || h.log.left() != 0 {
			t.Errorf("%s: %d were told, %+v", when, got, s)
		}
	}
	h.order(1, 1)
	told("granted", 1, 0)
	h.order(1, 2)
	if err = h.grants.Revoke(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	told("taken back with one waiting", 1, 1)
	h.order(1, 3)
	h.order(1, 4)
	told("what happened since", 1, 3)
	h.put(e)
	h.order(1, 5)
	told("declared again", 1, 4)
	if _, err := h.grants.Grant(t.Context(), grant.Grant{ID: id, Purposes: []aparte.Purpose{aparte.Service}}); err != nil {
		t.Fatal(err)
	}
	h.order(1, 6)
	told("granted again", 2, 4)
	if g := h.grants.All()[0]; g.Uses != 2 {
		t.Errorf("counted: %+v", g)
	}
	if err := h.Delete(t.Context(), "crm"); err != nil || len(h.grants.All()) != 0 {
		t.Errorf("an endpoint that is gone: %v, %+v", err, h.grants.All())
	}
}

// So it is with an account at an advertising platform, down to the request: of two that one notice takes, the second does not leave once the grant
// is taken back.
func TestAnAccountWhoseGrantIsTakenBackIsToldNothing(t *testing.T) {
	grants, err := grant.Open(t.Context(), grant.Config{})
	if err != nil {
		t.Fatal(err)
	}
	told, between := 0, func() {}
	meta := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told++; between() }))
	defer meta.Close()
	roots := x509.NewCertPool()
	roots.AddCert(meta.Certificate())
	hooks, err := webhook.Open(t.Context(), webhook.Config{
		Documents: &shelf{}, Grants: grants, Private: true, Stepped: true, Now: func() time.Time { return time.Unix(1e9, 0) }, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		t.Fatal(err)
	}
	log := &book{}
	if err := hooks.Start(t.Context(), log, compose, func(context.Context, aparte.Notice, *aparte.AdAccount) ([]adplatform.Request, error) {
		one := adplatform.Request{Method: http.MethodPost, Path: "/88/events", Form: url.Values{"data": {"[]"}}}
		return []adplatform.Request{one, one}, nil
	}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := hooks.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := hooks.Put(t.Context(), webhook.Endpoint{ID: "meta", URL: meta.URL, Token: "token", Enabled: true, Ads: &aparte.AdAccount{
		Platform: aparte.MetaAds, Account: "88", Conversions: map[aparte.ObjectiveID]aparte.AdConversion{"order": {Action: "Purchase"}},
	}}); err != nil {
		t.Fatal(err)
	}
	seq := uint64(0)
	reach := func(when string, want int, withheld int64) {
		t.Helper()
		seq++
		for _, to := range hooks.Wanted(aparte.ObjectiveReached) {
			n := aparte.Notice{Kind: aparte.ObjectiveReached, Person: aparte.PersonID{1}, Seq: seq, To: to}
			log.write(n)
			hooks.Written(1, []aparte.Notice{n})
		}
		hooks.Step(t.Context())
		all, err := hooks.States(t.Context())
		if err != nil || len(all) != 1 || told != want || all[0].Withheld != withheld || all[0].Waiting != 0 || log.left() != 0 {
			t.Errorf("%s: %d requests, want %d; %+v (%v)", when, told, want, all, err)
		}
	}
	reach("granted", 2, 0)
	between = func() {
		if err := grants.Revoke(t.Context(), "ads:meta"); err != nil {
			t.Error(err)
		}
	}
	reach("taken back between the requests of one notice", 3, 1)
	between = func() {}
	reach("taken back", 3, 2)
	if _, err := grants.Grant(t.Context(), grant.Grant{ID: "ads:meta", Purposes: []aparte.Purpose{aparte.Marketing}}); err != nil {
		t.Fatal(err)
	}
	reach("granted again", 5, 2)
}
