package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-smtp"

	"github.com/aparte-dev/aparte/channel"
)

// step is a place in the conversation with a mail server.
type step int

const (
	connecting step = iota
	encrypting
	greeting
	authenticating
	ready
	naming     // the sender
	addressing // the recipient
	writing    // header and body
	beginning  // before the end of the mail
	ending     // waiting for the answer to the whole mail
)

func (s step) String() string {
	return [...]string{
		connecting:     "connect to the mail server",
		encrypting:     "encrypt the connection",
		greeting:       "greet the mail server",
		authenticating: "authenticate",
		ready:          "begin",
		naming:         "name the sender",
		addressing:     "name the recipient",
		writing:        "write the mail",
		beginning:      "hold the mail back",
		ending:         "end the mail",
	}[s]
}

// closingCode is the reply of a server that is about to close the connection, at any step.
const closingCode = 421

// givenUp is the failure of a message whose context ended before anything of it was sent.
func givenUp(ctx context.Context) *channel.Failure {
	return &channel.Failure{Temporary: true, Reason: "gave up waiting", Err: ctx.Err()}
}

// unreachable is the failure to get as far as sending. The server cannot have named a person, for it
// has not heard of one: its words may be shown.
func unreachable(ctx context.Context, at step, err error) *channel.Failure {
	f := &channel.Failure{Temporary: true, Reason: at.String(), Err: ctx.Err()}
	var reply *smtp.SMTPError
	switch {
	case f.Err != nil:
	case errors.As(err, &reply):
		f.Code, f.EnhancedCode = reply.Code, enhanced(reply)
		f.Reason += ": " + meaning(reply)
	case errors.Is(err, io.EOF):
		f.Reason += ": the server closed the connection"
	default:
		f.Reason += ": " + shorten(err.Error())
	}
	return f
}

// lost is the failure of a conversation that was cut. A mail without its end is never delivered (RFC
// 5321 section 4.1.1.4); one whose end was sent may have been.
func lost(ctx context.Context, at step) *channel.Failure {
	return &channel.Failure{
		Temporary: true,
		Uncertain: at == ending,
		Reason:    at.String() + ": the connection was lost or garbled",
		Err:       ctx.Err(),
	}
}

// refused is the failure that a server's reply means.
func refused(at step, reply *smtp.SMTPError) *channel.Failure {
	return &channel.Failure{
		Temporary:    reply.Temporary(),
		Suppress:     at >= addressing && addressIsDead(reply),
		Code:         reply.Code,
		EnhancedCode: enhanced(reply),
		Reason:       at.String() + ": " + meaning(reply),
	}
}

// addressIsDead reports whether a permanent reply condemns the address: 5.1.x of RFC 3463, but for
// those of its codes that are about the sender's address or about nothing permanent.
func addressIsDead(reply *smtp.SMTPError) bool {
	code := reply.EnhancedCode
	if reply.Temporary() || code[0] != 5 || code[1] != 1 {
		return false
	}
	switch code[2] {
	case 0, 1, 2, 3, 6, 10:
		return true
	}
	return false
}

func enhanced(reply *smtp.SMTPError) string {
	code := reply.EnhancedCode
	if code[0] <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", code[0], code[1], code[2])
}

// meaning is what a reply's codes say. The server's own words are not used: they often repeat the
// address.
func meaning(reply *smtp.SMTPError) string {
	code := reply.EnhancedCode
	if words := meaningOf(code[1], code[2]); words != "" && code[0] > 0 {
		return words
	}
	switch reply.Code {
	case closingCode:
		return "the server is closing the connection"
	case 450:
		return "the mailbox is busy"
	case 451:
		return "the server has a local problem"
	case 452, 552:
		return "the server or the mailbox has no room"
	case 530, 534, 535:
		return "the credentials are refused"
	case 501, 553:
		return "the address is refused"
	}
	return "the server refuses"
}

// meaningOf puts the subject and detail of an enhanced status code (RFC 3463 section 3, RFC 7504, RFC
// 7372) into words.
func meaningOf(subject, detail int) string {
	switch [2]int{subject, detail} {
	case [2]int{1, 1}:
		return "no such mailbox"
	case [2]int{1, 2}:
		return "no such domain"
	case [2]int{1, 3}:
		return "the address is malformed"
	case [2]int{1, 6}:
		return "the mailbox has moved"
	case [2]int{1, 7}, [2]int{1, 8}:
		return "the sender's address is refused"
	case [2]int{1, 10}:
		return "the domain takes no mail"
	case [2]int{2, 1}:
		return "the mailbox is disabled"
	case [2]int{2, 2}:
		return "the mailbox is full"
	case [2]int{2, 3}, [2]int{3, 4}:
		return "the mail is too big"
	case [2]int{7, 8}:
		return "the credentials are refused"
	case [2]int{7, 20}, [2]int{7, 21}, [2]int{7, 22}, [2]int{7, 23}, [2]int{7, 24}, [2]int{7, 26}:
		return "the mail is not authenticated (DKIM or SPF)"
	}
	switch subject {
	case 1:
		return "the address is refused"
	case 2:
		return "the mailbox refuses"
	case 3:
		return "the mail system has a problem"
	case 4:
		return "the network or the routing has a problem"
	case 5:
		return "the protocol was not followed"
	case 6:
		return "the content is refused"
	case 7:
		return "refused by policy"
	}
	return ""
}

// shorten keeps an error's text to one line of a size fit for a log.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
