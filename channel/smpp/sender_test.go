package smpp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/smpp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	server, client := certificates()
	for name, over := range map[string]struct {
		listener func(net.Listener) net.Listener
		config   smpp.Config
	}{
		"in the clear":       {func(l net.Listener) net.Listener { return l }, smpp.Config{}},
		"TLS":                {func(l net.Listener) net.Listener { return tls.NewListener(l, server) }, smpp.Config{TLS: client}},
		"one at a time":      {func(l net.Listener) net.Listener { return l }, smpp.Config{Window: 1}},
		"while it is heard":  {func(l net.Listener) net.Listener { return l }, smpp.Config{Listener: &ear{}}},
		"at a bounded speed": {func(l net.Listener) net.Listener { return l }, smpp.Config{Rate: 2000}},
	} {
		t.Run(name, func(t *testing.T) {
			channeltest.Run(t, func(t *testing.T) channeltest.Door {
				c := openCentre(t, over.listener(listen(t)))
				config := over.config
				config.Segments = 255
				return channeltest.Door{
					Sender: openSender(t, c, config), Peer: c, TextOnly: true,
					Address: func(n int) string { return fmt.Sprintf("+3361234%04d", n) },
				}
			})
		})
	}
}

func TestASegmentLeavesAsTheProtocolWantsIt(t *testing.T) {
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{Validity: 50 * time.Hour, Listener: &ear{}})
	reference, err := sender.SendReceipted(t.Context(), bonjour("d_1", "Voilà : 12 €"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = sender.SendReceipted(t.Context(), bonjour("d_2", strings.Repeat("à", 200)))
	if err != nil {
		t.Fatal(err)
	}
	m := bonjour("d_3", "ça")
	m.From = "36180"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := []segment{
		{from: "Atelier", to: "+33612345678", ton: 5, validity: "000002020000000R", receipt: 1, coding: 0, text: []byte("Voil\x7f : 12 \x1b\x65"), id: "00000001"},
		{from: "Atelier", to: "+33612345678", ton: 5, class: 0x40, validity: "000002020000000R", coding: 0, text: []byte(strings.Repeat("\x7f", 153)), id: "00000002", part: 1, parts: 2},
		{from: "Atelier", to: "+33612345678", ton: 5, class: 0x40, validity: "000002020000000R", receipt: 1, coding: 0, text: []byte(strings.Repeat("\x7f", 47)), id: "00000003", part: 2, parts: 2},
		{from: "36180", to: "+33612345678", ton: 3, validity: "000002020000000R", receipt: 1, coding: 8, text: []byte("\x00\xe7\x00a"), id: "00000004"},
	}
	got := c.taken()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(segment{}), cmpopts.IgnoreFields(segment{}, "userRef", "ref")); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	if reference != "00000001" || got[1].ref != got[2].ref || got[1].userRef != got[2].userRef || got[0].userRef == got[1].userRef {
		t.Errorf("reference %q, segments %+v", reference, got)
	}
}

func TestStatusesAreJudged(t *testing.T) {
	for status, want := range map[uint32]channel.Failure{
		0x14:  {Temporary: true, Code: 0x14, Reason: "submit the message: the message centre's queue is full"},
		0x58:  {Temporary: true, Code: 0x58, Reason: "submit the message: too many messages at once"},
		0x08:  {Temporary: true, Code: 0x08, Reason: "submit the message: the message centre has a problem"},
		0x0b:  {Suppress: true, Code: 0x0b, Reason: "submit the message: no such number"},
		0x0a:  {Code: 0x0a, Reason: "submit the message: the sender is refused"},
		0x45:  {Code: 0x45, Reason: "submit the message: the message centre could not take it"},
		0x437: {Code: 0x437, Reason: "submit the message: the message centre refuses"},
	} {
		c := openCentre(t, listen(t))
		sender := openSender(t, c, smpp.Config{})
		c.status = func(string) uint32 { return status }
		wantFailure(t, sender.Send(t.Context(), bonjour("d_1", "Bonjour")), want)
	}
}

