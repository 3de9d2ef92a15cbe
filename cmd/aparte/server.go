package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/inward"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/compose/film"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/load"
	sources "github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
	"github.com/aparte-dev/aparte/tag"
	"github.com/aparte-dev/aparte/writer"
)

// front is what stays of a process while a house opens and closes: where it listens, and the place where everything is kept.
type front struct {
	gate   gate // before the doors, until they open
	place  sealed.Place
	now    func() time.Time // by which all processes over the place go
	memory memory
	server *http.Server
	listen net.Listener
	served chan struct{} // closed when the server has ended, by ended
	ended  error
	mind   func()                          // ends that memory is watched, and waits for it; nil: it is not
	base   string                          // where people reach it from outside
	admit  func(http.Handler) http.Handler // what stands before the doors; nil: nothing
	log    *slog.Logger
}

// house is everything one process runs: a store, an engine over it, and the doors.
type house struct {
	*front
	store   *sealed.Store
	porter  *access.Porter
	single  *oidc.Door
	quality *quality.Keeper
	grants  *grant.Ledger
	hooks   *webhook.Hooks // nil: this node is a branch
	relay   *webhook.Relay // of a branch
	sources *sources.Sources
	assets  *asset.Library
	films   *film.Studio // nil: there is no ffmpeg
	engine  *engine.Engine
	mail    *inward.Door // nil: no mail comes back
	doors   http.Handler
	own     sources.Doors // the doors within, for sources
	metrics *prometheus.Registry
	watched *observe.Doors
}

// plan is what a house is built from.
type plan struct {
	addr      string
	baseURL   string // empty: http:// and the address listened on
	data      string
	databases []string // addresses of PostgreSQL; none: everything is kept in data
	memory    int      // megabytes
	assets    fs.FS
	writer    *writer.Writer // nil: people write
	keys      []api.Key
	rateLimit int // of each public key, a second; 0: no bound
	senders   []channel.Sender
	hosts     map[aparte.Channel]string // where their messages go
	files     bool                      // exports are granted from the first start
	width     int                       // messages handed to channels at once; 0: the engine's default
	mailIn    string                    // where mail comes back, host:port; empty: it does not
	mailBack  string                    // the domain of its addresses
	private   bool                      // webhooks may go to private networks
	addresses string                    // directory of the addresses of databases that sources name; empty: there is none
	single    oidc.Settings             // of the command line; without an issuer: those of the console
	mailbox   *mailbox.Mailbox          // shown in the console; nil: there is none
	simulated bool
	visitor   access.User          // who comes to the console without a session; without a role: nobody does
	tracer    *observe.Tracer      // nil: nobody traces
	owner     string               // of leases; empty: there is but one process
	fellows   engine.Fellows       // the engines of other nodes; nil: there is but one process
	nodes     func() int           // how many there are now; nil: there is but one process
	proxied   bool                 // what a proxy says of clients is believed
	more      func(*http.ServeMux) // further doors; nil: none
	log       *slog.Logger
}

// build begins to listen, with the gate closed, and opens the store and the engine.
func build(ctx context.Context, p plan) (*house, error) {
	f, err := openFront(ctx, &p)
	if err != nil {
		return nil, err
	}
	h, err := f.house(ctx, p)
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return h, nil
}

// openFront begins to listen, with the gate closed, and opens the place where everything is kept.
func openFront(ctx context.Context, p *plan) (_ *front, err error) {
	f := &front{log: p.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	var lc net.ListenConfig
	if f.listen, err = lc.Listen(ctx, "tcp", p.addr); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", p.addr, err)
	}
	f.server, f.served = api.Server(p.addr, observe.Named(guarded(p.baseURL, &f.gate)), p.log), make(chan struct{})
	if len(p.databases) > 0 { // other nodes come by one connection
		f.server.Protocols = new(http.Protocols)
		f.server.Protocols.SetHTTP1(true)
		f.server.Protocols.SetUnencryptedHTTP2(true)
		f.server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 10_000} // what one waits for may have to come by the same connection
	}
	go func() { // ends with the server, which close and serve wait for
		defer close(f.served)
		f.ended = f.server.Serve(f.listen)
	}()
	if p.baseURL == "" {
		p.baseURL = "http://" + f.listen.Addr().String()
	}
	f.base = p.baseURL
	if f.memory, err = divide(p.memory); err != nil {
		return nil, err
	}
	f.memory.claim()
	claimThreads()
	f.mind = f.watch(ctx, p.memory)
	if f.place, err = openPlace(ctx, p.databases, p.data, pebble.Options{CacheSize: f.memory.blocks, MemTableSize: f.memory.memTable, Logger: p.log}); err != nil {
		return nil, err
	}
	f.now = store.ClockOf(f.place)
	return f, nil
}

