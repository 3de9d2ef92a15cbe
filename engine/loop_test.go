package engine_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/url"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/store"
)

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36"

// tokenOf is the token in an address of ours.
func tokenOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	token, _, _ := strings.Cut(path.Base(u.Path), ".")
	return token
}

func TestAWelcomeDisappearsWithTheFirstOrder(t *testing.T) {
	h := open(t)
	said := false
	for range 200 { // the draw may be silent at times
		if a := h.ask("ada", "hero"); a.Decision.Action.Content == "welcome" {
			said = true
			if a.Decision.Propensity <= 0 || a.Decision.Propensity > 1 || len(a.Why) == 0 || !strings.Contains(a.HTML, "Welcome") {
				t.Fatalf("answer = %+v, want a propensity, reasons and HTML", a)
			}
			break
		}
	}
	if !said {
		t.Fatal("a stranger was never welcomed")
	}
	h.accept(order("ada", "lamp", "o1", 25))
	for range 50 {
		if a := h.ask("ada", "hero"); !a.Decision.Action.Silent() {
			t.Fatalf("%q was said on the page load after the order", a.Decision.Action.Content)
		}
	}
}

func TestTwoPeopleOfOneSegmentAreToldDifferentThings(t *testing.T) {
	h := open(t)
	items := map[string]aparte.ItemID{}
	for user, item := range map[string]string{"ada": "lamp", "bob": "mug"} {
		h.accept(event("Product Viewed", user, "", map[string]any{"product_id": item}))
		for range 500 {
			if a := h.ask(user, "aside"); !a.Decision.Action.Silent() {
				items[user] = a.Decision.Action.Item
				break
			}
		}
	}
	now := time.Now()
	ada, bob := h.who(aparte.KindUserID, "ada"), h.who(aparte.KindUserID, "bob")
	if ada.Lifecycle(now) != bob.Lifecycle(now) {
		t.Fatal("the two are not of one segment")
	}
	if items["ada"] != "lamp" || items["bob"] != "mug" {
		t.Errorf("told of %v, want each of what they looked at", items)
	}
}

// welcomed asks until the welcome is said.
func (h *house) welcomed(user string) engine.Answer {
	h.t.Helper()
	for range 500 {
		if a := h.ask(user, "hero"); !a.Decision.Action.Silent() {
			return a
		}
	}
	h.t.Fatal("nothing but silence in 500 decisions")
	return engine.Answer{}
}

func TestAClickIsCreditedToItsDecisionAndTeaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		a := h.welcomed("ada")
		picture, err := h.Show(t.Context(), tokenOf(t, a.Image), engine.Fetch{Format: engine.PNG, UserAgent: browser})
		if err != nil || picture.ContentType != "image/png" || picture.Decision.ID != a.Decision.ID {
			t.Fatalf("picture of %s, %q (%v), want the decision's own", picture.Decision.ID, picture.ContentType, err)
		}
		location, err := h.Click(t.Context(), tokenOf(t, a.Link))
		if err != nil || location != "http://shop.example/welcome" {
			t.Fatalf("click leads to %q (%v)", location, err)
		}
		h.accept(order("ada", "lamp", "o1", 25))

		p := h.who(aparte.KindUserID, "ada")
		rewards := map[aparte.ObjectiveID]float64{}
		for _, o := range p.Open {
			if o.Decision == a.Decision.ID {
				rewards[o.Objective] = o.Reward
			}
		}
		if rewards["click"] != 5 || rewards["order"] != 100 {
			t.Errorf("rewards = %v, want 5 for the click and 100 for the order", rewards)
		}
		before := h.Status().Model
		time.Sleep(11 * time.Minute) // the bubble's clock: every window closes
		synctest.Wait()
		if p := h.who(aparte.KindUserID, "ada"); len(p.Open) != 0 {
			t.Errorf("%d windows are open after the last was to close", len(p.Open))
		}
		if after := h.Status().Model; after < before+2 {
			t.Errorf("examples learned went from %d to %d, want at least two more", before, after)
		}
		h.stop()
	})
}