func TestAMessageThatLeftWithoutAnAnswerIsUncertainAndNotSentAgain(t *testing.T) {
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{})
	c.hangUp = true
	wantFailure(t, sender.Send(t.Context(), bonjour("d_1", "Bonjour")), channel.Failure{
		Temporary: true, Uncertain: true, Reason: "submit the message: the connection ended before the answer came",
	})
	if n := len(c.taken()); n != 0 {
		t.Errorf("it was sent again: %d", n)
	}
	if err := sender.Send(t.Context(), bonjour("d_2", "Bonjour")); err != nil {
		t.Errorf("the next message, by a new connection: %v", err)
	}
}

func TestSegmentsOfALaterAttemptCompleteThoseOfAnEarlierOne(t *testing.T) {
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{})
	n := 0
	c.status = func(string) uint32 {
		if n++; n == 2 {
			return 0x58
		}
		return 0
	}
	m := bonjour("d_1", strings.Repeat("a", 200))
	var failure *channel.Failure
	if err := sender.Send(t.Context(), m); !errors.As(err, &failure) || !failure.Temporary || failure.Uncertain {
		t.Fatalf("error %v", err)
	}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := c.taken()
	if len(got) != 3 || got[0].ref != got[2].ref || got[0].part != 1 || got[2].part != 2 {
		t.Errorf("segments %+v", got)
	}
}

func TestWhatIsNoTextIsRefusedBeforeItLeaves(t *testing.T) {
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{Segments: 2})
	for name, spoil := range map[string]func(*channel.Message){
		"a national number":  func(m *channel.Message) { m.To = "0612345678" },
		"a number too long":  func(m *channel.Message) { m.To = "+3361234567890123" },
		"letters":            func(m *channel.Message) { m.To = "+33six12345" },
		"a long name":        func(m *channel.Message) { m.From = "Atelier Élise" },
		"three segments":     func(m *channel.Message) { m.Text = strings.Repeat("a", 307) },
		"nothing but HTML":   func(m *channel.Message) { m.Text, m.HTML = "", "<p>" },
		"two of strange":     func(m *channel.Message) { m.Text = strings.Repeat("ê", 135) },
		"an e-mail's sender": func(m *channel.Message) { m.From = "Atelier <a@example.com>" },
	} {
		m := bonjour("d_1", "Bonjour")
		spoil(m)
		var failure *channel.Failure
		if err := sender.Send(t.Context(), m); !errors.As(err, &failure) || failure.Temporary || failure.Suppress {
			t.Errorf("%s: error %v, want a permanent failure", name, err)
		}
	}
	if n := len(c.taken()); n != 0 {
		t.Errorf("%d segments left", n)
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	sound := smpp.Config{Addr: "127.0.0.1:2775", SystemID: "aparte", From: "Atelier"}
	for reason, spoil := range map[string]func(*smpp.Config){
		"addr":      func(c *smpp.Config) { c.Addr = "127.0.0.1" },
		"from":      func(c *smpp.Config) { c.From = "Atelier Élise Paris" },
		"system id": func(c *smpp.Config) { c.SystemID = "" },
		"password":  func(c *smpp.Config) { c.Password = "too long a word" },
		"segments":  func(c *smpp.Config) { c.Segments = 256 },
		"validity":  func(c *smpp.Config) { c.Validity = 8 * 24 * time.Hour },
	} {
		config := sound
		spoil(&config)
		if _, err := smpp.New(config); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("error %v, want one of the %s", err, reason)
		}
	}
}

func TestAWrongPasswordIsTemporaryAndSaysNothingOfTheMessage(t *testing.T) {
	c := openCentre(t, listen(t))
	c.password = "other"
	wantFailure(t, openSender(t, c, smpp.Config{}).Send(t.Context(), bonjour("d_1", "Bonjour")), channel.Failure{
		Temporary: true, Code: 0x0e, Reason: "bind: the password is refused",
	})
}

