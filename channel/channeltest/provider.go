package channeltest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// Provider is a real HTTPS server that speaks HTTP/2, for the peer of a channel to stand on.
type Provider struct {
	Host   string // host:port
	server *httptest.Server
	client sync.WaitGroup // connections that our side holds open
}

// Serve starts a provider, which t's cleanup ends.
func Serve(t *testing.T, h http.HandlerFunc) *Provider {
	t.Helper()
	p := &Provider{server: httptest.NewUnstartedServer(h)}
	p.server.EnableHTTP2 = true
	p.server.StartTLS()
	p.Host = p.server.Listener.Addr().String()
	t.Cleanup(p.server.Close)
	return p
}

// Config is how it is spoken to, at most rate times a second; 0: no bound.
func (p *Provider) Config(rate int) channel.ProviderConfig {
	roots := x509.NewCertPool()
	roots.AddCert(p.server.Certificate())
	return channel.ProviderConfig{
		TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Private: true, Rate: rate, Timeout: 10 * time.Second, Dial: p.dial,
	}
}

func (p *Provider) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	p.client.Add(1)
	return &counted{Conn: conn, done: p.client.Done}, nil
}

// counted is a connection that says when it is closed.
type counted struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *counted) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}

// Stop ends the server for good, and waits until our side has heard of it on every connection.
func (p *Provider) Stop() {
	_ = p.server.Listener.Close()
	p.server.CloseClientConnections()
	p.client.Wait()
}

// RestAsked is for how long a peer asks to be left alone by TryAfter.
const RestAsked = 2 * time.Minute

// Vanished ends a request without an answer, the message taken.
func Vanished() { panic(http.ErrAbortHandler) }
