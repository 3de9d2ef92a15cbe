package channel

import (
	"context"
	"errors"
	"time"

	"github.com/aparte-dev/aparte"
)

// Receipted is a sender whose other end names each message it takes, and tells by that name later what became of it.
type Receipted interface {
	Sender

	// SendReceipted is Send, and says what the other end calls the message: at most [MaxReference] bytes of visible ASCII,
	// empty where it has no name.
	SendReceipted(ctx context.Context, m *Message) (reference string, err error)
}

// MaxReference bounds a reference, in bytes.
const MaxReference = 128

// Listener is told what the other ends of channels say of their own accord. It is safe for concurrent use. An error asks that
// it be said again later; what is said twice has happened once.
type Listener interface {
	// Reported tells what became of a message after it was taken.
	Reported(ctx context.Context, r *Report) error
	// Replied tells what somebody wrote back.
	Replied(ctx context.Context, r *Reply) error
}

// ErrEarly is a report of a message that is still being handed over: what it is called is not known yet. It should be made again.
var ErrEarly = errors.New("the message is not known yet")

// Fate is what became of a message.
type Fate string

// The fates.
const (
	Delivered   Fate = "delivered"   // it is with the person
	Undelivered Fate = "undelivered" // it will never be
	Delayed     Fate = "delayed"     // not yet
	Complained  Fate = "complained"  // the person called it spam
)

// Report is what became of a message. It is found by its key or, where the channel does not know that, by the address it went to
// and what the other end called it.
type Report struct {
	Channel   aparte.Channel
	Key       string // the message's; empty: see Reference
	Address   string // it went to, as in Message.To
	Reference string // see Receipted

	Fate     Fate
	Code     int    // the protocol's, of why it was not delivered; 0: none
	Reason   string // in English, for operators, without personal data
	Suppress bool   // the address is dead: nothing should be sent to it again
	At       time.Time
}

// Reply is what somebody wrote back on a channel.
type Reply struct {
	Channel aparte.Channel
	ID      string // the same however often it is told: at most MaxKey bytes of visible ASCII
	From    string // the person's address, as in Message.To
	To      string // the address they wrote to
	Key     string // of the message they answered, where it is known
	Text    string // at most MaxReply bytes of UTF-8
	At      time.Time
}

// MaxReply bounds the text of a reply, in bytes: a listener cuts what is longer.
const MaxReply = 8 << 10