func TestReceiptsAreTold(t *testing.T) {
	ear := &ear{}
	c := openCentre(t, listen(t))
	openSender(t, c, smpp.Config{Listener: ear})
	receipt := func(text string, options ...[]byte) []byte {
		return inbound("33612345678", "Atelier", 0x04, 0, []byte(text), options...)
	}
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		body []byte
		want *channel.Report
	}{
		{"delivered", receipt("id:0A1 sub:001 dlvrd:001 submit date:2611271200 done date:2611271201 stat:DELIVRD err:000 text:stat:UNDELIV"),
			&channel.Report{Reference: "0A1", Fate: channel.Delivered}},
		{"by options", receipt("", option(0x001e, []byte("0A2\x00")), option(0x0427, []byte{2})), &channel.Report{Reference: "0A2", Fate: channel.Delivered}},
		{"nobody's number", receipt("id:0A3 stat:UNDELIV err:001"), &channel.Report{Reference: "0A3", Fate: channel.Undelivered, Code: 1, Reason: "it cannot be delivered", Suppress: true}},
		{"nobody's number, by the network", receipt("id:0A4 stat:UNDELIV err:099", option(0x0423, []byte{3, 0, 1})),
			&channel.Report{Reference: "0A4", Fate: channel.Undelivered, Code: 1, Reason: "it cannot be delivered", Suppress: true}},
		{"a phone that is off", receipt("id:0A5 stat:EXPIRED err:001"), &channel.Report{Reference: "0A5", Fate: channel.Undelivered, Code: 1, Reason: "it could not be delivered in time"}},
		{"on its way", receipt("id:0A6 stat:ENROUTE err:000"), nil},
		{"nonsense", receipt("Bonjour"), nil},
	} {
		if status := c.deliver(test.body); status != 0 {
			t.Errorf("%s: answered %#x", test.name, status)
		}
		reports, _ := ear.empty()
		var want []channel.Report
		if test.want != nil {
			test.want.Channel, test.want.Address, test.want.At = aparte.SMS, "+33612345678", at
			want = append(want, *test.want)
		}
		if diff := cmp.Diff(want, reports); diff != "" {
			t.Errorf("%s: reports (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestWhatPeopleWriteIsToldWholeAndAgainWhereItWasNotTaken(t *testing.T) {
	ear := &ear{}
	c := openCentre(t, listen(t))
	openSender(t, c, smpp.Config{Listener: ear})
	part := func(n, of byte, text string) []byte {
		return inbound("33612345678", "36180", 0x40, 0, append([]byte{5, 0, 3, 7, of, n}, text...))
	}
	say := func(want uint32, bodies ...[]byte) {
		t.Helper()
		for _, b := range bodies {
			if status := c.deliver(b); status != want {
				t.Errorf("answered %#x, want %#x", status, want)
			}
		}
	}
	say(0, inbound("33612345678", "36180", 0, 0, []byte("Voil\x7f 5 \x1b\x65")))
	say(0, inbound("33612345678", "36180", 0, 8, []byte{0, 'S', 0, 'T', 0, 'O', 0, 'P'}))
	say(0, inbound("33612345678", "36180", 0, 3, []byte("d\xe9j\xe0")))
	say(0, inbound("33612345678", "36180", 0, 0, nil, option(0x0424, []byte("by payload"))))
	say(0, inbound("33612345678", "36180", 0, 4, []byte{1, 2, 3})) // data for a phone: nobody's words
	say(0, part(2, 2, "order"), part(2, 2, "order"), part(1, 2, "any "))
	say(0, inbound("33612345678", "36180", 0, 0, []byte("left "), option(0x020c, []byte{0, 9}), option(0x020e, []byte{2}), option(0x020f, []byte{1})))
	say(0, inbound("33612345678", "36180", 0, 0, []byte("right"), option(0x020c, []byte{0, 9}), option(0x020e, []byte{2}), option(0x020f, []byte{2})))
	_, replies := ear.empty()
	var texts []string
	for _, r := range replies {
		texts = append(texts, r.Text)
		if r.From != "+33612345678" || r.To != "36180" || r.Channel != aparte.SMS || r.ID == "" {
			t.Errorf("reply %+v", r)
		}
	}
	if diff := cmp.Diff([]string{"Voilà 5 €", "STOP", "déjà", "by payload", "any order", "left right"}, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}

	ear.refuse(errors.New("no room"))
	say(0, part(1, 3, "a"), part(3, 3, "c"))
	say(0x64, part(2, 3, "b"))
	ear.refuse(nil)
	say(0, part(2, 3, "b"))
	if _, again := ear.empty(); len(again) != 1 || again[0].Text != "abc" {
		t.Errorf("told again: %+v", again)
	}
	say(0x65, []byte("not a body"))
	say(0x65, inbound("33612345678", "36180", 0x40, 0, []byte{9, 0, 3}))
}

func TestAListenerMayAnswerWhileItIsTold(t *testing.T) {
	ear := &ear{}
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{Listener: ear})
	ear.then = func(ctx context.Context) error { return sender.Send(ctx, bonjour("d_1", "Noted")) }
	if status := c.deliver(inbound("33612345678", "36180", 0, 0, []byte("STOP"))); status != 0 {
		t.Errorf("answered %#x", status)
	}
	if n := len(c.taken()); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// In a bubble of its own time: nothing is waited for.
func TestASilentConnectionIsAskedAndLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCentre(t, newPipes())
		sender := openSender(t, c, smpp.Config{Listener: &ear{}, Enquire: 30 * time.Second})
		time.Sleep(10*time.Minute + time.Second) // it is asked and answers
		c.mu.Lock()
		c.mute = true
		binds := c.binds
		c.mu.Unlock()
		time.Sleep(50 * time.Second)
		c.mu.Lock()
		if binds != 1 || c.binds != 1 {
			t.Errorf("bound %d times, then %d", binds, c.binds)
		}
		c.mu.Unlock()
		time.Sleep(15 * time.Second)
		c.mu.Lock()
		if c.binds != 2 {
			t.Errorf("bound %d times after a minute of silence", c.binds)
		}
		c.mute = false
		c.mu.Unlock()
		if err := sender.Send(t.Context(), bonjour("d_1", "Bonjour")); err != nil {
			t.Error(err)
		}
		sender.Close()
	})
}

