package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// node is one of several processes over one store. One of them is at work: it has the office, which is the lease of part 0, and with it all parts. The others
// forward every request to it, over a connection that stays, and one of them takes the office when it is given back or runs out.
type node struct {
	*front
	plan  plan
	url   string // where the others reach it
	name  string // as an owner of leases: url, and a word of this process alone
	token string // by which nodes know one another
	first bool   // it has followed nobody yet
	ahead atomic.Pointer[url.URL]
	to    *httputil.ReverseProxy
}

const (
	officeTTL  = 15 * time.Second       // as long as the engine's leases
	officeLook = 500 * time.Millisecond // between two looks at who has the office
)

// What nodes say to one another with a request.
const (
	nodeHeader   = "Aparte-Node"   // the token
	clientHeader = "Aparte-Client" // whom the request is from: host and port
)

// serveNode serves until it is interrupted, at work or behind who is.
func (c *serveCommand) serveNode(ctx context.Context, p plan, heard *ear) error {
	f, err := openFront(ctx, &p)
	if err != nil {
		return err
	}
	n, err := newNode(f, p, c.NodeURL)
	if err == nil {
		err = n.run(ctx, func(ctx context.Context, h *house) error {
			heard.engine.Store(h.engine)
			if n.first { // later, what is in force may have been changed since by whom it was taken over from
				if err := c.publish(ctx, h); err != nil {
					return err
				}
			}
			return h.inviteFirst(ctx, os.Stdout)
		})
	}
	return errors.Join(err, f.close())
}

func newNode(f *front, p plan, at string) (*node, error) {
	if at == "" {
		host, port, err := net.SplitHostPort(f.listen.Addr().String())
		if err != nil {
			return nil, err
		}
		if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
			if host, err = os.Hostname(); err != nil {
				return nil, fmt.Errorf("--node-url is needed: %w", err)
			}
		}
		at = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" || len(at) > 256 {
		return nil, fmt.Errorf("--node-url: %q is no address of a node, such as http://10.0.0.3:8080", at)
	}
	mac := hmac.New(sha256.New, f.place.Secret())
	_, _ = io.WriteString(mac, "nodes") // never fails
	n := &node{front: f, plan: p, url: at, name: at + " " + rand.Text(), token: hex.EncodeToString(mac.Sum(nil)), first: true}
	n.plan.owner = n.name
	n.admit = n.fromNodes
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	n.to = &httputil.ReverseProxy{
		Rewrite:       n.address,
		ErrorHandler:  n.unreached,
		FlushInterval: -1, // what comes bit by bit goes on so
		ErrorLog:      f.server.ErrorLog,
		Transport: &http.Transport{
			Protocols:             protocols,
			DialContext:           (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 5 * time.Second}).DialContext,
			ResponseHeaderTimeout: time.Minute,
			HTTP2:                 &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
		},
	}
	return n, nil
}

// run follows whoever is at work, and works when nobody is, until ctx ends. Ready is called before the doors open.
func (n *node) run(ctx context.Context, ready func(context.Context, *house) error) error {
	n.log.Info("node", "address", n.listen.Addr().String(), "url", n.url)
	defer n.giveBack(context.WithoutCancel(ctx))
	for {
		n.gate.open(n)
		if !n.await(ctx) {
			return n.serve(ctx, nil)
		}
		h, err := n.house(ctx, n.plan)
		if err == nil {
			if err = ready(ctx, h); err == nil {
				n.ahead.Store(nil)
				h.open(ctx)
				n.log.Info("serving", "address", n.listen.Addr().String(), "people's console", "/console/")
				err = n.serve(ctx, h.engine.Lost())
			}
			n.gate.open(n) // nobody comes any more to what is left
			left := h.leave()
			if ctx.Err() != nil {
				return errors.Join(err, left)
			}
			if left != nil {
				n.log.Warn("what was left could not be kept", "error", left)
			}
		}
		switch {
		case ctx.Err() != nil:
			return err
		case errors.Is(err, store.ErrLeased), errors.Is(err, store.ErrFenced), err == nil:
			n.log.Warn("another node has taken over", "error", err)
			n.first = false
		default:
			if _, unreached := n.place.Lease(ctx, 0); unreached == nil {
				return err
			}
			n.log.Warn("the database is waited for", "error", err)
		}
	}
}

