package inward

import (
	"context"
	"embed"
	"errors"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

//go:embed testdata/*.eml
var samples embed.FS

// ear is a listener that keeps what it is told.
type ear struct {
	mu      sync.Mutex
	heard   []any
	refuses error
}

func (e *ear) Reported(_ context.Context, r *channel.Report) error { return e.hear(*r) }
func (e *ear) Replied(_ context.Context, r *channel.Reply) error   { return e.hear(*r) }

func (e *ear) hear(what any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuses == nil {
		e.heard = append(e.heard, what)
	}
	return e.refuses
}

// book knows the address of one message.
type book struct{}

func (book) MessageOf(local string) (string, bool) { return "d_1", local == "m-sealed" }

var now = time.Date(2026, 7, 14, 9, 30, 0, 0, time.UTC)

func open(t *testing.T, e *ear, change func(*Config)) *Door {
	t.Helper()
	config := Config{Addr: "127.0.0.1:0", Domain: "back.atelier.example", Addresses: book{}, Listener: e, Now: func() time.Time { return now }}
	if change != nil {
		change(&config)
	}
	door, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	return door
}

// deliver sends a mail by the standard library's client, which is nobody's here.
func deliver(door *Door, from, to string, mail []byte) error {
	return smtp.SendMail(door.Addr(), nil, from, []string{to}, []byte(strings.ReplaceAll(string(mail), "\n", "\r\n")))
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	mail, err := samples.ReadFile("testdata/" + name + ".eml")
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

// Each sample comes by the address of a message, or by that for complaints. From is who hands it over: servers speak without
// a return path.
func TestWhatComesBackIsTold(t *testing.T) {
	const here, complaints = "m-sealed@back.atelier.example", "Complaints@back.atelier.example"
	report := func(r channel.Report) []any {
		r.Channel, r.Key, r.At = aparte.Email, "d_1", now
		return []any{r}
	}
	said := func(id, from, text string) []any {
		return []any{channel.Reply{Channel: aparte.Email, ID: id, From: from, Key: "d_1", Text: text, At: now}}
	}
	for _, test := range []struct {
		sample, from, to string
		want             []any
	}{
		{"bounce-no-mailbox", "", here, report(channel.Report{Address: "elise@example.com", Fate: channel.Undelivered, Suppress: true, Code: 550, Reason: "the mail server reports undelivered (5.1.1)"})},
		{"bounce-full", "", here, report(channel.Report{Address: "elise@example.com", Fate: channel.Undelivered, Code: 552, Reason: "the mail server reports undelivered (5.2.2)"})},
		{"bounce-expired", "", here, report(channel.Report{Address: "elise@example.com", Fate: channel.Undelivered, Reason: "the mail server reports undelivered (4.4.7)"})},
		{"bounce-vague", "", here, report(channel.Report{Address: "elise@example.com", Fate: channel.Undelivered, Suppress: true, Code: 550, Reason: "the mail server reports undelivered (5.1.1)"})},
		{"delayed", "", here, report(channel.Report{Address: "elise@example.com", Fate: channel.Delayed, Code: 451, Reason: "the mail server reports delayed (4.7.1)"})},
		{"delivered", "", here, report(channel.Report{Fate: channel.Delivered})},
		{"complaint", "fbl@provider.example", complaints, report(channel.Report{Fate: channel.Complained})},
		{"complaint-redacted", "fbl@provider.example", complaints, nil},
		{"not-spam", "fbl@provider.example", complaints, nil},
		{"away", "elise@example.com", here, nil},
		{"away-silent", "", here, nil},
		{"away-subject", "elise@example.com", here, nil},
		{"reply-french", "elise@example.com", here, said("CAF-1@mail.example.com", "elise@example.com", "Bonjour,\n\noù est ma commande ?\n\nÉlise")},
		{"reply-html", "elise@example.com", here, said("AB12@outlook.example", "elise@example.com", "Do you have it in red & gold?\nThanks")},
		{"reply-subject", "elise@example.com", here, said("h.0a578ec5838d55bb8bbd0fd0ffc92f0c", "elise@example.com", "STOP")},
		{"reply-french", "elise@example.com", complaints, nil},
	} {
		t.Run(test.sample+" to "+test.to[:8], func(t *testing.T) {
			e := new(ear)
			if err := deliver(open(t, e, nil), test.from, test.to, sample(t, test.sample)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, e.heard); diff != "" {
				t.Errorf("heard (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMailIsTakenForOurAddressesOnly(t *testing.T) {
	door := open(t, new(ear), nil)
	for _, to := range []string{"m-forged@back.atelier.example", "m-sealed@elsewhere.example", "postmaster@back.atelier.example"} {
		if code := codeOf(deliver(door, "eve@example.com", to, sample(t, "reply-french"))); code != 550 {
			t.Errorf("%s is answered %d", to, code)
		}
	}
}

func TestAMailThatCannotBeToldIsSentAgain(t *testing.T) {
	e := &ear{refuses: errors.New("the store is full")}
	door := open(t, e, nil)
	const to = "m-sealed@back.atelier.example"
	if code := codeOf(deliver(door, "elise@example.com", to, sample(t, "reply-french"))); code != 451 {
		t.Errorf("answered %d, want 451", code)
	}
	e.refuses = nil
	if err := deliver(door, "elise@example.com", to, sample(t, "reply-french")); err != nil || len(e.heard) != 1 {
		t.Errorf("sent again: %v, %d told", err, len(e.heard))
	}
}

func TestAMailThatIsTooBigIsRefused(t *testing.T) {
	door := open(t, new(ear), func(c *Config) { c.MaxBytes = 1000 })
	mail := []byte("Subject: x\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 100))
	if code := codeOf(deliver(door, "elise@example.com", "m-sealed@back.atelier.example", mail)); code != 552 {
		t.Errorf("answered %d, want 552", code)
	}
}

func TestCloseCutsWhoeverIsConnected(t *testing.T) {
	door := open(t, new(ear), nil)
	client, err := smtp.Dial(door.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	door.Close()
	if err := client.Noop(); err == nil {
		t.Error("the connection is still served")
	}
}

func codeOf(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}