func TestAClickHeardOfBeforeItsExposureIsAViewTooAndCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		a := h.welcomed("ada")
		click := func() {
			if _, err := h.Click(t.Context(), tokenOf(t, a.Link)); err != nil {
				t.Fatal(err)
			}
		}
		click() // faster than the page told what was seen
		h.accept(event(aparte.EventExposed, "ada", "", map[string]any{"decision": a.Decision.ID.String()}))
		time.Sleep(time.Second)
		click()

		rewards := map[aparte.ObjectiveID]float64{}
		for _, o := range h.who(aparte.KindUserID, "ada").Open {
			if o.Decision == a.Decision.ID {
				rewards[o.Objective] += o.Reward
			}
		}
		if want := map[aparte.ObjectiveID]float64{"click": 10, "order": 0}; !maps.Equal(rewards, want) {
			t.Errorf("rewards = %v, want %v: the windows are open once, and each click is worth what it is", rewards, want)
		}
		synctest.Wait()
		var exposed, clicked int64
		for _, c := range h.Pulse().Contents {
			exposed, clicked = exposed+c.Exposed[len(c.Exposed)-1], clicked+c.Clicked[len(c.Clicked)-1]
		}
		if exposed != 1 || clicked != 1 {
			t.Errorf("counted %d views and %d clicks, want one of each", exposed, clicked)
		}
		h.stop()
	})
}

func TestAModelIsRebuiltFromTheLogToTheSameBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		live := func(users ...string) {
			for _, user := range users {
				a := h.welcomed(user)
				if _, err := h.Show(t.Context(), tokenOf(t, a.Image), engine.Fetch{Format: engine.HTML, UserAgent: browser}); err != nil {
					t.Fatal(err)
				}
				if _, err := h.Click(t.Context(), tokenOf(t, a.Link)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(11 * time.Minute)
		}
		live("ada", "bob", "cy", "dee")
		synctest.Wait()
		h.reopen()
		live("eve", "fay")
		synctest.Wait()
		h.reopen()
		rebuilt, err := h.Rebuild(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if h.Status().Model < 12 {
			t.Errorf("only %d examples were learned", h.Status().Model)
		}
		if !bytes.Equal(rebuilt, h.Model()) {
			t.Errorf("the rebuilt model (%d bytes) differs from the one that lived (%d bytes)", len(rebuilt), len(h.Model()))
		}
		h.stop()
	})
}

func TestTokensCannotBeMadeUpNorUsedAtAnotherDoor(t *testing.T) {
	h := open(t)
	token := tokenOf(t, h.welcomed("ada").Link)
	for i := range token {
		forged := []byte(token)
		forged[i] ^= 1
		if string(forged) == token {
			continue
		}
		if _, err := h.Click(t.Context(), string(forged)); !errors.Is(err, engine.ErrToken) {
			t.Fatalf("a token changed at %d opens: %v", i, err)
		}
	}
	if err := h.Unsubscribe(t.Context(), token); !errors.Is(err, engine.ErrToken) {
		t.Errorf("a picture's token unsubscribes: %v", err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 5000), "é"} {
		if _, err := h.Show(t.Context(), bad, engine.Fetch{}); !errors.Is(err, engine.ErrToken) {
			t.Errorf("token of %d bytes: %v, want ErrToken", len(bad), err)
		}
	}
}

func TestAMachineThatFetchesAPictureTeachesNothing(t *testing.T) {
	h := open(t)
	a := h.welcomed("ada")
	for _, f := range []engine.Fetch{{UserAgent: "Mozilla/5.0"}, {UserAgent: "Googlebot/2.1"}, {UserAgent: browser, Head: true}, {UserAgent: browser, Prefetch: true}, {}} {
		if p, err := h.Show(t.Context(), tokenOf(t, a.Image), f); err != nil || len(p.Body) == 0 {
			t.Fatalf("%q got no picture: %v", f.UserAgent, err)
		}
	}
	if p := h.who(aparte.KindUserID, "ada"); len(p.Said) != 0 {
		t.Errorf("memory = %v, want none: nobody saw it", p.Said)
	}
}

