package engine_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/channel/webpush"
)

// provider is the other end of a channel, spoken to in its protocol, which is down for as long as it is told to be.
type provider struct {
	sender  channel.Sender
	address func(i int) aparte.Event // by which somebody can be reached
	now     func() time.Time

	arrived func() map[string]int // what arrived, by whom it is for

	mu    sync.Mutex
	down  bool
	tried map[string][]time.Time // when somebody was to be reached
}

// try notes an attempt and says whether it is taken.
func (p *provider) try(to string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried[to] = append(p.tried[to], p.now())
	return !p.down
}

func (p *provider) is(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

func newProvider() *provider {
	return &provider{tried: map[string][]time.Time{}, down: true}
}

// mailServer is a provider of mails that answers 451 while it is down.
func mailServer(t *testing.T) *provider {
	t.Helper()
	p := newProvider()
	box, err := mailbox.StartWith(context.Background(), mailbox.Config{MaxMails: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	box.Refuse(func(to string) *mailbox.Refusal {
		if p.try(to) {
			return nil
		}
		return &mailbox.Refusal{Code: 451, Message: "not now"}
	})
	sender, err := email.New(email.Config{Addr: box.Addr(), From: "hello@lantern.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	p.arrived = func() map[string]int {
		all := map[string]int{}
		for _, m := range box.Mails() {
			all[m.Recipients[0]]++
		}
		return all
	}
	p.sender = sender
	p.address = func(i int) aparte.Event {
		return identify(fmt.Sprint("u", i), "", map[string]any{"email": fmt.Sprintf("u%d@example.com", i)})
	}
	return p
}

// pushService is a provider of notifications to browsers that answers 503 while it is down.
func pushService(t *testing.T) *provider {
	t.Helper()
	p := newProvider()
	taken := map[string]int{}
	server := channeltest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !p.try(r.URL.Path) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		p.mu.Lock()
		taken[r.URL.Path]++
		p.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	})
	p.arrived = func() map[string]int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return maps.Clone(taken)
	}
	keys, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	sender, err := webpush.New(webpush.Config{Keys: keys, Contact: "mailto:ops@shop.example", Provider: server.Config(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	p.sender = sender
	p.address = func(i int) aparte.Event {
		return device(fmt.Sprint("u", i), fmt.Sprintf("https://%s/push/%d#%s.%s", server.Host, i, encode(browser.PublicKey().Bytes()), encode(make([]byte, 16))))
	}
	return p
}

// behind is a stepped engine of a brand with one scenario, a basket that was left, of which a provider's channel tells.
func behind(t *testing.T, p *provider) *stepped {
	t.Helper()
	h := openStepped(t, p.sender)
	p.now = func() time.Time { return *h.now.Load() }
	b := pushing()
	b.Contents[0].Channels, b.Scenarios[0].Channel = []aparte.Channel{p.sender.Channel()}, p.sender.Channel()
	b.Pressure = aparte.Pressure{}
	h.publish(b)
	return h
}

// wants has somebody leave a basket, an hour after which they are to be told.
func (h *stepped) wants(p *provider, i int) {
	h.t.Helper()
	user := fmt.Sprint("u", i)
	h.accept(consented(user, p.sender.Channel()), p.address(i))
	h.accept(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
}

// minutes lets time pass, and whatever leaves arrive or not.
func (h *stepped) minutes(n int) {
	h.t.Helper()
	for range n {
		h.pass(time.Minute)
		h.delivered()
	}
}

// TestNothingIsLostOrDoubledByAProviderThatIsDownForAnHour: what was to leave is tried again after the documented waits, and arrives once when
// its provider is back; of one that stays down it is known after the last attempt.
func TestNothingIsLostOrDoubledByAProviderThatIsDownForAnHour(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *provider{"mails": mailServer, "notifications": pushService} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			h := behind(t, p)
			const people = 15
			for i := range people { // their hours are over one after another, before and while it is down
				h.wants(p, i)
				h.pass(time.Minute)
			}
			h.minutes(60)
			if len(p.arrived()) > 0 || len(p.tried) < 3 {
				t.Fatalf("%d of %d were tried and %d arrived while the provider was down", len(p.tried), people, len(p.arrived()))
			}
			p.is(false)
			h.minutes(180)
			arrived := p.arrived()
			for to, tried := range p.tried {
				if arrived[to] != 1 {
					t.Errorf("%s was reached %d times, in %d attempts", to, arrived[to], len(tried))
				}
				keepsToWaits(t, to, tried)
			}
			letters, err := h.DeadLetters(t.Context())
			if h.check(err); len(letters) > 0 {
				t.Errorf("%d were given up", len(letters))
			}

			p.is(true)
			before := len(p.tried)
			for i := range people {
				h.wants(p, people+i)
			}
			h.minutes(61)
			for range 46 { // longer than all waits together
				h.pass(time.Hour)
				h.delivered()
			}
			given := 0
			for to, tried := range p.tried {
				if arrived[to] > 0 {
					continue
				}
				if given++; len(tried) != channel.MaxAttempts {
					t.Errorf("%s was tried %d times before it was given up, want %d", to, len(tried), channel.MaxAttempts)
				}
			}
			letters, err = h.DeadLetters(t.Context())
			if h.check(err); len(letters) != given || given != len(p.tried)-before || given == 0 {
				t.Errorf("%d are dead letters; %d were tried in vain, of %d new", len(letters), given, len(p.tried)-before)
			}
		})
	}
}

// keepsToWaits holds attempts, looked at every minute, to channel.Backoff.
func keepsToWaits(t *testing.T, to string, tried []time.Time) {
	t.Helper()
	for k := 1; k < len(tried); k++ {
		least := channel.Backoff(k, nil)
		if waited := tried[k].Sub(tried[k-1]); waited < least || waited > least+least/4+time.Minute {
			t.Errorf("%s: attempt %d came %v after the one before, which is to be %v to %v", to, k+1, waited, least, least+least/4)
		}
	}
}

// Messages that wait for a provider were each decided as if there were none of the others: only as many leave as the brand allows.
func TestWhatWaitedTogetherLeavesAsFarAsPressureAllows(t *testing.T) {
	for name, pressure := range map[string]aparte.Pressure{
		"capped": {Caps: []aparte.Cap{{Channel: aparte.Email, Most: 2, Within: aparte.Duration(24 * time.Hour)}}},
		"apart":  {Apart: aparte.Duration(12 * time.Hour)},
		"free":   {},
	} {
		t.Run(name, func(t *testing.T) {
			p := mailServer(t)
			h := behind(t, p)
			const people = 20
			b := pushing()
			b.Contents[0].Channels, b.Scenarios[0].Channel, b.Pressure = []aparte.Channel{aparte.Email}, aparte.Email, pressure
			b.Contents[0].Items, b.Contents[0].Elements = "", slices.DeleteFunc(b.Contents[0].Elements, func(e aparte.Element) bool { return e.Name == "visual" })
			h.publish(b)
			for range 5 {
				for i := range people {
					h.wants(p, i)
				}
				h.pass(61 * time.Minute)
				h.delivered()
			}
			p.is(false)
			for range 20 {
				h.pass(30 * time.Minute)
				h.delivered()
			}
			most := 0
			for _, n := range p.arrived() {
				most = max(most, n)
			}
			switch {
			case name == "capped" && most != 2, name == "apart" && most != 1, name == "free" && most < 3:
				t.Errorf("somebody has %d mails", most)
			}
			for i := range people {
				for _, timer := range h.customer(fmt.Sprint("u", i)).Timers {
					if strings.HasPrefix(timer.Name, "deliver:") {
						t.Errorf("a message still waits: %s", timer.Name)
					}
				}
			}
		})
	}
}

// Of an attempt that ended without an answer nobody knows; it weighs as if it had arrived.
func TestWhatMayHaveArrivedWeighsAsIfItHad(t *testing.T) {
	phones := &carrier{on: aparte.MobilePush, answer: map[byte]*channel.Failure{'a': lostPhone}}
	h := openStepped(t, phones)
	h.publish(pushing())
	user := h.tellsSomebodyWith(phones, "a")
	if p := h.customer(user); len(p.Said) != 1 || p.Said[0].Seen != 0 {
		t.Errorf("%d things are remembered as said: %v", len(p.Said), p.Said)
	}
}
