package channel

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestNoAddressOfANetworkOfOnesOwnIsPublic(t *testing.T) {
	for _, s := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "2001:0:7f00:1::",
	} {
		if IsPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is taken for public", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4007::200e", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"} {
		if !IsPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is not taken for public", s)
		}
	}
	for _, wrong := range []string{"", "example.com:443", "127.0.0.1", "[::1]", "8.8.8.8:99999"} {
		if Public("tcp", wrong, nil) == nil {
			t.Errorf("%q is connected to", wrong)
		}
	}
}

// rebinding is a name server for which a name is at a public address when it is first asked, and within this machine from then on: who
// checks a name, and resolves it again to connect, is led inside.
type rebinding struct {
	conn  net.PacketConn
	asked atomic.Int64 // for addresses of IPv4
}

func newRebinding(t *testing.T) *rebinding {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rebinding{conn: conn}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := s.answer(buf[:n]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return s
}

func (s *rebinding) answer(asked []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(asked); err != nil {
		return nil, err
	}
	m.Response, m.Additionals = true, nil
	if m.Questions[0].Type == dnsmessage.TypeA {
		at := [4]byte{93, 184, 215, 14}
		if s.asked.Add(1) > 1 {
			at = [4]byte{127, 0, 0, 1}
		}
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: at}}}
	}
	return m.Pack()
}

func (s *rebinding) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

func TestANameThatMovesInsideBetweenTwoLooksIsNotFollowed(t *testing.T) {
	inside := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside++ }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := newRebinding(t)
	const name = "hooks.attacker.example"
	first, err := names.resolver().LookupHost(t.Context(), name)
	if err != nil || len(first) != 1 || !IsPublic(netip.MustParseAddr(first[0])) {
		t.Fatalf("the first look gives %v (%v): the test shows nothing", first, err)
	}
	for what, control := range map[string]bool{"without the check": false, "with it": true} {
		dialer := &net.Dialer{Resolver: names.resolver()}
		if control {
			dialer.Control = Public
		}
		conn, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort(name, port))
		if conn != nil {
			conn.Close()
		}
		if control != errors.Is(err, ErrPrivate) || control == (conn != nil) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if inside > 0 {
		t.Error("the server inside was asked")
	}
}

// What is declared public is answered with a redirect inside: nobody goes there.
func TestAProviderIsNotFollowedInside(t *testing.T) {
	inside := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside++ }))
	defer server.Close()
	outside := httptest.NewTLSServer(http.RedirectHandler(server.URL+"/latest/meta-data/", http.StatusTemporaryRedirect))
	defer outside.Close()
	p := NewProvider(ProviderConfig{TLS: outside.Client().Transport.(*http.Transport).TLSClientConfig, Private: true})
	defer p.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, outside.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.Ask(t.Context(), r)
	if err != nil || answer.Status != http.StatusTemporaryRedirect || inside > 0 {
		t.Errorf("answer %v (%v), inside was asked %d times", answer, err, inside)
	}
	public := NewProvider(ProviderConfig{TLS: outside.Client().Transport.(*http.Transport).TLSClientConfig})
	defer public.Close()
	var failure *Failure
	if _, err := public.Ask(t.Context(), r.Clone(t.Context())); !errors.As(err, &failure) || failure.Reason != "private address" {
		t.Errorf("a provider within this machine: %v", err)
	}
}

func TestACertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	asked := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	p := NewProvider(ProviderConfig{Private: true})
	defer p.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	var failure *Failure
	if _, err := p.Ask(t.Context(), r); !errors.As(err, &failure) || failure.Reason != "certificate not valid" || asked > 0 {
		t.Errorf("answered %v, asked %d times", err, asked)
	}
}
