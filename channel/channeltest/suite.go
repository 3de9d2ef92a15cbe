package channeltest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aparte-dev/aparte/channel"
)

// Door is a channel under test, joined to a peer that nobody else uses.
type Door struct {
	Sender channel.Sender
	Peer   Peer

	// Address is a valid address on the channel, another one for each n from 0 to 999.
	Address func(n int) string

	// TextOnly: the channel carries neither subject nor HTML.
	TextOnly bool

	// Notes: the channel carries no HTML, and of subject and text a few thousand bytes.
	Notes bool

	// Provider: the peer can answer TryAfter and Vanish as well.
	Provider bool
}

// Peer is the other end: a real server of the channel's protocol. It is safe for concurrent use.
type Peer interface {
	// Received are the messages taken so far, in any order.
	Received() []Received

	// Answer sets how each address is answered from now on; nil takes everything. f may block, and
	// the sender is then without an answer. A refusal must repeat the address in its words wherever
	// the protocol has words, as real servers do.
	Answer(f func(to string) Answer)

	// Stop makes the peer unreachable for good.
	Stop()
}

// Answer is what a peer does with a message.
type Answer int

// The answers.
const (
	Take Answer = iota
	TryLater
	Never         // it will not take this message
	NoSuchAddress // nor any other to this address
	TryAfter      // and nothing else within [RestAsked] either, it asks
	Vanish        // it takes the message, and the connection is lost before it says so
)

// Received is a message as the peer got it, decoded, with \n line ends.
type Received struct {
	ID      string // whatever the key became on the wire
	To      string
	Subject string
	Text    string
	HTML    string
}

// Run runs the suite. open makes a fresh door for each test and leaves its closing to t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Door) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Door)
	}{
		{"the channel has a name", hasName},
		{"a message arrives as it was written", arrivesIntact},
		{"the message is not modified", leavesMessageAlone},
		{"the key reaches the wire, the same at every attempt", carriesKey},
		{"many messages sent at once arrive once each", sendsConcurrently},
		{"a refusal says whether to try again", tellsRefusalsApart},
		{"a refused message does not spoil the next one", recoversFromRefusals},
		{"an unreachable peer is a temporary failure", survivesPeerLoss},
		{"what cannot be sent is a permanent failure", refusesUnsendable},
		{"nothing is sent when the context has ended", honoursEndedContext},
		{"a cancelled send returns although the peer is silent", honoursCancel},
		{"a deadline ends a send although the peer is silent", honoursDeadline},
		{"failures hold no personal data", keepsFailuresImpersonal},
		{"a peer that asks to be left alone is", leavesAlone},
		{"a message whose answer was lost is uncertain", tellsUncertain},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// message is a message to the n-th address, unlike any other of the test.
func (d Door) message(n int) *channel.Message {
	m := &channel.Message{
		Key:  fmt.Sprintf("d_%032x_%d", n, n),
		To:   d.Address(n),
		Text: fmt.Sprintf("Bonjour n° %d", n),
	}
	if !d.TextOnly {
		m.Subject = fmt.Sprintf("Sujet n° %d", n)
	}
	if !d.TextOnly && !d.Notes {
		m.HTML = fmt.Sprintf("<p>Bonjour n° %d</p>", n)
	}
	return m
}

// send sends and expects success.
func (d Door) send(t *testing.T, m *channel.Message) {
	t.Helper()
	if err := d.Sender.Send(t.Context(), m); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// failureOf is the failure in err, which must be there.
func failureOf(t *testing.T, err error) *channel.Failure {
	t.Helper()
	var failure *channel.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("error %v is no *channel.Failure", err)
	}
	return failure
}

// wantReceived checks that the peer has exactly these messages, in any order.
func (d Door) wantReceived(t *testing.T, want ...*channel.Message) {
	t.Helper()
	received := d.Peer.Received()
	if len(received) != len(want) {
		t.Errorf("the peer has %d messages, want %d", len(received), len(want))
	}
	byAddress := make(map[string]Received)
	for _, r := range received {
		byAddress[r.To] = r
	}
	for _, m := range want {
		got, ok := byAddress[m.To]
		if !ok {
			t.Errorf("nothing arrived for key %s", m.Key)
			continue
		}
		got.ID = ""
		if want := (Received{To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML}); got != want {
			t.Errorf("arrived %+v\nwant    %+v", got, want)
		}
	}
}
