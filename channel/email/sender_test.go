package email_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

func bonjour(key string) *channel.Message {
	return &channel.Message{Key: key, To: "elise@example.com", Subject: "Bonjour", Text: "Bonjour", HTML: "<p>Bonjour"}
}

func TestRepliesAreJudgedByTheirCodes(t *testing.T) {
	for name, test := range map[string]struct {
		refusal mailbox.Refusal
		want    channel.Failure
	}{
		"greylisted":        {refusal(451, 4, 7, 1), channel.Failure{Temporary: true, Code: 451, EnhancedCode: "4.7.1", Reason: "name the recipient: refused by policy"}},
		"mailbox full":      {refusal(452, 4, 2, 2), channel.Failure{Temporary: true, Code: 452, EnhancedCode: "4.2.2", Reason: "name the recipient: the mailbox is full"}},
		"no such mailbox":   {refusal(550, 5, 1, 1), channel.Failure{Suppress: true, Code: 550, EnhancedCode: "5.1.1", Reason: "name the recipient: no such mailbox"}},
		"null MX":           {refusal(556, 5, 1, 10), channel.Failure{Suppress: true, Code: 556, EnhancedCode: "5.1.10", Reason: "name the recipient: the domain takes no mail"}},
		"sender refused":    {refusal(550, 5, 1, 8), channel.Failure{Code: 550, EnhancedCode: "5.1.8", Reason: "name the recipient: the sender's address is refused"}},
		"address for now":   {refusal(450, 4, 1, 1), channel.Failure{Temporary: true, Code: 450, EnhancedCode: "4.1.1", Reason: "name the recipient: no such mailbox"}},
		"mailbox disabled":  {refusal(550, 5, 2, 1), channel.Failure{Code: 550, EnhancedCode: "5.2.1", Reason: "name the recipient: the mailbox is disabled"}},
		"unknown detail":    {refusal(550, 5, 6, 99), channel.Failure{Code: 550, EnhancedCode: "5.6.99", Reason: "name the recipient: the content is refused"}},
		"unknown subject":   {refusal(550, 5, 42, 1), channel.Failure{Code: 550, EnhancedCode: "5.42.1", Reason: "name the recipient: the server refuses"}},
		"codes at odds":     {refusal(450, 5, 1, 1), channel.Failure{Temporary: true, Code: 450, EnhancedCode: "5.1.1", Reason: "name the recipient: no such mailbox"}},
		"closing the while": {refusal(421, 4, 3, 2), channel.Failure{Temporary: true, Code: 421, EnhancedCode: "4.3.2", Reason: "name the recipient: the mail system has a problem"}},
	} {
		t.Run(name, func(t *testing.T) {
			box := openMailbox(t, mailbox.Config{})
			sender := openSender(t, box.Addr(), email.Config{})
			box.Refuse(func(string) *mailbox.Refusal { return &test.refusal })
			wantFailure(t, sender.Send(t.Context(), bonjour("d_1")), test.want)

			box.Refuse(nil)
			if err := sender.Send(t.Context(), bonjour("d_2")); err != nil {
				t.Errorf("the next mail: %v", err)
			}
		})
	}
}

func TestRepliesWithoutEnhancedCodeAreJudgedByTheirFirstDigit(t *testing.T) {
	addr := scripted(t,
		[]turn{
			hello, from, {to.expect, "550 who is elise@example.com?"},
			{"RSET", "250 ok"}, hello, from, to, data, {".", "554 spam from elise@example.com"},
			{from.expect, "501 no"},
			{"RSET", "250 ok"}, hello, from, to, data, {".", "452 no room"},
			{from.expect, "421 so long"},
		},
		[]turn{hello, from, to, data, end, quit},
	)
	sender := openSender(t, addr, email.Config{})
	for _, want := range []channel.Failure{
		{Code: 550, Reason: "name the recipient: the server refuses"},
		{Code: 554, Reason: "end the mail: the server refuses"},
		{Code: 501, Reason: "name the sender: the address is refused"},
		{Code: 452, Temporary: true, Reason: "end the mail: the server or the mailbox has no room"},
	} {
		wantFailure(t, sender.Send(t.Context(), bonjour("d_1")), want)
	}
	// The server's 421 to a kept connection is no answer to this mail: it goes by a new one.
	if err := sender.Send(t.Context(), bonjour("d_1")); err != nil {
		t.Error(err)
	}
}

