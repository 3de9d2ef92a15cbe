package channel

import (
	"context"
	"time"

	"github.com/aparte-dev/aparte"
)

// Sender is a door outward. It is safe for concurrent use.
type Sender interface {
	// Channel is the channel this door serves.
	Channel() aparte.Channel

	// Send hands one message to the other end, once, and returns when it was taken or was not. An
	// error is always, or wraps, a [*Failure]; it also wraps ctx's error where ctx ended first. The
	// message is not modified and not kept.
	Send(ctx context.Context, m *Message) error
}

// Message is what is said to one person, composed and ready to leave. A channel ignores the fields it
// has no use for: SMS has no subject. Fields of one line (all but Text and HTML) must not hold line
// breaks.
type Message struct {
	// Key names this sending for good and is the same at every attempt, so that the other end can
	// recognise a repetition: at most [MaxKey] bytes of visible ASCII, without personal data (it
	// travels with the message).
	Key string

	To      string // the address on the channel: an e-mail address, an E.164 number, a device token
	From    string // who speaks, in the channel's form such as `Atelier <bonjour@atelier.example>`; empty: the channel's own
	ReplyTo string // where answers go; empty: From

	Subject string // what stands over it: the subject of a mail, the title of a notification
	Text    string
	HTML    string

	// Of notifications; mail and SMS ignore them, as what they carry of it stands in their texts.
	Image    string        // the absolute URL of a picture; empty: none
	Link     string        // the absolute URL that a tap opens; empty: the app, or nothing
	Report   string        // the absolute URL that is told what became of it, with /delivered or /dismissed after it; empty: nobody is
	Collapse string        // a later message of the same name takes the place of this one, at most [MaxCollapse] bytes; empty: none does
	TTL      time.Duration // how long it is worth showing: the provider drops it where it could not be shown by then; 0: the channel's own

	// Unsubscribe is the absolute URL by which the person asks for silence in one click; empty where
	// the message is a service one that they asked for.
	Unsubscribe string

	// Headers are further headers, in order. A channel takes those it knows to be harmless and refuses
	// the message otherwise.
	Headers []Header
}

// Header is one named value that travels with a message.
type Header struct {
	Name  string
	Value string
}
