// Package inward is the door by which mail comes back: an SMTP server for the addresses that messages carry, one of its own
// for each, signed, without personal data. What comes is one of four things:
//
//   - a mail server reports what became of a message (a DSN, RFC 3464): it bounced, or is late, or arrived;
//   - a mailbox provider passes a complaint on (ARF, RFC 5965);
//   - a machine answers for somebody who is away (RFC 3834): that is nobody's word, and is left;
//   - somebody writes back.
//
// It knows SMTP and MIME. It never knows people or decisions: whose message an address stands for it is told by [Addresses],
// and what it hears it tells a [channel.Listener]. It relays nothing, keeps nothing, and takes mail for no other address. All
// it reads is bounded.
//
// Start reading at [Config]; read.go takes a mail apart, report.go and reply.go say what it is.
package inward