func TestSegmentsLeaveNoFasterThanTheProviderAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCentre(t, newPipes())
		sender := openSender(t, c, smpp.Config{Rate: 10})
		began := time.Now()
		var wait sync.WaitGroup
		for i := range 21 {
			wait.Go(func() {
				if err := sender.Send(t.Context(), bonjour(fmt.Sprint("d_", i), "Bonjour")); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("21 took %v", took)
		}
		sender.Close()
	})
}

func TestAClosedSenderSendsNothing(t *testing.T) {
	c := openCentre(t, listen(t))
	sender := openSender(t, c, smpp.Config{})
	if err := sender.Send(t.Context(), bonjour("d_1", "Bonjour")); err != nil {
		t.Fatal(err)
	}
	sender.Close()
	sender.Close()
	wantFailure(t, sender.Send(t.Context(), bonjour("d_2", "Bonjour")), channel.Failure{Temporary: true, Reason: "the SMS channel is closed"})
}

// ear keeps what it is told.
type ear struct {
	mu      sync.Mutex
	reports []channel.Report
	replies []channel.Reply
	err     error
	then    func(context.Context) error
}

func (e *ear) Reported(_ context.Context, r *channel.Report) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reports = append(e.reports, *r)
	return e.err
}

func (e *ear) Replied(ctx context.Context, r *channel.Reply) error {
	if e.then != nil {
		return e.then(ctx)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.replies = append(e.replies, *r)
	}
	return e.err
}

func (e *ear) refuse(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
}

func (e *ear) empty() ([]channel.Report, []channel.Reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	reports, replies := e.reports, e.replies
	e.reports, e.replies = nil, nil
	return slices.Clone(reports), slices.Clone(replies)
}

func bonjour(key, text string) *channel.Message {
	return &channel.Message{Key: key, To: "+33612345678", Text: text}
}

func openSender(t testing.TB, c *centre, config smpp.Config) *smpp.Sender {
	t.Helper()
	config.Addr, config.SystemID, config.Password, config.From = c.addr(), "aparte", "s3cret", "Atelier"
	config.Now = func() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }
	if p, ok := c.listener.(*pipes); ok {
		config.Addr, config.Dial = "centre:2775", p.dial
	}
	sender, err := smpp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
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

// certificates are those of a server on 127.0.0.1 and of a client that trusts it.
func certificates() (server, client *tls.Config) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

// pipes is a listener in memory.
type pipes struct {
	open   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{open: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.open <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.open:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
