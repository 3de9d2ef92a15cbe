// Package mailbox is a mail server in the process: an SMTP server on a loopback address that takes
// whatever is sent to it and keeps the last mails, parsed, for somebody to look at. It is where the
// demo's mails arrive, and the real peer of the e-mail channel's tests.
//
// It knows SMTP and MIME. It never knows people or decisions, delivers nothing further, writes nothing
// to disk and refuses to listen beyond this machine. What it keeps is bounded in number and in bytes,
// and so is all it reads. It has no pages: the console shows it.
//
// Start reading at [Start] and [Mail].
package mailbox