// postbox is a channel that keeps what it is given, and answers as it is told.
type postbox struct {
	sent   []channel.Message
	answer func(attempt int) error
}

func (*postbox) Channel() aparte.Channel { return aparte.Email }

func (p *postbox) Send(_ context.Context, m *channel.Message) error {
	p.sent = append(p.sent, *m)
	if p.answer != nil {
		return p.answer(len(p.sent))
	}
	return nil
}

// leaveBasket has someone who agreed to mails leave a basket.
func (h *house) leaveBasket(user string) {
	h.accept(identify(user, user+"-phone", map[string]any{
		"email":    user + "@example.com",
		"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
	}))
	h.accept(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
}

func TestALeftBasketIsWrittenAboutOnceAndItsPictureFollowsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &postbox{}
		h := openSpread(t, 1, box)
		h.basketMail(t, box)
		m := box.sent[0]
		if m.To == "" || !strings.HasPrefix(m.Unsubscribe, "http://say.example/u/") {
			t.Fatalf("mail = %+v", m)
		}
		user, _, _ := strings.Cut(m.To, "@")
		slot := addressIn(t, m.HTML, "http://say.example/x/")
		open := func() engine.Picture {
			p, err := h.Show(t.Context(), slot, engine.Fetch{Format: engine.JSON, UserAgent: browser})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		// One of the two that fit, by a draw: what the message said, or what fits whoever opens one.
		if p := open(); p.Decision.Action.Content != "opened" && p.Decision.Action.Content != "basket" {
			t.Errorf("opened before the order, the mail shows %q", p.Decision.Action.Content)
		}
		if again, first := open(), h.who(aparte.KindUserID, user); len(again.Body) == 0 || len(first.Said) == 0 {
			t.Error("the opening was not remembered")
		}
		h.accept(order(user, "lamp", "o1", 25))
		time.Sleep(10 * time.Second)
		p := open()
		if p.Decision.Action.Content != "thanks" {
			t.Errorf("opened after the order, the mail shows %q", p.Decision.Action.Content)
		}
		if to, err := h.Click(t.Context(), slot); err != nil || to != "http://shop.example/thanks" {
			t.Errorf("the click lands on %q (%v), not on what was shown", to, err)
		}
		if err := h.Unsubscribe(t.Context(), tokenOf(t, m.Unsubscribe)); err != nil {
			t.Fatal(err)
		}
		person := h.who(aparte.KindUserID, user)
		if granted, known := person.Consented(aparte.Marketing, aparte.Email); granted || !known {
			t.Error("an unsubscribe left the consent standing")
		}
		sent := len(box.sent)
		h.accept(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25}))
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if len(box.sent) != sent {
			t.Error("a mail went to somebody who unsubscribed")
		}
		h.stop()
	})
}

// A mail is seen when its picture is, and once: opened again and again, and clicked in two places, it was one mail seen
// and clicked.
func TestAMailOpenedTwiceWasSeenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &postbox{}
		h := openSpread(t, 1, box)
		h.basketMail(t, box)
		m := box.sent[0]
		slot := addressIn(t, m.HTML, "http://say.example/x/")
		shown := map[aparte.ContentID]bool{"basket": true} // what the mail says, whatever its picture does
		for range 4 {
			p, err := h.Show(t.Context(), slot, engine.Fetch{Format: engine.JSON, UserAgent: browser})
			if err != nil {
				t.Fatal(err)
			}
			if c := p.Decision.Action.Content; c != "" {
				shown[c] = true
			}
			if _, err := h.Click(t.Context(), slot); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		for _, what := range []string{"exposed/", "clicked/"} {
			counters, err := h.Counters(t.Context(), what, time.Now().Add(-48*time.Hour), time.Now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			sums := map[string]int64{}
			for _, c := range counters {
				sums[strings.TrimPrefix(c.Key, what)] += c.N
			}
			for c := range shown {
				if sums[string(c)] != 1 {
					t.Errorf("%s%s = %d, want 1: %v", what, c, sums[string(c)], sums)
				}
			}
		}
		h.stop()
	})
}

