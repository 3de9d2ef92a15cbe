package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ProviderConfig says how a provider is spoken to.
type ProviderConfig struct {
	TLS     *tls.Config   // roots, client certificate; nil: the system's roots
	Private bool          // it may be in a private network, this host included
	Rate    int           // requests a second to one host, at most; 0: no bound
	Timeout time.Duration // of one request, its turn not counted; default 20 s

	Now  func() time.Time                                                  // default time.Now
	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // default a net.Dialer's; Private has no say in another
}

// Provider is the other end of a channel that is spoken to over HTTPS, HTTP/2 where it will: asked no faster than it may be, left
// alone for as long as it asks to be, and never followed elsewhere. It is safe for concurrent use.
type Provider struct {
	client  *http.Client
	now     func() time.Time
	gap     time.Duration // between two requests to one host
	timeout time.Duration

	mu    sync.Mutex
	hosts map[string]*pace // at most maxHosts
}

// pace is when a host may be asked again.
type pace struct {
	next  time.Time // by our rate
	until time.Time // it asked to be left alone until then
}

const (
	maxHosts  = 256
	maxAnswer = 64 << 10
	maxRest   = time.Hour // that a provider is left alone at once
)

// NewProvider is a provider. It connects to nothing yet.
func NewProvider(c ProviderConfig) *Provider {
	p := &Provider{now: c.Now, timeout: c.Timeout, hosts: map[string]*pace{}}
	if p.now == nil {
		p.now = time.Now
	}
	if p.timeout <= 0 {
		p.timeout = 20 * time.Second
	}
	if c.Rate > 0 {
		p.gap = time.Second / time.Duration(c.Rate)
	}
	if c.Dial == nil {
		dialer := &net.Dialer{Timeout: 5 * time.Second}
		if !c.Private {
			dialer.Control = Public
		}
		c.Dial = dialer.DialContext
	}
	encrypted := c.TLS.Clone()
	if encrypted == nil {
		encrypted = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	p.client = &http.Client{
		Transport: &http.Transport{
			DialContext: c.Dial, TLSClientConfig: encrypted, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 5 * time.Minute, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// Answer is what a provider says to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte        // its first 64 KB
	After  time.Duration // for how long it asks to be left alone (Retry-After); 0: it does not say
}

// Ask makes a request, once its host may be asked. An error is a [*Failure]: temporary always, and uncertain where the request had
// left before it was lost.
func (p *Provider) Ask(ctx context.Context, r *http.Request) (*Answer, error) {
	if err := p.turn(ctx, r.URL.Host); err != nil {
		return nil, err
	}
	var left atomic.Bool
	within, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	within = httptrace.WithClientTrace(within, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }})
	res, err := p.client.Do(r.WithContext(within))
	if err != nil {
		return nil, &Failure{Temporary: true, Uncertain: left.Load(), Reason: WhyNot(err), Err: ctx.Err()}
	}
	defer res.Body.Close()
	a := &Answer{Status: res.StatusCode, Header: res.Header, After: p.after(res.Header.Get("Retry-After"))}
	if a.Body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer)); err != nil && a.Status/100 != 2 {
		a.Body = nil // it refused: why is all that was lost
	}
	return a, nil
}

// Rest leaves a host alone for a while, at most an hour: what would be asked of it fails for the time being. It shortens no rest
// that was asked for before.
func (p *Provider) Rest(host string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until, h := p.now().Add(min(d, maxRest)), p.of(host); until.After(h.until) {
		h.until = until
	}
}

// Close gives up the connections that are kept.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

// turn waits until a host may be asked.
func (p *Provider) turn(ctx context.Context, host string) error {
	if ctx.Err() != nil {
		return &Failure{Temporary: true, Reason: "gave up waiting", Err: ctx.Err()}
	}
	wait, rest := p.reserve(host)
	if rest > 0 {
		return &Failure{Temporary: true, Reason: "the provider asked to be left alone", After: rest}
	}
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &Failure{Temporary: true, Reason: "gave up waiting", Err: ctx.Err()}
	}
}

// reserve takes the next turn at a host, or says for how long it rests.
func (p *Provider) reserve(host string) (wait, rest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, h := p.now(), p.of(host)
	if rest = h.until.Sub(now); rest > 0 {
		return 0, rest
	}
	if wait = h.next.Sub(now); wait < 0 {
		wait = 0
	}
	h.next = now.Add(wait + p.gap)
	return wait, 0
}

// of is the pace of a host. Where there are too many, those that may be asked at once are forgotten.
func (p *Provider) of(host string) *pace {
	h := p.hosts[host]
	if h != nil {
		return h
	}
	if len(p.hosts) >= maxHosts {
		now := p.now()
		for name, h := range p.hosts {
			if h.next.Before(now) && h.until.Before(now) {
				delete(p.hosts, name)
			}
		}
		if len(p.hosts) >= maxHosts {
			return new(pace) // more than that at once: those beyond keep no pace
		}
	}
	h = new(pace)
	p.hosts[host] = h
	return h
}

// after reads a Retry-After, in seconds or a date (RFC 9110, section 10.2.3).
func (p *Provider) after(header string) time.Duration {
	const most = 24 * time.Hour
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(0, at.Sub(p.now())), most)
	}
	return 0
}

// WhyNot says why a request had no answer. The error itself names the address, which may be somebody's, or a secret.
func WhyNot(err error) string {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	switch {
	case errors.Is(err, ErrPrivate):
		return "private address"
	case errors.Is(err, context.Canceled):
		return "gave up waiting"
	case errors.As(err, &name):
		return "name not found"
	case errors.As(err, &certificate):
		return "certificate not valid"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	}
	return "connection lost"
}
