// Package smpp sends text messages through a provider's message centre (SMSC), and hears what it says: what became of messages,
// and what people write back. It speaks the Short Message Peer-to-Peer Protocol, version 3.4, issue 1.2, from the side of the
// ESME, as a transceiver; "section" in comments is one of that specification.
//
// SMPP has no idempotency: a message that had left when the connection was lost is reported as uncertain and is not repeated
// here. It knows PDUs, segments and statuses, and neither people nor what is said to them.
//
// Start reading at [Sender], then session.go. pdu.go is the wire, deliver.go what the message centre says of its own accord.
package smpp
