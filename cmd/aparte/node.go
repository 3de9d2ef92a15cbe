package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/fellow"
	"github.com/aparte-dev/aparte/store"
)

// node is one of several processes over one store. One of them has the office, which is the lease of part 0: it keeps everything that is written
// down for all, and its pages are the console. The others are branches: each has some of the parts, answers who comes by the doors that crowds come by, and
// forwards everything else to the office, over a connection that stays. One of them takes the office when it is given back or runs out.
type node struct {
	*front
	plan   plan
	url    string            // where the others reach it
	first  bool              // it has done no work yet
	untold []json.RawMessage // what this node counted as a branch, and no office has heard
	peers  *fellow.Peers
	seat   *fellow.Seat
	held   atomic.Int64 // bytes of bodies that may have to be sent on
	to     *httputil.ReverseProxy
}

// clientHeader says whom a request is from that another node sent: host and port.
const clientHeader = "Aparte-Client"

// movedHeader is of a request that another node sent as its person is here, it is believed: it goes no further.
const movedHeader = "Aparte-Moved"

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
			if n.first && !n.seat.Followed() { // later, what is in force may have been changed since by whom it was taken over from
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
	at = strings.TrimSuffix(at, "/")
	n := &node{front: f, plan: p, url: at, first: true}
	n.peers = fellow.New(fellow.Config{URL: at, Token: hex.EncodeToString(mac.Sum(nil)), Leases: f.place, Now: f.now, Logger: f.log})
	n.seat = &fellow.Seat{Peers: n.peers, Place: f.place, Name: at + " " + rand.Text()}
	n.plan.owner, n.plan.fellows = n.seat.Name, n.peers
	n.plan.nodes = func() int { return 1 + len(n.peers.Members()) }
	n.admit = n.fromNodes
	through := fellow.Transport()
	through.ResponseHeaderTimeout = time.Minute
	n.to = &httputil.ReverseProxy{
		Rewrite:        n.address,
		ModifyResponse: n.answered,
		ErrorHandler:   n.unreached,
		FlushInterval:  -1, // what comes bit by bit goes on so
		ErrorLog:       f.server.ErrorLog,
		Transport:      through,
	}
	return n, nil
}

// run is a branch of whoever has the office, and takes it when nobody has, until ctx ends. Ready is called before the doors open.
func (n *node) run(ctx context.Context, ready func(context.Context, *house) error) error {
	n.log.Info("node", "address", n.listen.Addr().String(), "url", n.url)
	defer n.peers.Close()
	defer n.seat.GiveBack(context.WithoutCancel(ctx))
	for {
		n.gate.open(n)
		var err error
		switch n.seat.Await(ctx, n.served) {
		case fellow.Over:
			return n.serve(ctx, nil)
		case fellow.Keeping:
			err = n.keep(ctx, ready)
		case fellow.Helping:
			err = n.help(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return err
		case errors.Is(err, store.ErrLeased), errors.Is(err, store.ErrFenced), err == nil:
			n.first = false
		default:
			if _, unreached := n.place.Lease(ctx, 0); unreached == nil {
				return err
			}
			n.log.Warn("the database is waited for", "error", err)
		}
	}
}

// keep keeps the office until it is lost, or ctx ends.
func (n *node) keep(ctx context.Context, ready func(context.Context, *house) error) error {
	h, err := n.house(ctx, n.plan)
	if err != nil {
		return err
	}
	n.peers.Serve(h.engine)
	office := n.peers.Keep(h.hear)
	for _, tell := range n.untold { // of when this node was a branch
		if err := h.hear(ctx, n.url, nil, tell); err != nil {
			n.log.Warn("what was counted is lost", "error", err)
		}
	}
	n.untold = nil
	office.Tend(ctx)
	if err = ready(ctx, h); err == nil {
		tending := fellow.Meanwhile(ctx, office.Tend)
		n.seat.Lead()
		h.open(ctx)
		n.log.Info("serving", "address", n.listen.Addr().String(), "people's console", "/console/")
		err = n.serve(ctx, h.engine.Lost())
		tending()
		if err == nil && ctx.Err() == nil {
			n.log.Warn("another node has taken over")
		}
	}
	n.gate.open(n) // nobody comes any more to what is left
	n.peers.Quit()
	n.peers.Serve(nil)
	return n.leave(ctx, h, err)
}

// leave closes a house whose node may go on.
func (n *node) leave(ctx context.Context, h *house, err error) error {
	left := h.leave()
	if ctx.Err() != nil {
		return errors.Join(err, left)
	}
	if left != nil {
		n.log.Warn("what was left could not be kept", "error", left)
	}
	return err
}

// help is a branch until who has the office does not hear it any more, a part is lost, this node took the office, or ctx ends.
func (n *node) help(ctx context.Context) error {
	h, err := n.branch(ctx)
	if err != nil {
		return err
	}
	n.peers.Serve(branchEngine{h.engine, h})
	h.open(ctx)
	n.log.Info("a branch serves", "address", n.listen.Addr().String())
	enough, end := n.seat.Attend(ctx, func(ctx context.Context, office string) error { return h.beat(ctx, n.peers, office) })
	lost := make(chan struct{})
	go func() { // ends when either has
		defer close(lost)
		select {
		case <-enough:
		case <-h.engine.Lost():
		case <-ctx.Done():
		}
	}()
	err = n.serve(ctx, lost)
	end()
	n.gate.open(n)
	n.peers.Serve(nil)
	n.bid(ctx, h)
	return n.leave(ctx, h, err)
}

// bid tells the office that this node goes, and what it counted and has not told yet: others take its parts as soon as it has given them back. Where this node
// has taken the office, it keeps what it counted for the house that it opens next.
func (n *node) bid(ctx context.Context, h *house) {
	at := n.seat.Ahead()
	if at == nil {
		var err error
		if n.untold, err = n.peers.Unheard(h.tells); err != nil {
			n.log.Warn("what was counted is lost", "error", err)
		}
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer stop()
	if err := n.peers.Leave(ctx, at.String(), h.tells); err != nil {
		n.log.Warn("the office does not hear that this node goes", "error", err)
	}
}

// ServeHTTP forwards a request to who has the office.
func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ahead := n.seat.Ahead()
	switch {
	case strings.HasPrefix(r.URL.Path, fellow.Prefix):
		n.peers.ServeHTTP(w, r)
	case ahead == nil || n.peers.Sent(r): // nobody has it, or who sent it does not know yet that somebody else has
		n.closed(w, r)
	case r.URL.Path == "/healthz":
		n.closed(w, r)
	default:
		n.forward(w, r, ahead)
	}
}

// onward is where a request is forwarded to.
type onward struct {
	at    *url.URL
	moved bool // the person is there, it is believed
	wrong bool // they are not, or nobody is there: nothing was done, and nothing answered
}

type onwardKey struct{}

// forward has another node answer a request.
func (n *node) forward(w http.ResponseWriter, r *http.Request, to *url.URL) {
	n.to.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), onwardKey{}, &onward{at: to})))
}

