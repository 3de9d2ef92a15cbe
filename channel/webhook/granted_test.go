package webhook_test

import (
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
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
