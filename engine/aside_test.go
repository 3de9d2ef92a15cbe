package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// erasures remembers who was erased.
type erasures struct{ who []aparte.Identifier }

func (e *erasures) Erase(_ context.Context, who []aparte.Identifier) (int, error) {
	e.who = append(e.who, who...)
	return 0, nil
}

func TestWhoIsErasedIsErasedFromWhatIsKeptAside(t *testing.T) {
	h := open(t)
	aside := &erasures{}
	h.aside = aside
	h.reopen()
	h.accept(aparte.Event{
		Type: aparte.Identify, MessageID: "1", UserID: "u1", AnonymousID: "a1", Timestamp: time.Now(), ReceivedAt: time.Now(), Source: "test",
		Traits: []byte(`{"email":"ann@example.com"}`),
	})
	if err := h.Erase(t.Context(), h.who(aparte.KindUserID, "u1").ID); err != nil {
		t.Fatal(err)
	}
	want := map[aparte.Identifier]bool{{Kind: aparte.KindUserID, Value: "u1"}: true, {Kind: aparte.KindAnonymousID, Value: "a1"}: true, {Kind: aparte.KindEmail, Value: "ann@example.com"}: true}
	got := map[aparte.Identifier]bool{}
	for _, id := range aside.who {
		got[id] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
