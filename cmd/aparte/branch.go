package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/compose/film"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/fellow"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/sealed"
	"github.com/aparte-dev/aparte/tag"
)

// followed is a store of which another node, which has the office, writes the documents: what would write one is told so.
type followed struct{ store.Store }

func (followed) PutDocument(context.Context, string, []byte) (uint64, error) {
	return 0, &engine.Elsewhere{}
}

func (followed) DropDocuments(context.Context, string, uint64) error { return &engine.Elsewhere{} }

// branch opens what a branch needs over the place: an engine that has no part yet, and the doors that crowds come by.
func (n *node) branch(ctx context.Context) (_ *house, err error) {
	p := n.plan
	h := &house{front: n.front, metrics: prometheus.NewRegistry()}
	h.watched = observe.NewDoors(h.metrics)
	h.watched.Trace(p.tracer)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("branch: %w", err), h.leave())
		}
	}()
	if h.store, err = unlock(ctx, sealed.Place(n.place), p.data); err != nil {
		return nil, err
	}
	docs := followed{h.store}
	signs, err := linkKeys(ctx, h.store)
	if err != nil {
		return nil, err
	}
	if h.porter, err = access.Open(ctx, access.Config{Documents: docs, Secret: h.store.Secret(), Now: h.now, Logger: p.log}); err != nil {
		return nil, err
	}
	h.porter.Start(ctx)
	if h.assets, err = asset.Open(ctx, docs, p.assets, h.now); err != nil {
		return nil, err
	}
	if h.quality, err = quality.Follow(ctx, docs, h.now, p.log); err != nil {
		return nil, err
	}
	if h.grants, err = grant.Open(ctx, grant.Config{Documents: docs, Follows: true, Now: h.now, Logger: p.log}); err != nil {
		return nil, err
	}
	if h.relay, err = webhook.NewRelay(ctx, docs); err != nil {
		return nil, err
	}
	composer, err := compose.New(h.assets)
	if err != nil {
		return nil, err
	}
	composer.Within(n.memory.pictures)
	if h.films, err = film.Open(film.Config{Folder: filepath.Join(p.data, "films")}); err == nil {
		composer.Use(h.films)
	} else if !errors.Is(err, film.ErrNoFFmpeg) {
		return nil, err
	}
	if h.engine, err = engine.Open(ctx, engine.Config{
		Store: docs, Now: h.now, Owner: p.owner, Composer: composer, Senders: p.senders, BaseURL: n.base, Logger: p.log, Fellows: p.fellows, Branch: true,
		Links: signs, CachedPeople: n.memory.people, CachedBytes: n.memory.records, Deliveries: p.width, Outbox: h.relay, Grants: h.grants, MailDomain: p.mailBack, Metrics: h.metrics, Tracer: p.tracer,
	}); err != nil {
		return nil, err
	}
	doors, err := api.New(api.Config{Engine: h.engine, Now: h.now, MaxBodies: h.memory.bodies, Branch: true, Assets: h.assets, Quality: h.quality, Grants: h.grants, Keys: p.keys, Made: h.porter.Keys, RateLimit: p.rateLimit, Nodes: p.nodes, Metrics: h.metrics, Doors: h.watched, Logger: p.log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/tag.js", h.watched.Around(observe.Tag, mux, tag.Handler()))
	mux.Handle("/push.js", h.watched.Around(observe.Tag, mux, tag.Worker()))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if crowded(r) || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics" {
			doors.ServeHTTP(w, r)
			return
		}
		ahead := n.seat.Ahead()
		if ahead == nil {
			n.closed(w, r)
			return
		}
		n.forward(w, r, ahead)
	})
	h.doors = mux
	return h, h.measure()
}

// crowded says whether a request comes by one of the doors that crowds come by: any node answers there, of whose part the person is.
func crowded(r *http.Request) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch first {
	case "v1":
		if r.Method != http.MethodPost && r.Method != http.MethodOptions {
			return false
		}
		switch rest {
		case "b", "i", "t", "p", "s", "g", "a", "batch", "import", "identify", "track", "page", "screen", "group", "alias", "decide", "moment":
			return true
		}
	case "ofrep", "x", "c", "r", "u", "n":
		return rest != ""
	}
	return false
}

// Bounds of the bodies of requests that another node may have to be sent instead, in bytes.
const (
	mostHeld    = 1 << 20 // a longer one is refused by its door
	mostHeldAll = 64 << 20
)

// looksAgain is how often a person is looked for where they are said to be, before their part is fetched: it may be on its way.
const looksAgain = 5

