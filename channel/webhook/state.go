package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/adplatform"
	"github.com/aparte-dev/aparte/store"
)

// State is an endpoint and how it fares.
type State struct {
	Endpoint
	Stopped      string    `json:"stopped,omitempty"` // why it is told nothing any more: gone, failing, full or filter
	StoppedAt    time.Time `json:"stoppedAt,omitzero"`
	FailingSince time.Time `json:"failingSince,omitzero"` // zero: the last attempt was taken
	NextTry      time.Time `json:"nextTry,omitzero"`      // of one that fails
	Waiting      int64     `json:"waiting"`
	GivenUp      int       `json:"givenUp"` // notices that can be sent again, of the last 90 days
	Delivered    int64     `json:"delivered"`
	Failed       int64     `json:"failed"`     // attempts
	PassedOver   int64     `json:"passedOver"` // notices that its condition did not hold for
	Withheld     int64     `json:"withheld"`   // notices that its grant, or the person's answers, kept from being told
	DeliveredAt  time.Time `json:"deliveredAt,omitzero"`
	FailedAt     time.Time `json:"failedAt,omitzero"`
	FailedWith   string    `json:"failedWith,omitempty"` // a status, or why there was none
	FormerUntil  time.Time `json:"formerUntil,omitzero"` // until when the former secret signs, too
}

// States are all endpoints, by id.
func (h *Hooks) States(ctx context.Context) ([]State, error) {
	known := *h.known.Load()
	out := make([]State, 0, len(known))
	for _, id := range slices.Sorted(maps.Keys(known)) {
		s := known[id].state()
		if h.log != nil {
			var err error
			if _, s.GivenUp, err = h.log.Buried(ctx, id, 0); err != nil {
				return nil, fmt.Errorf("webhook %s: %w", id, err)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func (l *line) state() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.kept.Record
	s := State{
		Endpoint: l.kept.Endpoint, Stopped: string(r.Stopped), StoppedAt: r.StoppedAt, FailingSince: r.FailingSince,
		Waiting: max(l.waiting, 0), Delivered: r.Delivered, Failed: r.Failed, PassedOver: r.PassedOver, Withheld: r.Withheld, DeliveredAt: r.DeliveredAt, FailedAt: r.FailedAt, FailedWith: r.FailedWith,
	}
	s.Token = ""
	if l.kept.FormerUntil.After(l.hooks.Now()) {
		s.FormerUntil = l.kept.FormerUntil
	}
	if r.Stopped != "" || r.FailingSince.IsZero() {
		return s
	}
	if l.failures >= suspicion {
		s.NextTry = l.next
		return s
	}
	for _, p := range l.parts {
		if p.ready && p.tries > 0 && (s.NextTry.IsZero() || p.next.Before(s.NextTry)) {
			s.NextTry = p.next
		}
	}
	return s
}

// GivenUp are notices to an endpoint that were given up in the last 90 days, up to limit.
func (h *Hooks) GivenUp(ctx context.Context, id string, limit int) ([]aparte.Notice, error) {
	if (*h.known.Load())[id] == nil || h.log == nil {
		return nil, store.ErrNotFound
	}
	found, _, err := h.log.Buried(ctx, id, limit)
	return found, err
}

// resentAtOnce bounds one call of Resend.
const resentAtOnce = 1000

// Resend has up to a thousand notices that were given up told again, and answers how many.
func (h *Hooks) Resend(ctx context.Context, id string) (int, error) {
	found, err := h.GivenUp(ctx, id, resentAtOnce)
	for i := range found {
		if err := h.log.Revive(ctx, found[i]); err != nil {
			return i, fmt.Errorf("webhook %s: %w", id, err)
		}
	}
	return len(found), err
}

// Test makes one attempt to tell an endpoint nothing but that it is tested, whether or not it is enabled, and answers the status, or
// why there is none.
func (h *Hooks) Test(ctx context.Context, id string) (taken bool, answered string, err error) {
	l := (*h.known.Load())[id]
	if l == nil {
		return false, "", store.ErrNotFound
	}
	k, now := l.look(), h.Now()
	if k.Ads != nil {
		return h.testAds(ctx, l, &k)
	}
	body, err := json.Marshal(map[string]any{"type": "webhook.test", "timestamp": now.UTC(), "data": map[string]any{"webhook": id}})
	if err != nil {
		return false, "", err
	}
	a := post(ctx, h.client, k.URL, fmt.Sprintf("msg_test_%d", now.UnixMicro()), now, body, k.secrets(now), "")
	return a.taken(), a.String(), nil
}

// Stopped are the endpoints that are enabled and yet told nothing any more.
func (h *Hooks) Stopped() (all []State) {
	known := *h.known.Load()
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if s := known[id].state(); s.Enabled && s.Stopped != "" {
			all = append(all, s)
		}
	}
	return all
}

// testAds asks a platform for nothing but whether it knows who asks. TikTok has no such door.
func (h *Hooks) testAds(ctx context.Context, l *line, k *kept) (taken bool, answered string, err error) {
	switch k.Ads.Platform {
	case aparte.GoogleAds:
		if _, err := l.google(ctx, k.Token); err != nil {
			return false, answer{reason: "no access", status: failedWith(err)}.String(), nil
		}
		return true, "access", nil
	case aparte.MetaAds:
		a := l.advertise(ctx, k, &adplatform.Request{Method: http.MethodPost, Path: "/me", Form: url.Values{"method": {"get"}, "fields": {"id"}}})
		return a.taken(), a.String(), nil
	}
	return false, "cannot be asked", nil
}
