// Package email is the e-mail channel: it hands messages to a mail server over SMTP (RFC 5321), on
// connections that are kept open.
//
// It knows how a message becomes a mail (RFC 5322, quoted-printable parts, List-Unsubscribe) and what
// a server's replies mean for the next attempt. It never knows people, decisions or consent, never
// retries, keeps nothing, and starts no goroutine.
//
// The idempotency key becomes the Message-ID, the same at every attempt. SMTP itself has no such key:
// when a connection breaks between the end of the mail and the server's answer, nobody can know
// whether it was taken. That one window is reported as an uncertain failure; all other failures
// are certain not to have delivered.
//
// Start reading at [Config] and [Sender]; mail.go writes a mail, conn.go speaks SMTP, reply.go judges
// answers.
package email