// near answers a request here, or has the node answer that has the person's part.
func (n *node) near(w http.ResponseWriter, r *http.Request, doors http.Handler) {
	room := r.ContentLength
	if room < 0 || room > mostHeld {
		room = mostHeld
	}
	defer n.held.Add(-room)
	if n.held.Add(room) > mostHeldAll {
		refuseBusy(w)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostHeld+1))
	try := func(ctx context.Context) *http.Request {
		again := r.Clone(ctx)
		again.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			again.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		}
		return again
	}
	before := w.Header().Clone()
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		here := &misdirected{ResponseWriter: w}
		doors.ServeHTTP(here, try(engine.Movable(r.Context())))
		if !here.is {
			return
		}
		if to, there := n.holder(r.Context(), here.part); there && n.move(w, try(r.Context()), to) {
			return
		}
		n.peers.Forget(here.part)
		maps.Copy(w.Header(), before)
		if wait > 10*time.Millisecond<<looksAgain {
			if here.part == 0 { // only the office can answer, and is nowhere
				n.closed(w, r)
			} else {
				doors.ServeHTTP(w, try(r.Context())) // their part is fetched
			}
			return
		}
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
	}
}

// refuseBusy answers as a door whose house has too much under way.
func refuseBusy(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"success":false,"errors":[{"index":-1,"field":"","message":"too much is under way: try again"}]}`) // the caller has gone
}

// holder is the node that has a part, where another one has.
func (n *node) holder(ctx context.Context, part store.Part) (*url.URL, bool) {
	if part == 0 {
		ahead := n.seat.Ahead()
		return ahead, ahead != nil
	}
	at, err := n.peers.Holder(ctx, part)
	if err != nil || at == "" {
		return nil, false
	}
	u, err := url.Parse(at)
	return u, err == nil
}

// failing is what is left of a body that could not be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// misdirected passes an answer on, but for one that names the part whose node is to answer instead.
type misdirected struct {
	http.ResponseWriter
	is   bool
	part store.Part
}

func (m *misdirected) WriteHeader(status int) {
	if status == http.StatusMisdirectedRequest {
		if part, err := strconv.ParseUint(m.Header().Get(api.ElsewhereHeader), 10, 16); err == nil {
			m.is, m.part = true, store.Part(part)
			clear(m.Header())
			return
		}
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *misdirected) Write(b []byte) (int, error) {
	if m.is {
		return len(b), nil
	}
	return m.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (m *misdirected) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// branchTells is what a branch tells the office of with each beat: what it counted, and who is to be told of what.
type branchTells struct {
	Seen    quality.Seen    `json:"seen,omitzero"`
	Uses    grant.Uses      `json:"uses,omitzero"`
	Tidings webhook.Tidings `json:"tidings,omitzero"`
}

// branchEngine is a branch's engine as other nodes have it look: a brand that names a picture comes after the picture.
type branchEngine struct {
	*engine.Engine
	house *house
}

func (b branchEngine) Refresh(ctx context.Context) error {
	return errors.Join(b.house.follow(ctx), b.Engine.Refresh(ctx))
}

// follow looks at what the office changed beside the engine's own documents.
func (h *house) follow(ctx context.Context) error {
	return errors.Join(h.quality.Refresh(ctx), h.grants.Refresh(ctx), h.assets.Refresh(ctx), h.relay.Refresh(ctx))
}

// beat has the office hear of a branch, and the branch look at what was changed.
func (h *house) beat(ctx context.Context, peers *fellow.Peers, office string) error {
	if err := peers.Beat(ctx, office, h.tells); err != nil {
		return err
	}
	return h.follow(ctx)
}

// tells is what a branch counted since it was asked last.
func (h *house) tells() (json.RawMessage, error) {
	return json.Marshal(branchTells{h.quality.Seen(), h.grants.Uses(), h.relay.Take()})
}

// hear takes in at the office what a branch tells. Of parts that it took it is counted anew who is to be told of what: who had them before may have been
// killed before it told.
func (h *house) hear(ctx context.Context, _ string, moved []store.Part, body json.RawMessage) error {
	for _, part := range moved {
		if err := h.hooks.Recount(ctx, int(part)); err != nil {
			return err
		}
	}
	if len(body) == 0 {
		return nil
	}
	var tell branchTells
	if err := json.Unmarshal(body, &tell); err != nil {
		return fmt.Errorf("what a branch tells cannot be read: %w", err)
	}
	if err := h.grants.Used(ctx, tell.Uses); err != nil { // then all of it is told again
		return err
	}
	h.quality.Join(tell.Seen)
	h.hooks.Heard(tell.Tidings)
	return nil
}
