package fellow

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// Engine is what a node lets the others ask of its engine; *engine.Engine is one.
type Engine interface {
	Oblige(ctx context.Context, message []byte) (answer []byte, err error)
	Give(ctx context.Context, part store.Part) error
	Take(ctx context.Context, part store.Part) error
	Has(part store.Part) bool
	Refresh(ctx context.Context) error
}

// Leases say who has a part; a store is one. The owner of a lease is the address of a node, and a word of its process behind a space.
type Leases interface {
	Parts() int
	Lease(ctx context.Context, part store.Part) (store.Lease, error)
}

// Config is what Peers need. URL, Token and Leases are required.
type Config struct {
	URL    string // where the others reach this node
	Token  string // by which nodes know one another
	Leases Leases
	Now    func() time.Time // by which leases run out; nil: time.Now
	Logger *slog.Logger     // nil: nothing is logged

	Carrier http.RoundTripper // of requests to other nodes; nil: Transport()
}

// Peers are the other nodes. They implement engine.Fellows, and are safe for concurrent use.
type Peers struct {
	Config
	client *http.Client
	engine atomic.Pointer[Engine] // nil: none is open
	routes []atomic.Pointer[string]
	office atomic.Pointer[Office] // nil: another node has the office

	mails sync.Map        // *mail by address
	ctx   context.Context // of what is asked
	stop  context.CancelFunc

	taking  sync.Mutex // held while parts are taken
	mu      sync.Mutex
	members []string // the other nodes at work

	run     string          // a word of this process
	saying  sync.Mutex      // held while the office is told something; guards what follows
	said    uint64          // how many things it was told
	unheard json.RawMessage // the last of them, until it answers; nil: it did
}

// TokenHeader carries the token.
const TokenHeader = "Aparte-Node"

// Prefix begins the paths of what nodes ask of one another.
const Prefix = "/node/"

// What nodes ask: POST, all of them.
const (
	askPath     = Prefix + "ask"     // favours (engine.Oblige; questions.go)
	yieldPath   = Prefix + "yield"   // a part, ?part=
	refreshPath = Prefix + "refresh" // to look at what was changed
	beatPath    = Prefix + "beat"    // of the office, what is to be done
)

// Bounds of what they say.
const (
	mostAsked    = 256 << 20 // a letter may bring a history
	mostBeat     = 16 << 20
	mostAnswered = 64 << 20
)

// Transport carries requests to other nodes: over one connection that stays, which is found dead within ten seconds.
func Transport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{
		Protocols:   protocols,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 5 * time.Second}).DialContext,
		HTTP2:       &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// New are the other nodes, of whom none is known yet.
