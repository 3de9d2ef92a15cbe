// Package webhook tells other systems what happened, by the Standard Webhooks specification
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): a CRM, a customer database,
// a dashboard. It knows endpoints, signatures, attempts and addresses that must not be reached; what a message says is
// composed by whoever starts it, and what is to be told is read from the log.
//
// A notice waits in the log until its endpoint has taken it (2xx), so that it is told at least once, whatever ends the process;
// its webhook-id is made of what it tells of, the same each time. Notices of one part of the log leave one after another,
// which keeps a person's in order; parts do not wait for one another. One that is refused over and over, while others are
// taken, is given up and can be sent again. An endpoint that takes nothing is asked less and less often, and is stopped
// after three days, or at once where it answers 410.
//
// Of several nodes over one log, one has [Hooks]. The others write notices for it, and say so by a [Relay].
//
// It is no channel to people: nobody is written to. Start reading at [Hooks], then line.go.
package webhook