// house opens everything over the place.
func (f *front) house(ctx context.Context, p plan) (_ *house, err error) {
	h := &house{front: f, metrics: prometheus.NewRegistry()}
	h.watched = observe.NewDoors(h.metrics)
	h.watched.Trace(p.tracer)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.leave())
		}
	}()
	if h.store, err = unlock(ctx, f.place, p.data); err != nil {
		return nil, fmt.Errorf("open %s: %w", p.data, err)
	}
	signs, err := linkKeys(ctx, h.store)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.data, err)
	}
	if err := h.openKept(ctx, &p, signs.Key); err != nil {
		return nil, fmt.Errorf("open %s: %w", p.data, err)
	}
	composer, err := compose.New(h.assets)
	if err != nil {
		return nil, err
	}
	composer.Within(f.memory.pictures)
	if h.films, err = film.Open(film.Config{Folder: filepath.Join(p.data, "films")}); err == nil {
		composer.Use(h.films)
	} else if !errors.Is(err, film.ErrNoFFmpeg) {
		return nil, fmt.Errorf("open %s: %w", p.data, err)
	}
	if h.engine, err = engine.Open(ctx, engine.Config{
		Store: h.store, Now: f.now, Owner: p.owner, Fellows: p.fellows, Composer: composer, Senders: p.senders, BaseURL: p.baseURL, Logger: p.log,
		Links: signs, CachedPeople: f.memory.people, CachedBytes: f.memory.records, Deliveries: p.width, Aside: h.quality, Outbox: h.hooks, Grants: h.grants, MailDomain: p.mailBack, Metrics: h.metrics, Tracer: p.tracer,
	}); err != nil {
		return nil, err
	}
	if err := h.hooks.Start(ctx, h.engine, api.Noticed(h.engine, h.now), api.Advertised(h.engine, h.now)); err != nil {
		return nil, err
	}
	if p.mailIn != "" {
		if h.mail, err = inward.Open(ctx, inward.Config{Addr: p.mailIn, Domain: p.mailBack, Addresses: h.engine, Listener: h.engine, Now: h.now, Logger: p.log}); err != nil {
			return nil, err
		}
	}
	if h.doors, err = h.handler(p); err != nil {
		return nil, err
	}
	if err := h.measure(); err != nil {
		return nil, err
	}
	return h, nil
}

// openKept opens what keeps documents of its own in the store: who comes in, pictures, what is put aside, where things may go, who is told and asked. key is that of links.
func (h *house) openKept(ctx context.Context, p *plan, key []byte) (err error) {
	seconds, err := hkdf.Key(sha256.New, key, nil, "second factors of accounts", 32) // the key is sealed: who reads the disk makes none
	if err != nil {
		return err
	}
	if h.porter, err = access.Open(ctx, access.Config{Documents: h.store, Secret: h.store.Secret(), Seconds: seconds, Now: h.now, Logger: p.log}); err != nil {
		return err
	}
	h.porter.Start(ctx)
	if h.single, err = oidc.New(oidc.Config{Documents: h.store, Given: p.single, Now: h.now}); err != nil {
		return err
	}
	if h.assets, err = asset.Open(ctx, h.store, p.assets, h.now); err != nil {
		return err
	}
	if h.quality, err = quality.Open(ctx, h.store, h.now, p.log); err != nil {
		return err
	}
	if h.grants, err = h.granted(ctx, p); err != nil {
		return err
	}
	if h.hooks, err = webhook.Open(ctx, webhook.Config{Documents: h.store, Grants: h.grants, Private: p.private, Now: h.now, Tracer: p.tracer, Logger: p.log}); err != nil {
		return err
	}
	if h.sources, err = sources.Open(ctx, sources.Config{
		Documents: h.store, Addresses: sources.Addresses{Folder: p.addresses}, Temp: filepath.Join(p.data, "sources"), Now: h.now, Logger: p.log,
	}); err != nil {
		return err
	}
	return nil
}

