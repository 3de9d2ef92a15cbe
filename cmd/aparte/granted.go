package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel/apns"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

// granted opens what may go where. The channels that the server is started with are granted by that.
func (h *house) granted(ctx context.Context, p *plan) (*grant.Ledger, error) {
	l, err := grant.Open(ctx, grant.Config{Documents: h.store, By: nameOf, Record: h.porter.Write, Now: h.now, Logger: p.log})
	if err != nil {
		return nil, err
	}
	for _, s := range p.senders {
		c := s.Channel()
		host := p.hosts[c]
		if sender, ok := s.(interface{ Host() string }); ok {
			host = sender.Host()
		} else if host == "" {
			host = string(c)
		}
		err := l.Declare(ctx, grant.Grant{ID: grant.ChannelID(c), Host: host, Purposes: []aparte.Purpose{aparte.Service, aparte.Marketing}, Channel: c, Fields: []grant.Field{grant.Address}})
		if err != nil {
			return nil, fmt.Errorf("grant of %s: %w", c, err)
		}
	}
	if p.files {
		if err := grantFiles(ctx, l, "whoever is given the demonstration's secret key"); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// grantFiles lets exports be taken, where that was not decided yet.
func grantFiles(ctx context.Context, l *grant.Ledger, who string) error {
	return l.Declare(ctx, grant.Grant{ID: string(grant.File) + ":files", Host: who, Purposes: []aparte.Purpose{aparte.Service}, Fields: grant.Fields(grant.File)})
}

// nameOf is who somebody is: a user, or a key.
func nameOf(ctx context.Context) string {
	u, _ := access.UserOf(ctx)
	return u.Name
}

// archived opens what may go where of a store that no server has open. by is in whose name files are granted, where they are not yet; empty: in
// nobody's.
func archived(ctx context.Context, documents store.Documents, by string) (*grant.Ledger, error) {
	l, err := grant.Open(ctx, grant.Config{Documents: documents, By: func(context.Context) string { return by }})
	if err != nil || by == "" {
		return l, err
	}
	return l, grantFiles(ctx, l, by)
}

// mayTakeHashes asks whether hashes of addresses may be taken as a file, and counts that.
func mayTakeHashes(ctx context.Context, documents store.Documents) error {
	l, err := archived(ctx, documents, "")
	if err != nil {
		return err
	}
	if _, err := l.Use(ctx, api.FileID(""), "", grant.Hashed); err != nil {
		return err
	}
	return l.Close()
}

// hosts are where the messages of the channels go that were named.
func (c *serveCommand) hosts() map[aparte.Channel]string {
	hosts := map[aparte.Channel]string{}
	if c.SMTP != "" {
		hosts[aparte.Email] = hostOf(c.SMTP)
	}
	apple := apns.Production
	if c.Push.APNsSandbox {
		apple = apns.Sandbox
	}
	switch {
	case c.Push.APNs != "" && c.Push.FCM != "":
		hosts[aparte.MobilePush] = apple + ", fcm.googleapis.com"
	case c.Push.APNs != "":
		hosts[aparte.MobilePush] = apple
	case c.Push.FCM != "":
		hosts[aparte.MobilePush] = "fcm.googleapis.com"
	}
	if c.Push.VAPID != "" {
		hosts[aparte.WebPush] = "the push service of each browser"
	}
	if u, err := url.Parse(c.Texts.SMPP); c.Texts.SMPP != "" && err == nil {
		hosts[aparte.SMS] = u.Hostname()
	}
	return hosts
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