// basketMail has people leave baskets until one is written to: the decision may be silent.
func (h *house) basketMail(t *testing.T, box *postbox) {
	t.Helper()
	for _, user := range []string{"ada", "bob", "cy", "dee", "eve", "fay", "gus", "hal", "ivy", "joe"} {
		h.leaveBasket(user)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(box.sent) > 0 {
			return
		}
	}
	t.Fatal("ten left baskets, and no mail")
}

// addressIn is the token of the first address in a text that begins with prefix.
func addressIn(t *testing.T, text, prefix string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, prefix)
	if !ok {
		t.Fatalf("no address %s… in %q", prefix, text)
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune("\"'. )<\n", r) })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

func TestAMailRefusedForNowIsTriedAgainAndOneRefusedForGoodIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &postbox{answer: func(attempt int) error {
			if attempt < 3 {
				return &channel.Failure{Temporary: true, Code: 451, Reason: "busy"}
			}
			return &channel.Failure{Code: 550, Reason: "no such mailbox", Suppress: true}
		}}
		h := open(t, box)
		h.basketMail(t, box)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if len(box.sent) < 3 {
			t.Fatalf("%d attempts, want a third", len(box.sent))
		}
		for _, m := range box.sent[1:3] {
			if m.Key != box.sent[0].Key {
				t.Error("an attempt carries another key than the first")
			}
		}
		dead, err := h.DeadLetters(t.Context())
		if err != nil || len(dead) == 0 || dead[0].Channel != aparte.Email {
			t.Errorf("dead letters = %v (%v), want one", dead, err)
		}
		h.stop()
	})
}

func TestAMailUnderWayWhenTheProcessEndsIsNotSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &postbox{}
		h := openSpread(t, 1, box)
		h.leaveBasket("ada")
		h.reopen() // timers live in the store
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		h.reopen()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(box.sent) > 1 {
			t.Errorf("%d mails about one basket", len(box.sent))
		}
		h.stop()
	})
}

func TestWhoeverWatchesSeesDecisionsAsTheyHappen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		ctx, stop := context.WithCancel(t.Context())
		told := make(chan engine.Told, 10)
		done := make(chan error, 1)
		go func() { done <- h.Watch(ctx, func(d engine.Told) { told <- d }) }()
		synctest.Wait()
		a := h.ask("ada", "hero")
		if d := <-told; d.Decision.ID != a.Decision.ID {
			t.Errorf("watched %s, decided %s", d.Decision.ID, a.Decision.ID)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.stop()
	})
}

func TestAnExampleOfAnEffectNamesTheRivalOfWhatWasSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		for _, user := range []string{"ada", "bob", "cy"} {
			h.ask(user, "hero")
			h.accept(event(aparte.EventExposed, user, "", map[string]any{"decision": h.welcomed(user).Decision.ID.String()}))
		}
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		compared := map[aparte.ObjectiveID]int{}
		for part := range store.Part(8) {
			rows, err := h.store.Feed(t.Context(), part, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				x, err := learn.ParseExample(row.Body)
				if err != nil {
					t.Fatal(err)
				}
				if x.RivalPropensity > 0 {
					compared[x.Objective]++
				}
				if sum := x.Propensity + x.RivalPropensity; x.Objective == "order" && x.RivalPropensity > 0 && (sum < 1-1e-9 || len(x.Features.Rival) == 0) {
					t.Errorf("one of two candidates and its rival have propensities of %g together, the rival %d features", sum, len(x.Features.Rival))
				}
			}
		}
		if compared["order"] < 3 || compared["click"] != 0 {
			t.Errorf("compared %v, want orders, of which effects are learned, and no clicks", compared)
		}
		h.stop()
	})
}