// move is forward to where a person is believed to be. It reports whether the request was answered; where not, nothing was done.
func (n *node) move(w http.ResponseWriter, r *http.Request, to *url.URL) bool {
	o := &onward{at: to, moved: true}
	n.to.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), onwardKey{}, o)))
	return !o.wrong
}

// errMisdirected says that a person is not where a request went.
var errMisdirected = errors.New("the person is elsewhere")

// answered looks at what another node answers.
func (n *node) answered(w *http.Response) error {
	if w.StatusCode == http.StatusMisdirectedRequest && w.Header.Get(api.ElsewhereHeader) != "" {
		return errMisdirected
	}
	return nil
}

// closed answers as a gate that is closed.
func (n *node) closed(w http.ResponseWriter, r *http.Request) { new(gate).ServeHTTP(w, r) }

// address makes of a request that came one that goes to another node. What proxies before this node said of it stays as it is, as there it is believed or not by
// the same settings.
func (n *node) address(r *httputil.ProxyRequest) {
	to := r.In.Context().Value(onwardKey{}).(*onward) // forward has put it there
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.at.Scheme, to.at.Host, r.In.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if said, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = said
		}
	}
	r.Out.Header.Set(fellow.TokenHeader, n.peers.Token)
	r.Out.Header.Set(clientHeader, r.In.RemoteAddr)
	r.Out.Header.Del(movedHeader)
	if to.moved {
		r.Out.Header.Set(movedHeader, "1")
	}
}

// unreached answers where another node does not: it may be gone, and another one about to take over.
func (n *node) unreached(w http.ResponseWriter, r *http.Request, err error) {
	o := r.Context().Value(onwardKey{}).(*onward)
	var op *net.OpError
	if o.moved && (errors.Is(err, errMisdirected) || errors.As(err, &op) && op.Op == "dial") {
		o.wrong = true
		return
	}
	if r.Context().Err() == nil {
		n.log.Warn("another node does not answer", "error", err)
	}
	n.closed(w, r)
}

// fromNodes answers what other nodes ask, and lets requests that they send be those of whom they are from.
func (n *node) fromNodes(doors http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, fellow.Prefix) {
			n.peers.ServeHTTP(w, r)
			return
		}
		moved := false
		if n.peers.Sent(r) {
			r.RemoteAddr = r.Header.Get(clientHeader)
			moved = r.Header.Get(movedHeader) != ""
		}
		for _, name := range []string{fellow.TokenHeader, clientHeader, movedHeader} {
			r.Header.Del(name)
		}
		switch {
		case moved: // where they are not here, either, who sent it looks again
			doors.ServeHTTP(w, r.WithContext(engine.Movable(r.Context())))
		case crowded(r):
			n.near(w, r, doors)
		default:
			doors.ServeHTTP(w, r)
		}
	})
}
