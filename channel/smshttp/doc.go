// Package smshttp sends text messages through any provider that takes them by an HTTP request, and hears what it says: what became
// of messages, and what people write back. What the request looks like, where in the answer the message's name stands and what
// refusals mean is said by a document ([Parse], docs/sms.md), as every provider has a form of its own.
//
// It knows requests, answers and signatures, and neither people nor what is said to them. Whether a provider recognises a
// repetition is the provider's: the message's Key is there for it as a variable.
//
// Start reading at [Config], then [Sender.Send]. door.go is what the provider says of its own accord.
package smshttp
