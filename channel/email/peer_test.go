package email_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	server, client := certificates(t)
	for _, test := range []struct {
		name    string
		mailbox mailbox.Config
		email   email.Config
	}{
		{"in the clear", mailbox.Config{}, email.Config{}},
		{
			"STARTTLS and AUTH",
			mailbox.Config{TLS: server, Username: "aparte", Password: "s3cret"},
			email.Config{TLS: email.StartTLS, TLSConfig: client, Username: "aparte", Password: "s3cret"},
		},
		{
			"implicit TLS",
			mailbox.Config{TLS: server, Implicit: true},
			email.Config{TLS: email.ImplicitTLS, TLSConfig: client},
		},
		{"one connection", mailbox.Config{}, email.Config{Connections: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			channeltest.Run(t, func(t *testing.T) channeltest.Door {
				box := openMailbox(t, test.mailbox)
				return channeltest.Door{
					Sender:  openSender(t, box.Addr(), test.email),
					Peer:    peer{box},
					Address: func(n int) string { return fmt.Sprintf("elise.dupont+%d@example.com", n) },
				}
			})
		})
	}
}

// peer is a mailbox as the suite sees it.
type peer struct{ *mailbox.Mailbox }

func (p peer) Received() []channeltest.Received {
	var received []channeltest.Received
	for _, m := range p.Mails() {
		r := channeltest.Received{ID: m.MessageID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML}
		if m.Problem != "" || len(m.Recipients) != 1 || m.Recipients[0] != m.To {
			r.Text = fmt.Sprintf("mail to %q is not sound: %s", m.Recipients, m.Problem)
		}
		received = append(received, r)
	}
	return received
}

func (p peer) Answer(f func(to string) channeltest.Answer) {
	if f == nil {
		p.Refuse(nil)
		return
	}
	p.Refuse(func(to string) *mailbox.Refusal {
		words := fmt.Sprintf("<%s>: not taken", to)
		switch f(to) {
		case channeltest.TryLater:
			return &mailbox.Refusal{Code: 451, EnhancedCode: [3]int{4, 7, 1}, Message: words}
		case channeltest.Never:
			return &mailbox.Refusal{Code: 554, EnhancedCode: [3]int{5, 7, 1}, Message: words}
		case channeltest.NoSuchAddress:
			return &mailbox.Refusal{Code: 550, EnhancedCode: [3]int{5, 1, 1}, Message: words}
		}
		return nil
	})
}

func (p peer) Stop() { p.Close() }

func openMailbox(t testing.TB, config mailbox.Config) *mailbox.Mailbox {
	t.Helper()
	box, err := mailbox.StartWith(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func openSender(t testing.TB, addr string, config email.Config) *email.Sender {
	t.Helper()
	config.Addr = addr
	if config.From == "" {
		config.From = "Atelier Élise <bonjour@atelier.example>"
	}
	sender, err := email.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}

// certificates are those of a server on 127.0.0.1 and of a client that trusts it.
func certificates(t testing.TB) (server, client *tls.Config) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

// dialer counts the connections it opens.
type dialer struct{ opened atomic.Int64 }

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d.opened.Add(1)
	var plain net.Dialer
	return plain.DialContext(ctx, network, addr)
}