// await returns true when this node has the office and every part, and false when ctx ends.
func (n *node) await(ctx context.Context) bool {
	for ctx.Err() == nil {
		took, err := n.look(ctx)
		if err != nil && ctx.Err() == nil {
			n.log.Warn("look at who is at work", "error", err)
		}
		if took {
			return true
		}
		select {
		case <-time.After(officeLook):
		case <-n.served:
			return false
		case <-ctx.Done():
		}
	}
	return false
}

// look follows who has the office, or takes it where nobody has.
func (n *node) look(ctx context.Context) (took bool, err error) {
	l, err := n.place.Lease(ctx, 0)
	if err != nil {
		return false, err
	}
	if l.Owner != "" && l.Owner != n.name && time.Now().Before(l.Until) {
		at, _, _ := strings.Cut(l.Owner, " ")
		u, err := url.Parse(at)
		if err != nil {
			return false, fmt.Errorf("part 0 is leased to %q, which is no node", l.Owner)
		}
		n.ahead.Store(u)
		n.first = false
		return false, nil
	}
	n.ahead.Store(nil)
	return n.take(ctx)
}

// take acquires every part, the office first. Those of one who is gone run out one after another.
func (n *node) take(ctx context.Context) (bool, error) {
	held := time.Now()
	for part := store.Part(0); int(part) < n.place.Parts(); {
		_, err := n.place.Acquire(ctx, part, n.name, time.Now(), officeTTL)
		switch {
		case err == nil:
			part++
		case !errors.Is(err, store.ErrLeased):
			return false, err
		case part == 0:
			return false, nil // somebody was quicker
		default:
			select {
			case <-time.After(officeLook):
			case <-ctx.Done():
				return false, ctx.Err()
			}
		}
		if part > 0 && time.Since(held) > officeTTL/3 {
			if _, err := n.place.Acquire(ctx, 0, n.name, time.Now(), officeTTL); err != nil {
				return false, err
			}
			held = time.Now()
		}
	}
	return true, nil
}

// giveBack gives back what this node took and no engine did: it ended on the way to work.
func (n *node) giveBack(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, officeTTL) // then they have run out
	defer stop()
	for part := range store.Part(n.place.Parts()) {
		l, err := n.place.Lease(ctx, part)
		if err == nil && l.Owner == n.name {
			err = n.place.Release(ctx, part, l.Epoch)
		}
		if err != nil {
			n.log.Warn("give back a part", "part", part, "error", err)
			return
		}
	}
}

// ServeHTTP forwards a request to who is at work.
func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ahead := n.ahead.Load()
	switch {
	case ahead == nil || n.sent(r): // nobody is, or who sent it does not know yet that somebody else is
		n.closed(w, r)
	case r.URL.Path == "/healthz":
		n.closed(w, r)
	default:
		n.to.ServeHTTP(w, r)
	}
}

// closed answers as a gate that is closed.
func (n *node) closed(w http.ResponseWriter, r *http.Request) { new(gate).ServeHTTP(w, r) }

// address makes of a request that came one that goes to who is at work. What proxies before this node said of it stays as it is, as there it is believed or not by
// the same settings.
func (n *node) address(r *httputil.ProxyRequest) {
	ahead := n.ahead.Load()
	if ahead == nil {
		ahead = &url.URL{Scheme: "http", Host: "nobody.invalid"}
	}
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = ahead.Scheme, ahead.Host, r.In.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if said, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = said
		}
	}
	r.Out.Header.Set(nodeHeader, n.token)
	r.Out.Header.Set(clientHeader, r.In.RemoteAddr)
}

// unreached answers where who is at work does not: it may be gone, and another one about to take over.
func (n *node) unreached(w http.ResponseWriter, r *http.Request, err error) {
	n.log.Warn("the node at work does not answer", "error", err)
	n.closed(w, r)
}

// sent says that another node sent a request.
func (n *node) sent(r *http.Request) bool {
	return hmac.Equal([]byte(r.Header.Get(nodeHeader)), []byte(n.token))
}

// fromNodes lets requests of other nodes be those of whom they are from.
func (n *node) fromNodes(doors http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.sent(r) {
			r.RemoteAddr = r.Header.Get(clientHeader)
		}
		r.Header.Del(nodeHeader)
		r.Header.Del(clientHeader)
		doors.ServeHTTP(w, r)
	})
}