// handler mounts the doors: the API at the root, the tag, the console, and what else the plan has.
func (h *house) handler(p plan) (http.Handler, error) {
	own := api.Key{Name: "sources", Kind: api.SecretKey, Source: "query", Value: rand.Text()}
	doors, err := api.New(api.Config{Engine: h.engine, Now: h.now, MaxBodies: h.memory.bodies, Assets: h.assets, Quality: h.quality, Grants: h.grants, Webhooks: h.hooks, Sources: h.sources, Keys: append(slices.Clone(p.keys), own), Made: h.porter.Keys, Backup: backer(h.store.Place), RateLimit: p.rateLimit, Nodes: p.nodes, Metrics: h.metrics, Doors: h.watched, Logger: p.log})
	if err != nil {
		return nil, err
	}
	h.own = func(id string) *load.Client {
		return &load.Client{Base: "http://inside", Key: own.Value, HTTP: &http.Client{Transport: inside{doors, sources.From(id)}}}
	}
	entrance := access.Entrance{Porter: h.porter, Proxy: p.proxied}
	toConsole := entrance
	toConsole.Visitor = p.visitor
	pages, err := console.New(console.Config{
		Entrance: &toConsole, Single: h.single, Furnish: furnish, Bring: h.bring, Senders: p.senders, Engine: h.engine, Assets: h.assets, Writer: p.writer, Quality: h.quality, Grants: h.grants, Webhooks: h.hooks, Sources: h.sources, Resend: api.Resend(h.engine, h.quality), TakeOut: api.TakeOut(h.engine, nil), Mailbox: p.mailbox, ReadBrand: api.ParseBrand, Simulated: p.simulated, Doors: h.watched, Now: h.now, Logger: p.log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", doors)
	mux.Handle("GET /{$}", http.RedirectHandler("/console/", http.StatusFound)) // where people look first
	mux.Handle("/tag.js", h.watched.Around(observe.Tag, mux, tag.Handler()))
	mux.Handle("/push.js", h.watched.Around(observe.Tag, mux, tag.Worker()))
	mux.Handle("/v1/admin/", entrance.Admit(h.porter.Recorded(doors)))
	mux.Handle("/console/", pages)
	if p.more != nil {
		p.more(mux)
	}
	return mux, nil
}

// open lets everybody through to the doors, and asks what sources have.
func (h *house) open(ctx context.Context) {
	doors := h.doors
	if h.admit != nil {
		doors = h.admit(doors)
	}
	debug.FreeOSMemory() // what was needed to begin with only, such as pictures before they were scaled
	h.gate.open(doors)
	if h.sources == nil {
		return
	}
	h.sources.Start(ctx, h.own, api.RowsAside(h.quality, h.now))
}

// serve answers until ctx ends, then lets what is under way finish. It ends before, with nil, when lost is closed.
func (f *front) serve(ctx context.Context, lost <-chan struct{}) error {
	select {
	case <-f.served:
		return fmt.Errorf("serve: %w", f.ended)
	case <-lost:
		return nil
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := f.server.Shutdown(grace); err != nil {
		f.log.Warn("some requests were cut", "error", err)
		if err := f.server.Close(); err != nil {
			f.log.Warn("close server", "error", err)
		}
	}
	if <-f.served; !errors.Is(f.ended, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", f.ended)
	}
	return nil
}

// close ends the server, then what is in the house, then the place it stands on.
func (h *house) close() error {
	return errors.Join(h.silence(), h.leave(), h.front.close())
}

// watch has the log told when memory is short, until it is ended.
func (f *front) watch(ctx context.Context, megabytes int) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with end
		defer close(done)
		watchStrain(ctx, megabytes, f.log)
	}()
	return func() { stop(); <-done }
}

// close ends the server and closes the place.
func (f *front) close() error {
	err := f.silence()
	if f.mind != nil {
		f.mind()
	}
	if f.place != nil {
		err = errors.Join(err, f.place.Close())
	}
	return err
}

// silence ends the server.
func (f *front) silence() error {
	if f.server == nil || f.served == nil {
		return nil
	}
	err := f.server.Close()
	<-f.served
	return err
}

// leave closes everything over the place.
func (h *house) leave() error {
	var errs []error
	if h.sources != nil {
		h.sources.Close()
	}
	if h.mail != nil {
		errs = append(errs, h.mail.Close())
	}
	if h.hooks != nil {
		errs = append(errs, h.hooks.Close())
	}
	if h.engine != nil {
		errs = append(errs, h.engine.Close())
	}
	if h.films != nil {
		h.films.Close()
	}
	if h.quality != nil {
		errs = append(errs, h.quality.Close())
	}
	if h.grants != nil {
		errs = append(errs, h.grants.Close())
	}
	if h.porter != nil {
		h.porter.Close()
	}
	return errors.Join(errs...)
}
