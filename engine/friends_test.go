package engine_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// sharing is the brand with an offer to share what was bought, for those who bought, and a cream that is bought again and again.
func sharing() *aparte.Brand {
	b := brand()
	words := aparte.Words{"en": "{{ share }}", "fr": "{{ share }}"}
	b.Contents = append(b.Contents, aparte.Content{
		ID: "share", Name: aparte.Words{"en": "Share it"}, Kind: aparte.KindShare, Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
		Slots: []string{"thanks"}, Layouts: []aparte.LayoutID{"web"}, Rules: []aparte.RuleID{"ordered"}, Items: aparte.BoughtBefore,
		Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words}}}},
	})
	b.Audiences = []aparte.Audience{{
		ID: "ambassadors", Name: aparte.Words{"en": "Ambassadors"}, When: "counters.friends_ordered_365d > 0.5",
		Entitlements: []aparte.Entitlement{{ID: "engraving", Name: aparte.Words{"en": "Free engraving"}}},
	}}
	return b
}

// shareLink is the link that somebody is offered to share, asked for until it is.
func (h *house) shareLink(user string) string {
	h.t.Helper()
	for range 50 {
		if a := h.ask(user, "thanks"); !a.Decision.Action.Silent() {
			return a.Elements["headline"]
		}
	}
	h.t.Fatal("nobody offers to share")
	return ""
}

// land is the page that a share link leads to, opened on a device.
func (h *house) land(link, device string) aparte.Event {
	h.t.Helper()
	return landing(h.t, h.Engine, link, device)
}

func landing(t testing.TB, e *engine.Engine, link, device string) aparte.Event {
	t.Helper()
	page, err := e.SharedLink(t.Context(), link[strings.LastIndexByte(link, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	landed := event("", "", device, nil)
	landed.Type = aparte.Page
	landed.Context = []byte(`{"page":{"url":"` + page + `"}}`)
	return landed
}

// referred is by whose offer somebody came.
func (h *house) referred(kind aparte.IdentifierKind, value string) aparte.DecisionID {
	h.t.Helper()
	p := h.who(kind, value)
	return p.ReferredBy()
}

func TestFriendsWhoComeByALinkStartAsThemselves(t *testing.T) {
	h, _ := openNoting(t)
	if _, err := h.Publish(t.Context(), sharing()); err != nil {
		t.Fatal(err)
	}
	h.accept(order("isabelle", "lamp", "o1", 25))
	link := h.shareLink("isabelle")
	landed := h.land(link, "friend-1")
	where, err := url.Parse(strings.TrimSuffix(strings.TrimPrefix(string(landed.Context), `{"page":{"url":"`), `"}}`))
	if err != nil || where.Path != "/item/lamp" || where.Query().Get("utm_medium") != "referral" {
		t.Errorf("the link leads to %v (%v)", where, err)
	}
	h.accept(landed, h.land(link, "friend-1"), h.land(link, "friend-2"), h.land(link, "friend-3"))

	sharer := h.who(aparte.KindUserID, "isabelle")
	for _, device := range []string{"friend-1", "friend-2", "friend-3"} {
		friend := h.who(aparte.KindAnonymousID, device)
		if friend.ID == sharer.ID || friend.ReferredBy().Person != sharer.ID || len(friend.Consents) > 0 {
			t.Errorf("%s is %+v, referred by %v", device, friend.ID, friend.ReferredBy())
		}
		touches := friend.Journey.Touches
		if len(touches) != 1 || touches[0].Channel != "friend / referral" || touches[0].What != "share" {
			t.Errorf("%s came by %+v", device, touches)
		}
		names := h.names(friend.ID)
		if n := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != aparte.EventReferred })); n != 1 {
			t.Errorf("%s was referred %d times: %q", device, n, names)
		}
	}
	if arrived := sharer.Counter("friends_30d", sharer.LastSeen); arrived < 2.9 || arrived > 3.1 {
		t.Errorf("%v friends arrived", arrived)
	}

	h.accept(order("claire", "mug", "o2", 9), identify("claire", "friend-2", nil)) // a customer, on a device of her own
	h.accept(identify("anne", "friend-1", map[string]any{"email": "anne@example.org"}))
	h.accept(order("anne", "lamp", "o3", 25))
	h.accept(order("anne", "lamp", "o4", 25))
	sharer = h.who(aparte.KindUserID, "isabelle")
	if got := h.names(sharer.ID); len(slices.DeleteFunc(got, func(n string) bool { return n != aparte.EventFriendOrdered })) != 1 {
		t.Errorf("a friend ordered for the first time once; isabelle’s story: %q", h.names(sharer.ID))
	}
	if got := sharer.Audiences; !cmp.Equal(got, []aparte.AudienceKey{aparte.AudienceID("ambassadors").Key()}) {
		t.Errorf("isabelle is in %v", got)
	}
	_, told := h.noted()
	began := slices.DeleteFunc(told, func(n string) bool { return !strings.HasPrefix(n, "entitlement.") })
	if diff := cmp.Diff([]string{"entitlement.began to crm of track Audience Entered"}, began); diff != "" {
		t.Errorf("who fulfils is told (-want +got):\n%s", diff)
	}
}

func TestWhoOpensAnAccountWhereTheyLandWasReferred(t *testing.T) {
	h := open(t)
	if _, err := h.Publish(t.Context(), sharing()); err != nil {
		t.Fatal(err)
	}
	h.accept(order("isabelle", "lamp", "o1", 25))
	link := h.shareLink("isabelle")

	landed := h.land(link, "") // a page that knows the account only
	landed.AnonymousID, landed.UserID = "", "zoe"
	h.accept(landed)
	both := h.land(link, "annes") // the account, and a device that is as new
	both.UserID = "anne"
	h.accept(both)
	h.accept(identify("lea", "leas", nil), h.land(link, "leas")) // the account first, the page after it
	sharer := h.who(aparte.KindUserID, "isabelle")
	for _, user := range []string{"zoe", "anne", "lea"} {
		if by := h.referred(aparte.KindUserID, user); by.Person != sharer.ID {
			t.Errorf("%s was referred by %v", user, by)
		}
	}
	h.accept(order("zoe", "lamp", "o2", 25))
	sharer = h.who(aparte.KindUserID, "isabelle")
	if ordered := sharer.Counter("friends_ordered_365d", sharer.LastSeen); ordered < 0.9 || ordered > 1.1 {
		t.Errorf("%v friends ordered", ordered)
	}
}

func TestNobodyRefersThemselvesNorWhoWasThereBefore(t *testing.T) {
	h := open(t)
	if _, err := h.Publish(t.Context(), sharing()); err != nil {
		t.Fatal(err)
	}
	h.accept(order("isabelle", "lamp", "o1", 25), order("claire", "lamp", "o2", 25), identify("claire", "claires", nil))
	link := h.shareLink("isabelle")

	h.accept(h.land(link, "claires"))
	if by := h.referred(aparte.KindUserID, "claire"); !by.IsZero() {
		t.Errorf("a customer was referred by %v", by)
	}
	h.accept(h.land(link, "other-device"), identify("isabelle", "other-device", nil))
	if by := h.referred(aparte.KindUserID, "isabelle"); !by.IsZero() {
		t.Errorf("isabelle was referred by herself: %v", by)
	}
	forged := h.land(link, "stranger")
	forged.Context = []byte(strings.Replace(string(forged.Context), "aparte_ref=A", "aparte_ref=B", 1))
	h.accept(forged)
	if by := h.referred(aparte.KindAnonymousID, "stranger"); !by.IsZero() {
		t.Errorf("a forged token refers: %v", by)
	}
}
