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
	"slices"
	"time"

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
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/sealed"
	"github.com/aparte-dev/aparte/tag"
	"github.com/aparte-dev/aparte/writer"
)

// house is everything one process runs: a store, an engine over it, and the doors.
type house struct {
	store   *sealed.Store
	porter  *access.Porter
	single  *oidc.Door
	quality *quality.Keeper
	grants  *grant.Ledger
	hooks   *webhook.Hooks
	sources *sources.Sources
	assets  *asset.Library
	films   *film.Studio // nil: there is no ffmpeg
	engine  *engine.Engine
	mail    *inward.Door // nil: no mail comes back
	doors   http.Handler
	own     sources.Doors // the doors within, for sources
	gate    gate          // before the doors, until they open
	server  *http.Server
	listen  net.Listener
	served  chan struct{} // closed when the server has ended, by ended
	ended   error
	base    string // where people reach it from outside
	log     *slog.Logger
}

// plan is what a house is built from.
type plan struct {
	addr      string
	baseURL   string // empty: http:// and the address listened on
	data      string
	memory    int // megabytes
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
	proxied   bool                 // what a proxy says of clients is believed
	more      func(*http.ServeMux) // further doors; nil: none
	log       *slog.Logger
}

// build begins to listen, with the gate closed, and opens the store and the engine.
func build(ctx context.Context, p plan) (_ *house, err error) {
	h := &house{log: p.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	var lc net.ListenConfig
	if h.listen, err = lc.Listen(ctx, "tcp", p.addr); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", p.addr, err)
	}
	h.server, h.served = api.Server(p.addr, guarded(p.baseURL, &h.gate), p.log), make(chan struct{})
	go func() { // ends with the server, which close and serve wait for
		defer close(h.served)
		h.ended = h.server.Serve(h.listen)
	}()
	if p.baseURL == "" {
		p.baseURL = "http://" + h.listen.Addr().String()
	}
	h.base = p.baseURL
	mem, err := divide(p.memory)
	if err != nil {
		return nil, err
	}
	mem.claim()
	if h.store, err = openStore(ctx, p.data, pebble.Options{
		CacheSize: mem.blocks, MemTableSize: mem.memTable, Logger: p.log,
	}); err != nil {
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
	composer.Within(mem.pictures)
	if h.films, err = film.Open(film.Config{Folder: filepath.Join(p.data, "films")}); err == nil {
		composer.Use(h.films)
	} else if !errors.Is(err, film.ErrNoFFmpeg) {
		return nil, fmt.Errorf("open %s: %w", p.data, err)
	}
	if h.engine, err = engine.Open(ctx, engine.Config{
		Store: h.store, Composer: composer, Senders: p.senders, BaseURL: p.baseURL, Logger: p.log,
		Links: signs, CachedPeople: mem.people, Deliveries: p.width, Aside: h.quality, Outbox: h.hooks, Grants: h.grants, MailDomain: p.mailBack,
	}); err != nil {
		return nil, err
	}
	if err := h.hooks.Start(ctx, h.engine, api.Noticed(h.engine, time.Now), api.Advertised(h.engine, time.Now)); err != nil {
		return nil, err
	}
	if p.mailIn != "" {
		if h.mail, err = inward.Open(ctx, inward.Config{Addr: p.mailIn, Domain: p.mailBack, Addresses: h.engine, Listener: h.engine, Logger: p.log}); err != nil {
			return nil, err
		}
	}
	if h.doors, err = h.handler(p); err != nil {
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
	if h.porter, err = access.Open(ctx, access.Config{Documents: h.store, Secret: h.store.Secret(), Seconds: seconds, Logger: p.log}); err != nil {
		return err
	}
	h.porter.Start(ctx)
	if h.single, err = oidc.New(oidc.Config{Documents: h.store, Given: p.single}); err != nil {
		return err
	}
	if h.assets, err = asset.Open(ctx, h.store, p.assets, time.Now); err != nil {
		return err
	}
	if h.quality, err = quality.Open(ctx, h.store, time.Now, p.log); err != nil {
		return err
	}
	if h.grants, err = h.granted(ctx, p); err != nil {
		return err
	}
	if h.hooks, err = webhook.Open(ctx, webhook.Config{Documents: h.store, Grants: h.grants, Private: p.private, Logger: p.log}); err != nil {
		return err
	}
	if h.sources, err = sources.Open(ctx, sources.Config{
		Documents: h.store, Addresses: sources.Addresses{Folder: p.addresses}, Temp: filepath.Join(p.data, "sources"), Logger: p.log,
	}); err != nil {
		return err
	}
	return nil
}

// handler mounts the doors: the API at the root, the tag, the console, and what else the plan has.
func (h *house) handler(p plan) (http.Handler, error) {
	own := api.Key{Name: "sources", Kind: api.SecretKey, Source: "query", Value: rand.Text()}
	doors, err := api.New(api.Config{Engine: h.engine, Assets: h.assets, Quality: h.quality, Grants: h.grants, Webhooks: h.hooks, Sources: h.sources, Keys: append(slices.Clone(p.keys), own), Made: h.porter.Keys, RateLimit: p.rateLimit, Logger: p.log})
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
		Entrance: &toConsole, Single: h.single, Furnish: furnish, Bring: h.bring, Senders: p.senders, Engine: h.engine, Assets: h.assets, Writer: p.writer, Quality: h.quality, Grants: h.grants, Webhooks: h.hooks, Sources: h.sources, Resend: api.Resend(h.engine, h.quality), TakeOut: api.TakeOut(h.engine, nil), Mailbox: p.mailbox, ReadBrand: api.ParseBrand, Simulated: p.simulated, Logger: p.log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", doors)
	mux.Handle("/tag.js", tag.Handler())
	mux.Handle("/push.js", tag.Worker())
	mux.Handle("/v1/admin/", entrance.Admit(h.porter.Recorded(doors)))
	mux.Handle("/console/", pages)
	if p.more != nil {
		p.more(mux)
	}
	return mux, nil
}

// open lets everybody through to the doors, and asks what sources have.
func (h *house) open(ctx context.Context) {
	h.gate.open(h.doors)
	h.sources.Start(ctx, h.own, api.RowsAside(h.quality, time.Now))
}

// serve answers until ctx ends, then lets what is under way finish.
func (h *house) serve(ctx context.Context) error {
	select {
	case <-h.served:
		return fmt.Errorf("serve: %w", h.ended)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := h.server.Shutdown(grace); err != nil {
		h.log.Warn("some requests were cut", "error", err)
		if err := h.server.Close(); err != nil {
			h.log.Warn("close server", "error", err)
		}
	}
	if <-h.served; !errors.Is(h.ended, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", h.ended)
	}
	return nil
}

// close ends the server, then the engine, then the store it stands on.
func (h *house) close() error {
	var errs []error
	if h.server != nil {
		errs = append(errs, h.server.Close())
		<-h.served
	}
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
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}