func New(c Config) *Peers {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Carrier == nil {
		c.Carrier = Transport()
	}
	p := &Peers{Config: c, run: rand.Text(), client: &http.Client{Transport: c.Carrier}, routes: make([]atomic.Pointer[string], c.Leases.Parts())}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Serve lets the others ask of an engine; nil: of none.
func (p *Peers) Serve(e Engine) {
	if e == nil {
		p.engine.Store(nil)
		return
	}
	p.engine.Store(&e)
}

// Close breaks off what is asked, and lets connections go.
func (p *Peers) Close() {
	p.stop()
	p.client.CloseIdleConnections()
}

// Holder is the address of the node that has a part; empty: nobody has it, or this node.
func (p *Peers) Holder(ctx context.Context, part store.Part) (string, error) {
	if u := p.routes[part].Load(); u != nil {
		return *u, nil
	}
	l, err := p.Leases.Lease(ctx, part)
	if err != nil {
		return "", err
	}
	at, _, _ := strings.Cut(l.Owner, " ")
	if at == "" || at == p.URL || !p.Now().Before(l.Until) {
		return "", nil
	}
	if u, err := url.Parse(at); err != nil || u.Host == "" {
		return "", fmt.Errorf("part %d is leased to %q, which is no node", part, at)
	}
	p.routes[part].Store(&at)
	return at, nil
}

// Forget has the lease of a part looked at again: who was believed to have it has it not.
func (p *Peers) Forget(part store.Part) { p.routes[part].Store(nil) }

// Ask implements engine.Fellows.
func (p *Peers) Ask(ctx context.Context, part store.Part, message []byte) ([]byte, error) {
	at, err := p.Holder(ctx, part)
	if err != nil || at == "" {
		return nil, errors.Join(engine.ErrNobody, err)
	}
	answer, err := p.put(ctx, at, message)
	if err != nil {
		p.Forget(part)
		return nil, errors.Join(engine.ErrNobody, err)
	}
	return answer, nil
}

// Yield implements engine.Fellows.
func (p *Peers) Yield(ctx context.Context, part store.Part) error {
	at, err := p.Holder(ctx, part)
	if err != nil || at == "" {
		return err
	}
	p.Forget(part) // whoever gives it up has it no more
	_, err = p.post(ctx, at+yieldPath+"?part="+strconv.Itoa(int(part)), nil, mostAnswered)
	if errors.Is(err, errNot) {
		return nil
	}
	return err
}

// Refresh implements engine.Fellows.
func (p *Peers) Refresh(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, refreshWithin)
	defer stop()
	members := p.Members()
	errs := make([]error, len(members))
	var all sync.WaitGroup
	for i, at := range members {
		all.Go(func() { _, errs[i] = p.post(ctx, at+refreshPath, nil, mostAnswered) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// refreshWithin is how long one waits for others to look at what was changed: they look by themselves, too.
const refreshWithin = 2 * time.Second

// Members are the addresses of the other nodes at work, as far as this one knows.
func (p *Peers) Members() []string {
	if o := p.office.Load(); o != nil {
		return o.others()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members
}

// errNot says that a node has not what was asked of it.
var errNot = errors.New("the node has it not")

// post has another node answer.
func (p *Peers) post(ctx context.Context, to string, body []byte, most int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set(TokenHeader, p.Token)
	w, err := p.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("another node: %w", err)
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(w.Body, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("answer of another node: %w", err)
	case len(answer) > int(most):
		return nil, fmt.Errorf("another node answers more than %d bytes", most)
	}
	return answer, wentTo(w)
}

// wentTo is nil where a node answered as one.
func wentTo(w *http.Response) error {
	switch w.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusConflict, http.StatusServiceUnavailable:
		return errNot
	}
	return fmt.Errorf("another node answers %s", w.Status)
}

// Sent says that another node sent a request.
func (p *Peers) Sent(r *http.Request) bool {
	return hmac.Equal([]byte(r.Header.Get(TokenHeader)), []byte(p.Token))
}

// ServeHTTP answers what other nodes ask, under Prefix. Whoever else comes finds nothing there.
func (p *Peers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.Sent(r) || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	on := http.NewResponseController(w) // a chore in a part may take hours
	_, _ = on.SetReadDeadline(time.Time{}), on.SetWriteDeadline(time.Time{})
	answer, err := p.answer(w, r)
	switch {
	case errors.Is(err, engine.ErrNobody), errors.Is(err, errNot):
		http.Error(w, "not here", http.StatusConflict)
	case err != nil:
		if r.Context().Err() == nil {
			p.Logger.Warn("another node asked", "door", r.URL.Path, "error", err)
		}
		http.Error(w, "cannot be done", http.StatusInternalServerError)
	default:
		_, _ = w.Write(answer) // who asked has gone
	}
}

func (p *Peers) answer(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.URL.Path == beatPath {
		o := p.office.Load()
		if o == nil {
			return nil, errNot
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBeat))
		if err != nil {
			return nil, err
		}
		return o.hear(r.Context(), body)
	}
	at := p.engine.Load()
	if at == nil {
		return nil, errNot
	}
	switch e := *at; r.URL.Path {
	case askPath:
		return nil, p.answerAll(w, r, e)
	case yieldPath:
		part, err := strconv.ParseUint(r.FormValue("part"), 10, 16)
		if err != nil || int(part) >= p.Leases.Parts() {
			return nil, errors.New("a part that there is not")
		}
		if !e.Has(store.Part(part)) {
			return nil, errNot
		}
		return nil, e.Give(r.Context(), store.Part(part))
	case refreshPath:
		return nil, e.Refresh(r.Context())
	}
	return nil, errNot
}

// has are the parts of this node.
func (p *Peers) has() (has []store.Part) {
	if at := p.engine.Load(); at != nil {
		for part := range store.Part(p.Leases.Parts()) {
			if (*at).Has(part) {
				has = append(has, part)
			}
		}
	}
	return has
}

// mostTaken is how many parts a node takes between two beats: what is done for their people rests meanwhile.
const mostTaken = 16

// Take has this node's engine take parts from who has them, some at a time. What cannot be had now is left.
func (p *Peers) Take(ctx context.Context, parts []store.Part) {
	at := p.engine.Load()
	if at == nil {
		return
	}
	var under sync.WaitGroup
	for _, part := range parts[:min(len(parts), mostTaken)] {
		under.Go(func() {
			err := p.Yield(ctx, part)
			if err == nil {
				err = (*at).Take(ctx, part)
			}
			if err != nil && !errors.Is(err, store.ErrLeased) && ctx.Err() == nil {
				p.Logger.Warn("take a part", "part", part, "error", err)
			}
		})
	}
	under.Wait()
}

// Tell is what a node has to say to whoever keeps the office since it was asked last; nil: nothing.
type Tell func() (json.RawMessage, error)

// Beat tells the office, at an address, what this node has and has to say, and begins to do what it is told. What the office did not answer that it heard is
// told again, before anything new is, and counts once. There is an error where it did not answer, as where it is of another version or has not the office.
func (p *Peers) Beat(ctx context.Context, office string, tell Tell) error {
	o, err := p.say(ctx, office, false, tell)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.members = o.Members
	p.mu.Unlock()
	if p.taking.TryLock() { // a part may take longer to open than the office waits for a sign
		go func() { // ends with what is taken, or with ctx
			defer p.taking.Unlock()
			p.Take(ctx, o.Take)
		}()
	}
	return nil
}

// Leave tells the office that this node goes: it is told to take nothing, and others are to have its parts.
func (p *Peers) Leave(ctx context.Context, office string, tell Tell) error {
	if _, err := p.say(ctx, office, false, nil); err != nil { // of before
		return err
	}
	_, err := p.say(ctx, office, true, tell)
	return err
}

// Unheard is what was said to an office that did not answer, or is still to be said; nil: nothing. It is said to nobody any more.
func (p *Peers) Unheard(tell Tell) (all []json.RawMessage, err error) {
	p.saying.Lock()
	defer p.saying.Unlock()
	if p.unheard != nil {
		all, p.unheard = append(all, p.unheard), nil
	}
	more, err := tell()
	if more != nil {
		all = append(all, more)
	}
	return all, err
}

// say has the office hear of this node, and of what was not heard yet or, where all was, of what there is to say.
func (p *Peers) say(ctx context.Context, office string, leaves bool, tell Tell) (o orders, err error) {
	p.saying.Lock()
	defer p.saying.Unlock()
	if p.unheard == nil && tell != nil {
		if p.unheard, err = tell(); err != nil {
			return o, err
		}
		p.said++
	}
	b := &beat{Leaves: leaves, Run: p.run, Tell: p.unheard}
	if b.Tell != nil {
		b.Number = p.said
	}
	if o, err = p.tell(ctx, office, b); err == nil {
		p.unheard = nil
	}
	return o, err
}

// tell asks the office to hear of this node.
func (p *Peers) tell(ctx context.Context, office string, b *beat) (o orders, err error) {
	b.Speaks, b.Member = speaks, Member{URL: p.URL, Has: p.has()}
	body, err := json.Marshal(b)
	if err != nil {
		return o, err
	}
	ctx, stop := context.WithTimeout(ctx, beatWithin)
	defer stop()
	answer, err := p.post(ctx, office+beatPath, body, mostBeat)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(answer, &o); err != nil {
		return o, fmt.Errorf("what the office orders cannot be read: %w", err)
	}
	if o.Speaks != speaks {
		return o, fmt.Errorf("the office speaks version %d, this node %d", o.Speaks, speaks)
	}
	return o, nil
}

const (
	// speaks is the version of what nodes say to one another. Those of another version forward requests to who has the office, and have no parts.
	speaks = 1

	// Every is how often a node tells the office what it has.
	Every = 500 * time.Millisecond

	beatWithin = 5 * time.Second
)
