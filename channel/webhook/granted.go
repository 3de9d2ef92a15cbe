package webhook

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/grant"
)

// grantID names the grant by which an endpoint is told of people.
func (e *Endpoint) grantID() string {
	if e.Ads != nil {
		return string(grant.Ads) + ":" + e.ID
	}
	return string(grant.Webhook) + ":" + e.ID
}

func (e *Endpoint) host() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return e.URL // it was checked
	}
	return u.Host
}

// fields are what an endpoint is told.
func (e *Endpoint) fields() []grant.Field {
	if e.Ads != nil {
		return []grant.Field{grant.Hashed}
	}
	all := []grant.Field{grant.People}
	events, decisions := false, false
	for _, kind := range e.Kinds {
		decided := strings.HasPrefix(string(kind), "decision.")
		events, decisions = events || !decided, decisions || decided
	}
	if events {
		all = append(all, grant.Events)
	}
	if decisions {
		all = append(all, grant.Decisions)
	}
	if e.Identifiers {
		all = append(all, grant.Identifiers)
	}
	return all
}

// grant lets an endpoint be told what it is declared for. A grant that was taken back stays taken back.
func (h *Hooks) grant(ctx context.Context, e *Endpoint) error {
	if h.Grants == nil {
		return nil
	}
	g := grant.Grant{ID: e.grantID(), Host: e.host(), Purposes: []aparte.Purpose{aparte.Service}, Fields: e.fields()}
	if e.Ads != nil {
		g.Purposes, g.Channel = []aparte.Purpose{aparte.Marketing}, aparte.Ads
	}
	if err := h.Grants.Declare(ctx, g); err != nil {
		return fmt.Errorf("webhook %s: %w", e.ID, err)
	}
	return nil
}

// use counts that an endpoint is told something, or says why it may not be.
func (h *Hooks) use(ctx context.Context, k *kept) error {
	if h.Grants == nil {
		return nil
	}
	_, err := h.Grants.Use(ctx, k.grantID(), k.host(), k.fields()...)
	return err
}
