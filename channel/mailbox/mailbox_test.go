package mailbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, config Config) *Mailbox {
	t.Helper()
	box, err := StartWith(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// deliver sends by the standard library's client, which is nobody's here.
func deliver(t *testing.T, box *Mailbox, to, mail string) {
	t.Helper()
	mail = strings.ReplaceAll(mail, "\n", "\r\n")
	if err := smtp.SendMail(box.Addr(), nil, "bounces@atelier.example", []string{to}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
}

func subjects(mails []Mail) (subjects []string) {
	for _, m := range mails {
		subjects = append(subjects, m.Subject)
	}
	return subjects
}

func TestAMailIsKeptWithItsEnvelopeHeaderAndParts(t *testing.T) {
	now := time.Date(2026, 7, 14, 9, 30, 0, 0, time.UTC)
	box := open(t, Config{Now: func() time.Time { return now }})
	deliver(t, box, "ada@example.com", multipartMail)

	mails := box.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	got := mails[0]
	if !bytes.Contains(got.Raw, []byte("quoted-printable")) {
		t.Error("raw mail is not kept")
	}
	got.Raw, got.Header = nil, got.Header[:2]
	want := Mail{
		ID:      1,
		BegunAt: now, ReceivedAt: now,
		Sender:     "bounces@atelier.example",
		Recipients: []string{"ada@example.com"},
		From:       "Élise <elise@atelier.example>",
		To:         "Ada <ada@example.com>",
		Subject:    "Déjà l'été",
		MessageID:  "d_1@atelier.example",
		Date:       now,
		Text:       "Déjà l'été\n.et un point\n",
		HTML:       "<p>Déjà l'été\n",
		Header: []Field{
			{Name: "Date", Value: "Tue, 14 Jul 2026 09:30:00 +0000"},
			{Name: "From", Value: "Élise <elise@atelier.example>"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mail (-want +got):\n%s", diff)
	}
}

func TestTheNewestMailsAreKeptAndTheOldestForgotten(t *testing.T) {
	box := open(t, Config{MaxMails: 3})
	for n := 1; n <= 5; n++ {
		deliver(t, box, "ada@example.com", fmt.Sprintf("Subject: %d\n\nx\n", n))
	}
	if diff := cmp.Diff([]string{"5", "4", "3"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	if m, ok := box.Mail(4); !ok || m.Subject != "4" {
		t.Errorf("mail 4 is %q, %v", m.Subject, ok)
	}
	if _, ok := box.Mail(2); ok {
		t.Error("mail 2 is still kept")
	}
}

func TestBytesAreBoundedToo(t *testing.T) {
	box := open(t, Config{MaxBytes: 10_000})
	for n := 1; n <= 5; n++ {
		deliver(t, box, "ada@example.com", fmt.Sprintf("Subject: %d\n\n%s\n", n, strings.Repeat("x", 1500)))
	}
	if diff := cmp.Diff([]string{"5", "4", "3"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	// One that exceeds the bound by itself is kept alone, to be looked at.
	deliver(t, box, "ada@example.com", "Subject: 6\n\n"+strings.Repeat(strings.Repeat("x", 70)+"\n", 200))
	if diff := cmp.Diff([]string{"6"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
}

func TestAMailThatIsTooBigIsRefused(t *testing.T) {
	box := open(t, Config{MaxMailBytes: 1000})
	err := smtp.SendMail(box.Addr(), nil, "a@b.example", []string{"ada@example.com"}, []byte(strings.Repeat("0123456789\r\n", 200)))
	wantCode(t, err, 552)
	if len(box.Mails()) != 0 {
		t.Error("it is kept all the same")
	}
}

func TestRecipientsAreRefusedAsAsked(t *testing.T) {
	box := open(t, Config{})
	box.Refuse(func(to string) *Refusal {
		if to == "ada@example.com" {
			return &Refusal{Code: 451, EnhancedCode: [3]int{4, 7, 1}, Message: "later"}
		}
		return nil
	})
	err := smtp.SendMail(box.Addr(), nil, "a@b.example", []string{"ada@example.com"}, []byte("x"))
	wantCode(t, err, 451)
	deliver(t, box, "bea@example.com", "Subject: 1\n\nx\n")
	box.Refuse(nil)
	deliver(t, box, "ada@example.com", "Subject: 2\n\nx\n")
	if diff := cmp.Diff([]string{"2", "1"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
}

func TestWhoMaySendMustSaySo(t *testing.T) {
	box := open(t, Config{Username: "aparte", Password: "s3cret"})
	send := func(auth smtp.Auth) error {
		return smtp.SendMail(box.Addr(), auth, "a@b.example", []string{"ada@example.com"}, []byte("Subject: 1\r\n\r\nx\r\n"))
	}
	wantCode(t, send(nil), 502)
	wantCode(t, send(smtp.PlainAuth("", "aparte", "guess", "127.0.0.1")), 535)
	if err := send(smtp.PlainAuth("", "aparte", "s3cret", "127.0.0.1")); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"1"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
}

func TestOnlyThisMachineIsListenedTo(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "nonsense"} {
		if box, err := Start(t.Context(), addr); err == nil {
			box.Close()
			t.Errorf("%s was listened on", addr)
		}
	}
}

func TestConnectionsAreBoundedAndTheRestWaits(t *testing.T) {
	box := open(t, Config{MaxConns: 1})
	first, err := smtp.Dial(box.Addr()) // has read the greeting: it is inside
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("tcp", box.Addr()) // connected by the system, not greeted
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	if err := first.Quit(); err != nil {
		t.Fatal(err)
	}
	line, err := textproto.NewConn(waiting).ReadLine()
	if err != nil || !strings.HasPrefix(line, "220 ") {
		t.Errorf("greeting %q, %v", line, err)
	}
}

func TestCloseCutsWhoeverIsConnectedAndKeepsTheMails(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	box, err := Start(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, box, "ada@example.com", "Subject: 1\n\nx\n")
	client, err := smtp.Dial(box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	cancel() // as good as Close, which then only waits
	box.Close()
	if err := client.Noop(); err == nil {
		t.Error("the connection is still served")
	}
	if _, err := net.Dial("tcp", box.Addr()); err == nil {
		t.Error("the address is still listened on")
	}
	if diff := cmp.Diff([]string{"1"}, subjects(box.Mails())); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
}

func TestAClientThatSpeaksPlainToATLSMailboxIsLeft(t *testing.T) {
	box := open(t, Config{TLS: &tls.Config{}, Implicit: true})
	conn, err := net.Dial("tcp", box.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "EHLO me\r\n")
	if line, err := textproto.NewConn(conn).ReadLine(); err == nil && strings.HasPrefix(line, "2") {
		t.Errorf("it was answered %q", line)
	}
}

func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code != code {
		t.Errorf("error %v, want code %d", err, code)
	}
}
