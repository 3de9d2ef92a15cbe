package channeltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

func tellsRefusalsApart(t *testing.T, d Door) {
	for _, test := range []struct {
		name                string
		answer              Answer
		temporary, suppress bool
	}{
		{"try later", TryLater, true, false},
		{"never", Never, false, false},
		{"no such address", NoSuchAddress, false, true},
	} {
		d.Peer.Answer(func(string) Answer { return test.answer })
		failure := failureOf(t, d.Sender.Send(t.Context(), d.message(0)))
		if failure.Temporary != test.temporary || failure.Suppress != test.suppress {
			t.Errorf("%s: temporary %v, suppress %v, want %v, %v", test.name,
				failure.Temporary, failure.Suppress, test.temporary, test.suppress)
		}
		if failure.Uncertain {
			t.Errorf("%s: a refusal is certain", test.name)
		}
		if failure.Reason == "" {
			t.Errorf("%s: no reason", test.name)
		}
	}
	d.wantReceived(t)
}

func recoversFromRefusals(t *testing.T, d Door) {
	refused := d.Address(1)
	for i, answer := range []Answer{TryLater, Never, NoSuchAddress} {
		d.Peer.Answer(func(to string) Answer {
			if to == refused {
				return answer
			}
			return Take
		})
		if err := d.Sender.Send(t.Context(), d.message(1)); err == nil {
			t.Errorf("answer %d was taken for success", answer)
		}
		d.send(t, d.message(10+i))
	}
	d.wantReceived(t, d.message(10), d.message(11), d.message(12))

	d.Peer.Answer(nil)
	d.send(t, d.message(1))
}

func leavesAlone(t *testing.T, d Door) {
	if !d.Provider {
		t.Skip("the protocol has no words for that")
	}
	d.Peer.Answer(func(string) Answer { return TryAfter })
	failure := failureOf(t, d.Sender.Send(t.Context(), d.message(0)))
	if !failure.Temporary || failure.Suppress || failure.Uncertain || failure.After != RestAsked {
		t.Errorf("failure %+v, want a temporary, certain one that says after how long", failure)
	}
	d.Peer.Answer(nil)
	failure = failureOf(t, d.Sender.Send(t.Context(), d.message(1)))
	if !failure.Temporary || failure.Uncertain || failure.After <= 0 || failure.After > RestAsked {
		t.Errorf("failure %+v, want a temporary, certain one that says for how long", failure)
	}
	d.wantReceived(t)
}

func tellsUncertain(t *testing.T, d Door) {
	if !d.Provider {
		t.Skip("the channel's own test does this")
	}
	d.Peer.Answer(func(string) Answer { return Vanish })
	failure := failureOf(t, d.Sender.Send(t.Context(), d.message(0)))
	if !failure.Temporary || failure.Suppress || !failure.Uncertain {
		t.Errorf("failure %+v, want a temporary, uncertain one", failure)
	}
	d.Peer.Answer(nil)
	d.send(t, d.message(1))
	d.wantReceived(t, d.message(0), d.message(1))
}

func survivesPeerLoss(t *testing.T, d Door) {
	d.send(t, d.message(0))
	d.Peer.Stop()
	for range 2 { // on the connection it may have kept, and without one
		failure := failureOf(t, d.Sender.Send(t.Context(), d.message(1)))
		if !failure.Temporary || failure.Suppress || failure.Uncertain {
			t.Errorf("failure %+v, want a temporary, certain one", failure)
		}
	}
	d.wantReceived(t, d.message(0))
}

func refusesUnsendable(t *testing.T, d Door) {
	for name, spoil := range map[string]func(*channel.Message){
		"no key":                         func(m *channel.Message) { m.Key = "" },
		"no address":                     func(m *channel.Message) { m.To = "" },
		"nothing to say":                 func(m *channel.Message) { m.Text, m.HTML = "", "" },
		"a line break in the address":    func(m *channel.Message) { m.To += "\r\nBcc: eve@example.com" },
		"a line break in the subject":    func(m *channel.Message) { m.Subject = "Hi\nBcc: eve@example.com" },
		"a line break in the speaker":    func(m *channel.Message) { m.From = "Eve\r\nX: y <eve@example.com>" },
		"a line break in a header value": func(m *channel.Message) { m.Headers = []channel.Header{{Name: "X-A", Value: "1\r\n2"}} },
		"a body beyond the bound":        func(m *channel.Message) { m.Text = strings.Repeat("a", channel.MaxBody+1) },
	} {
		m := d.message(0)
		spoil(m)
		if failure := failureOf(t, d.Sender.Send(t.Context(), m)); failure.Temporary {
			t.Errorf("%s: failure is temporary", name)
		}
	}
	d.wantReceived(t)
}

func honoursEndedContext(t *testing.T, d Door) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.Sender.Send(ctx, d.message(0))
	if failure := failureOf(t, err); !failure.Temporary || failure.Uncertain || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a temporary failure that wraps context.Canceled", err)
	}
	d.wantReceived(t)
}

func honoursCancel(t *testing.T, d Door) {
	d.send(t, d.message(0)) // so that a kept connection is what is cut
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	giveUp(t, d, ctx, cancel, context.Canceled)
}

func honoursDeadline(t *testing.T, d Door) {
	d.send(t, d.message(0))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	giveUp(t, d, ctx, func() {}, context.DeadlineExceeded)
}

// giveUp sends to a peer that does not answer, until ctx has ended: by whenAsked, called once the peer
// has the address, or by itself. The next message must pass.
func giveUp(t *testing.T, d Door, ctx context.Context, whenAsked func(), want error) {
	silence := make(chan struct{})
	d.Peer.Answer(func(string) Answer {
		whenAsked()
		<-silence
		return Take
	})
	err := d.Sender.Send(ctx, d.message(1))
	d.Peer.Answer(nil)
	close(silence)

	if failure := failureOf(t, err); !failure.Temporary || !errors.Is(err, want) {
		t.Errorf("error %v, want a temporary failure that wraps %v", err, want)
	}
	d.send(t, d.message(2))
}

func keepsFailuresImpersonal(t *testing.T, d Door) {
	m := d.message(0)
	m.Text = "the secret text"
	secrets := []string{m.To, m.Text}
	if local, _, ok := strings.Cut(m.To, "@"); ok {
		secrets = append(secrets, local)
	}
	if !d.TextOnly {
		m.Subject = "the secret subject"
		secrets = append(secrets, m.Subject)
	}
	check := func(doing string, err error) {
		t.Helper()
		failure := failureOf(t, err)
		for _, said := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%+v", *failure)} {
			for _, secret := range secrets {
				if strings.Contains(said, secret) {
					t.Errorf("%s: error holds %q: %s", doing, secret, said)
				}
			}
		}
	}
	for _, answer := range []Answer{TryLater, Never, NoSuchAddress} {
		d.Peer.Answer(func(string) Answer { return answer })
		check(fmt.Sprintf("answer %d", answer), d.Sender.Send(t.Context(), m))
	}
	spoiled := *m
	spoiled.To += "\r\n"
	check("spoiled address", d.Sender.Send(t.Context(), &spoiled))
	d.Peer.Stop()
	check("peer gone", d.Sender.Send(t.Context(), m))
}
