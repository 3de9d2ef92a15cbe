package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/quality"
)

// Config is what the doors need.
type Config struct {
	Engine Engine // required
	Keys   []Key  // who may come in; nobody where there are none

	Made func() *access.Ring // keys that were made in the console, as they are now; nil: there are none

	Grants   *grant.Ledger   // where exports may go; nil: wherever they are asked for from
	Webhooks *webhook.Hooks  // who is told of what happens; nil: in memory, and nobody is
	Sources  *source.Sources // queries of other databases on a schedule; nil: in memory, and none is asked
	Assets   *asset.Library  // pictures that were uploaded; nil: none can be
	Quality  *quality.Keeper // the tracking plan, the schemas, and what is kept aside; nil: in memory, for as long as the process lives

	Backup func(ctx context.Context, to io.Writer) error // writes everything there is as a tar archive; nil: the store has other ways

	Branch bool // another node writes documents: a request that would is answered 421 (ElsewhereHeader), before anything of it is done

	MaxBodies int64 // bytes of all requests' bodies that are worked on at a time, more are answered 429; 0: 256 MB

	RateLimit int        // events and decisions a second that come by one public key, on average, by all nodes together; 0: no bound
	Nodes     func() int // how many nodes there are now, which share it evenly; nil: this one alone

	Region  string               // ISO 3166-1 country of phone numbers written without +; empty: they are refused
	Metrics *prometheus.Registry // where metrics go and what /metrics shows; nil: one of their own
	Doors   *observe.Doors       // what counts requests; nil: one for Metrics
	Logger  *slog.Logger         // nil: discards
	Now     func() time.Time     // nil: time.Now
	Random  io.Reader            // of messageIds and request ids; nil: crypto/rand
}

// New is the handler of every door. It fails where two keys have the same value or one has none.
func New(c Config) (http.Handler, error) {
	keys, err := newKeyring(c.Keys)
	if err != nil {
		return nil, err
	}
	if c.RateLimit < 0 {
		return nil, errors.New("the rate limit must not be negative")
	}
	most := limit{c.RateLimit, c.Nodes}
	s := &server{engine: c.Engine, branch: c.Branch, bodies: bodies{most: c.MaxBodies}, quality: c.Quality, assets: c.Assets, hooks: c.Webhooks, grants: c.Grants, sources: c.Sources, keys: keys, made: made{ring: c.Made, limit: most}, region: c.Region, log: c.Logger, now: c.Now, random: c.Random, backUp: c.Backup, backing: make(chan struct{}, 1), origin: http.NewCrossOriginProtection()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.quality == nil {
		if s.quality, err = quality.Open(context.Background(), nil, s.now, s.log); err != nil {
			return nil, err
		}
	}
	if s.assets == nil {
		if s.assets, err = asset.Open(context.Background(), nil, nil, s.now); err != nil {
			return nil, err
		}
	}
	if s.hooks == nil {
		if s.hooks, err = webhook.Open(context.Background(), webhook.Config{Now: s.now}); err != nil {
			return nil, err
		}
	}
	if s.sources == nil {
		if s.sources, err = source.Open(context.Background(), source.Config{Now: s.now}); err != nil {
			return nil, err
		}
	}
	keys.limit(most, s.now())
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	var prefix [6]byte
	if _, err := io.ReadFull(s.random, prefix[:]); err != nil {
		return nil, fmt.Errorf("random bytes for request ids: %w", err)
	}
	s.requestPrefix = hex.EncodeToString(prefix[:]) + "-"
	routes := s.routes(c.Metrics)
	s.metrics = newMetrics(c.Metrics, s.engine)
	if s.doors = c.Doors; s.doors == nil {
		s.doors = observe.NewDoors(c.Metrics)
	}
	mux, known := http.NewServeMux(), http.NewServeMux()
	for _, rt := range routes {
		mux.Handle(rt.pattern(), s.wrap(rt))
		known.Handle(rt.pattern(), http.NotFoundHandler())
	}
	mux.Handle(profileDoor.pattern(), s.wrap(profileDoor.to(s.profile)))
	known.Handle(profileDoor.pattern(), http.NotFoundHandler())
	mux.Handle("/", s.wrap(route{"", "/", showTimeout, open, noDoor(known)}))
	return mux, nil
}

// Server is a server for the doors with limits on what a connection may take: time to send a request,
// time to read an answer, size of headers. A handler that streams lifts its own write deadline with
// http.ResponseController.
func Server(addr string, h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // scanners' noise
	}
}

// server is what the doors share.
type server struct {
	engine  Engine
	branch  bool
	quality *quality.Keeper
	assets  *asset.Library
	hooks   *webhook.Hooks
	grants  *grant.Ledger // nil: exports are not asked for one
	sources *source.Sources
	agents  agents
	keys    keyring
	made    made
	origin  *http.CrossOriginProtection // of requests by a session: browsers send its cookie along for anybody
	region  string
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics
	doors   *observe.Doors
	bodies  bodies
	backUp  func(ctx context.Context, to io.Writer) error
	backing chan struct{} // full while a backup is made

	randomMu sync.Mutex
	random   io.Reader

	requestPrefix string
	requests      atomic.Uint64
}

// uuid is a UUID of version 7 (RFC 9562, section 5.7): milliseconds, then random bits.
func (s *server) uuid(now time.Time) string {
	var u [16]byte
	s.randomMu.Lock()
	_, err := io.ReadFull(s.random, u[6:])
	s.randomMu.Unlock()
	if err != nil { // crypto/rand never fails; a source that does leaves time and count
		copy(u[8:], strconv.FormatUint(s.requests.Add(1), 36))
	}
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	text := hex.EncodeToString(u[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// newRequestID names one request of this process.
func (s *server) newRequestID() string {
	var room [32]byte
	return string(strconv.AppendUint(append(room[:0], s.requestPrefix...), s.requests.Add(1), 36))
}
