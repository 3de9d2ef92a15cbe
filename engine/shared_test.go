package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

const customers = 30

// peopleOf counts who the customers are by an identifier each.
func (h *stepped) peopleOf(kind aparte.IdentifierKind, format string) int {
	h.t.Helper()
	who := map[aparte.PersonID]bool{}
	for i := range customers {
		id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: kind, Value: fmt.Sprintf(format, i)})
		h.check(err)
		p, err := h.Person(h.t.Context(), id)
		h.check(err)
		who[p.ID] = true
	}
	return len(who)
}

// On the tablet in a shop many leave their address, one after the other.
func TestATabletOnWhichManyLeaveAnAddressJoinsNobodyAnyMore(t *testing.T) {
	h := openStepped(t)
	var log bytes.Buffer
	h.log = slog.New(slog.NewTextHandler(&log, nil))
	h.reopen()
	address := "guest%d@example.com"
	for i := range customers {
		h.tell(identify("", "tablet", map[string]any{"email": fmt.Sprintf(address, i)}))
		h.tell(event("Product Viewed", "", "tablet", map[string]any{"product_id": "lamp"}))
	}
	const most = 8 // who can be one, for all anybody knows
	if n := h.peopleOf(aparte.KindEmail, address); n != customers-most+1 {
		t.Errorf("%d customers are %d people, want %d", customers, n, customers-most+1)
	}
	shared := h.Shared()
	if len(shared) != 1 || shared[0].Kind != aparte.KindAnonymousID || shared[0].Because != engine.ManyAddresses {
		t.Fatalf("shared are %v, want the tablet", shared)
	}
	if n := strings.Count(log.String(), "an identifier is shared"); n != 1 || strings.Contains(log.String(), "tablet") || strings.Contains(log.String(), "guest") {
		t.Errorf("%d warnings in the log:\n%s", n, log.String())
	}
	last, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindEmail, Value: fmt.Sprintf(address, customers-1)})
	h.check(err)
	p, err := h.Person(t.Context(), last)
	h.check(err)
	if diff := cmp.Diff([]aparte.Identifier{{Kind: aparte.KindEmail, Value: fmt.Sprintf(address, customers-1)}}, p.Identifiers); diff != "" {
		t.Errorf("names of the last customer (-want +got):\n%s", diff)
	}

	h.reopen()
	if diff := cmp.Diff(shared, h.Shared()); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	h.tell(identify("", "tablet", map[string]any{"email": "late@example.com"}))
	before := h.peopleOf(aparte.KindEmail, address)
	h.check(h.Release(t.Context(), shared[0].Key))
	if err := h.Release(t.Context(), shared[0].Key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("released twice: %v", err)
	}
	h.tell(identify("", "tablet", map[string]any{"email": fmt.Sprintf(address, customers-1)}))
	if n := h.peopleOf(aparte.KindEmail, address); n != before-1 {
		t.Errorf("%d people, want %d: what is released joins again", n, before-1)
	}
}

// A decision about somebody whose events named a shared identifier comes out the same again: the log tells that it was left out.
func TestADecisionAboutSomebodyAtASharedTabletIsReplayed(t *testing.T) {
	h := openStepped(t)
	for i := range customers {
		h.tell(identify("", "tablet", map[string]any{"email": fmt.Sprintf("guest%d@example.com", i), "userNumber": i}))
	}
	h.tell(identify("known", "tablet", map[string]any{"email": "known@example.com"}))
	d := h.ask("known").Decision
	h.check(h.Step(t.Context()))
	r, err := h.Replay(t.Context(), d.ID)
	h.check(err)
	if !r.Same {
		t.Errorf("it comes out otherwise: %v", r.Differences)
	}
}

// An address that somebody made up is given on one device after the other.
func TestAnAddressGivenOnManyDevicesJoinsNobodyAnyMore(t *testing.T) {
	h := openStepped(t)
	device := "device-%d"
	for i := range customers {
		h.tell(event("Product Viewed", "", fmt.Sprintf(device, i), map[string]any{"product_id": "lamp"}))
		h.tell(identify("", fmt.Sprintf(device, i), map[string]any{"email": "no@example.com"}))
	}
	shared := h.Shared()
	if len(shared) != 1 || shared[0].Kind != aparte.KindEmail || shared[0].Because != engine.ManyRecords {
		t.Fatalf("shared are %v, want the address", shared)
	}
	if n := h.peopleOf(aparte.KindAnonymousID, device); n < customers-13 {
		t.Errorf("%d devices are %d people: too many became one", customers, n)
	}
}

// Who loses the cookie every week, and who signs in on whatever is at hand, is one person.
func TestNobodyIsTakenForManyWhoIsOne(t *testing.T) {
	h := openStepped(t)
	device := "device-%d"
	for i := range customers {
		h.tell(event("Product Viewed", "", fmt.Sprintf(device, i), map[string]any{"product_id": "lamp"}))
		h.tell(identify("", fmt.Sprintf(device, i), map[string]any{"email": "ada@example.com"}))
		h.pass(7 * 24 * time.Hour)
	}
	if n := h.peopleOf(aparte.KindAnonymousID, device); n != 1 {
		t.Errorf("who lost the cookie every week is %d people", n)
	}
	device = "other-%d"
	for i := range customers {
		h.tell(event("Product Viewed", "", fmt.Sprintf(device, i), map[string]any{"product_id": "lamp"}))
		h.tell(identify("bob", fmt.Sprintf(device, i), nil))
	}
	if n := h.peopleOf(aparte.KindAnonymousID, device); n != 1 {
		t.Errorf("who signed in everywhere is %d people", n)
	}
	if shared := h.Shared(); len(shared) != 0 {
		t.Errorf("shared are %v", shared)
	}
}