func TestALostConnectionIsUncertainOnlyAfterTheEndOfTheMail(t *testing.T) {
	for name, test := range map[string]struct {
		script []turn
		want   channel.Failure
	}{
		"at the greeting":    {[]turn{hangUpAt(hello)}, channel.Failure{Temporary: true, Reason: "greet the mail server: the server closed the connection"}},
		"at the sender":      {[]turn{hello, hangUpAt(from)}, channel.Failure{Temporary: true, Reason: "name the sender: the connection was lost or garbled"}},
		"at the recipient":   {[]turn{hello, from, hangUpAt(to)}, channel.Failure{Temporary: true, Reason: "name the recipient: the connection was lost or garbled"}},
		"before the mail":    {[]turn{hello, from, to, hangUpAt(data)}, channel.Failure{Temporary: true, Reason: "write the mail: the connection was lost or garbled"}},
		"after the mail":     {[]turn{hello, from, to, data, hangUpAt(end)}, channel.Failure{Temporary: true, Uncertain: true, Reason: "end the mail: the connection was lost or garbled"}},
		"garbage at the end": {[]turn{hello, from, to, data, {".", "elise@example.com is fine"}}, channel.Failure{Temporary: true, Uncertain: true, Reason: "end the mail: the connection was lost or garbled"}},
		"garbage in between": {[]turn{hello, from, {to.expect, "999 elise@example.com"}}, channel.Failure{Temporary: true, Reason: "name the recipient: the connection was lost or garbled"}},
		"service closing":    {[]turn{hello, {from.expect, "421 4.3.2 closing"}}, channel.Failure{Temporary: true, Code: 421, EnhancedCode: "4.3.2", Reason: "name the sender: the mail system has a problem"}},
	} {
		t.Run(name, func(t *testing.T) {
			// The second connection shows that the first is not used again.
			sender := openSender(t, scripted(t, test.script, []turn{hello, from, to, data, end, quit}), email.Config{})
			wantFailure(t, sender.Send(t.Context(), bonjour("d_1")), test.want)
			if err := sender.Send(t.Context(), bonjour("d_1")); err != nil {
				t.Errorf("the next mail: %v", err)
			}
		})
	}
}

func TestAKeptConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	addr := scripted(t,
		[]turn{hello, from, to, data, end},
		[]turn{hello, from, to, data, end, hangUpAt(from)},
		[]turn{hello, from, to, data, end, quit},
	)
	sender := openSender(t, addr, email.Config{})
	for _, key := range []string{"d_1", "d_2", "d_3"} {
		if err := sender.Send(t.Context(), bonjour(key)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestConnectionsAreKeptAndBounded(t *testing.T) {
	box := openMailbox(t, mailbox.Config{})
	now := time.Date(2026, 7, 14, 9, 30, 0, 0, time.UTC)
	var dialer dialer
	sender := openSender(t, box.Addr(), email.Config{
		Connections: 2, Idle: time.Minute, Dial: dialer.dial, Now: func() time.Time { return now },
	})
	sendMany := func(n int) {
		t.Helper()
		errs := make(chan error, n)
		for range n {
			go func() { errs <- sender.Send(t.Context(), bonjour("d_1")) }()
		}
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	sendMany(20)
	if n := dialer.opened.Load(); n > 2 {
		t.Errorf("%d connections were opened, want at most 2", n)
	}
	opened := dialer.opened.Load()
	now = now.Add(time.Minute)
	sendMany(1)
	if n := dialer.opened.Load(); n != opened+1 {
		t.Errorf("%d connections were opened after a minute of rest, want 1", n-opened)
	}
}

func TestLoginIsUsedWherePlainIsNotOffered(t *testing.T) {
	addr := scripted(t, []turn{
		{"EHLO ", "250-mx.example\r\n250 AUTH LOGIN"},
		{"AUTH LOGIN YXBhcnRl", "334 UGFzc3dvcmQ6"},
		{"czNjcmV0", "235 2.7.0 welcome"},
		from, to, data, end, quit,
	})
	sender := openSender(t, addr, email.Config{Username: "aparte", Password: "s3cret"})
	if err := sender.Send(t.Context(), bonjour("d_1")); err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsNotTheConfiguredOneIsATemporaryFailure(t *testing.T) {
	server, trusting := certificates(t)
	for name, test := range map[string]struct {
		mailbox mailbox.Config
		email   email.Config
		reason  string
	}{
		"wrong password": {
			mailbox.Config{Username: "aparte", Password: "s3cret"}, email.Config{Username: "aparte", Password: "guess"},
			"authenticate: the credentials are refused",
		},
		"no authentication": {mailbox.Config{}, email.Config{Username: "aparte"}, "authenticate: the server offers neither"},
		"no STARTTLS":       {mailbox.Config{}, email.Config{TLS: email.StartTLS, TLSConfig: trusting}, "encrypt the connection: smtp: server doesn't support STARTTLS"},
		"unknown authority": {mailbox.Config{TLS: server}, email.Config{TLS: email.StartTLS}, "certificate"},
		"plain, not TLS":    {mailbox.Config{}, email.Config{TLS: email.ImplicitTLS, TLSConfig: trusting}, "encrypt the connection: tls"},
	} {
		t.Run(name, func(t *testing.T) {
			box := openMailbox(t, test.mailbox)
			err := openSender(t, box.Addr(), test.email).Send(t.Context(), bonjour("d_1"))
			var failure *channel.Failure
			if !errors.As(err, &failure) || !failure.Temporary || !strings.Contains(failure.Reason, test.reason) {
				t.Errorf("error %v, want a temporary failure with %q", err, test.reason)
			}
			if len(box.Mails()) != 0 {
				t.Error("the mail was sent all the same")
			}
		})
	}
}

func TestASilentServerIsLeftAfterTheChannelsOwnTimeout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // never accepts: the greeting never comes
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	sender := openSender(t, listener.Addr().String(), email.Config{Timeout: 20 * time.Millisecond})
	err = sender.Send(t.Context(), bonjour("d_1"))
	var failure *channel.Failure
	if !errors.As(err, &failure) || !failure.Temporary || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want a temporary failure that wraps context.DeadlineExceeded", err)
	}
}

func TestWaitingForAConnectionEndsWithTheContext(t *testing.T) {
	box := openMailbox(t, mailbox.Config{})
	sender := openSender(t, box.Addr(), email.Config{Connections: 1})
	silence, asked := make(chan struct{}), make(chan struct{})
	box.Refuse(func(string) *mailbox.Refusal {
		close(asked)
		<-silence
		return nil
	})
	first := make(chan error)
	go func() { first <- sender.Send(t.Context(), bonjour("d_1")) }()
	<-asked

	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := sender.Send(ctx, bonjour("d_2")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
	close(silence)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestAClosedSenderSendsNothing(t *testing.T) {
	box := openMailbox(t, mailbox.Config{})
	sender := openSender(t, box.Addr(), email.Config{})
	if err := sender.Send(t.Context(), bonjour("d_1")); err != nil {
		t.Fatal(err)
	}
	sender.Close()
	sender.Close()
	wantFailure(t, sender.Send(t.Context(), bonjour("d_2")), channel.Failure{Temporary: true, Reason: "the e-mail channel is closed"})
}

func TestAMailBeyondTheServersSizeIsRefusedBeforeItIsSent(t *testing.T) {
	box := openMailbox(t, mailbox.Config{MaxMailBytes: 4096})
	sender := openSender(t, box.Addr(), email.Config{})
	m := bonjour("d_1")
	m.Text = strings.Repeat("trop long ", 1000)
	wantFailure(t, sender.Send(t.Context(), m), channel.Failure{
		Code: 552, EnhancedCode: "5.3.4", Reason: "name the sender: the mail is too big",
	})
}

func refusal(code, class, subject, detail int) mailbox.Refusal {
	return mailbox.Refusal{
		Code: code, EnhancedCode: [3]int{class, subject, detail}, Message: "elise@example.com: not taken",
	}
}

func wantFailure(t *testing.T, err error, want channel.Failure) {
	t.Helper()
	var failure *channel.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("error %v is no failure", err)
	}
	if diff := cmp.Diff(want, *failure, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("failure (-want +got):\n%s", diff)
	}
}
