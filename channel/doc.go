// Package channel is what all doors outward share: the message that leaves, the one method by which it
// is sent, and the words in which a door says that it could not be.
//
// A channel tries once and says what happened. It knows a protocol and the provider at its other end;
// it never knows people, decisions, consent or the store, and keeps nothing. The engine owns the
// outbox, the timers, the retries ([Backoff], [MaxAttempts]) and the dead letters: a channel that
// retried by itself would send twice what a crash makes the engine send again.
//
// Each channel is a package below this one, and is done when it passes the suite of
// channel/channeltest against a real peer of its protocol. Start reading at [Sender].
package channel
