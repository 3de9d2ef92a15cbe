package smshttp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/smshttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment is what the documents of the tests read of it.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"SMS_TOKEN": "token-1234", "SMS_IN_SECRET": "a-secret-of-the-provider", "HOST": "sms.example"}[name]
	return value, ok
}

func parse(t testing.TB, document string) *smshttp.Config {
	t.Helper()
	c, err := smshttp.Parse([]byte(document), environment)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const byJSON = `{
	"url": "https://HOST/v1/messages", "segments": 255, "private": true, "from": "Atelier",
	"headers": {"Authorization": "Bearer {{ env.SMS_TOKEN }}", "Idempotency-Key": "{{ key }}"},
	"json": {"messages": [{"to": "{{ digits }}", "from": "{{from}}", "text": "{{ text }}", "ref": "{{ key }}", "retries": 12345678901234567890}]},
	"answer": {"id": "/messages/0/id", "code": "/error/code", "deadCodes": ["21211"]}
}`

const byForm = `{
	"url": "https://HOST/v1/messages", "segments": 255, "private": true, "headers": {"Authorization": "Bearer {{ env.SMS_TOKEN }}"},
	"form": {"To": "{{ to }}", "From": "Atelier", "Body": "{{ text }}", "Ref": "{{ key }}", "Account": "{{ env.SMS_TOKEN }}"},
	"answer": {"id": "/sid", "code": "/code", "takenCodes": ["0"], "temporaryCodes": ["1"], "deadCodes": ["6"]}
}`

// provider is the other end: it reads what was sent as its own kind of request, and refuses in its own words.
type provider struct {
	*channeltest.Provider
	t *testing.T

	mu       sync.Mutex
	answer   func(to string) channeltest.Answer
	received []channeltest.Received
	requests []string
	headers  []http.Header
	plain    func(w http.ResponseWriter) // answers instead
}

func openProvider(t *testing.T, document string) (*smshttp.Sender, *provider) {
	t.Helper()
	p := &provider{t: t}
	p.Provider = channeltest.Serve(t, p.serve)
	s := smshttp.New(parse(t, strings.Replace(document, "HOST", p.Host, 1)), p.Config(0))
	t.Cleanup(func() { _ = s.Close() })
	return s, p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/messages" || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "Bearer token-1234" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.requests, p.headers = append(p.requests, string(body)), append(p.headers, r.Header)
	answer, plain := p.answer, p.plain
	p.mu.Unlock()
	if plain != nil {
		plain(w)
		return
	}
	got, isForm := p.read(r, body), r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
	said := channeltest.Take
	if answer != nil {
		said = answer(got.To)
	}
	p.say(w, isForm, said, got)
}

// read is a message as one of the two kinds of requests carries it.
func (p *provider) read(r *http.Request, body []byte) channeltest.Received {
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return channeltest.Received{ID: r.PostFormValue("Ref"), To: r.PostFormValue("To"), Text: r.PostFormValue("Body")}
	}
	var m struct {
		Messages []struct{ To, From, Text, Ref string }
	}
	if err := json.Unmarshal(body, &m); err != nil || len(m.Messages) != 1 {
		p.t.Errorf("the request cannot be read: %v", err)
		return channeltest.Received{}
	}
	return channeltest.Received{ID: m.Messages[0].Ref, To: "+" + m.Messages[0].To, Text: m.Messages[0].Text}
}

func (p *provider) say(w http.ResponseWriter, isForm bool, said channeltest.Answer, got channeltest.Received) {
	refuse := func(status int, byJSON, byForm string) {
		w.WriteHeader(status)
		if isForm {
			fmt.Fprintf(w, `{"code": %s, "words": "to %s"}`, byForm, got.To)
			return
		}
		fmt.Fprintf(w, `{"error": {"code": %s, "words": "to %s"}}`, byJSON, got.To)
	}
	switch said {
	case channeltest.TryLater:
		if isForm {
			refuse(http.StatusOK, "", `"1"`) // those that answer 200 whatever happens
			return
		}
		refuse(http.StatusServiceUnavailable, "20500", "")
	case channeltest.TryAfter:
		w.Header().Set("Retry-After", strconv.Itoa(int(channeltest.RestAsked/time.Second)))
		refuse(http.StatusTooManyRequests, "20429", "1")
	case channeltest.Never:
		refuse(http.StatusBadRequest, "21617", "4")
	case channeltest.NoSuchAddress:
		refuse(http.StatusBadRequest, "21211", "6")
	default:
		p.mu.Lock()
		p.received = append(p.received, got)
		n := len(p.received)
		p.mu.Unlock()
		if said == channeltest.Vanish {
			channeltest.Vanished()
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"code": 0, "sid": "SM%d", "messages": [{"id": %d}]}`, n, 9007199254740993+n)
	}
}

func (p *provider) Received() []channeltest.Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channeltest.Received(nil), p.received...)
}

func (p *provider) Answer(f func(to string) channeltest.Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func TestConformance(t *testing.T) {
	for name, document := range map[string]string{"a body of JSON": byJSON, "a form": byForm} {
		t.Run(name, func(t *testing.T) {
			channeltest.Run(t, func(t *testing.T) channeltest.Door {
				s, p := openProvider(t, document)
				return channeltest.Door{
					Sender: s, Peer: p, TextOnly: true, Provider: true, Address: func(n int) string { return fmt.Sprintf("+3361234%04d", n) },
				}
			})
		})
	}
}

func bonjour() *channel.Message {
	return &channel.Message{Key: "d_1", To: "+33612345678", Text: "Bonjour {{ key }} \"é\""}
}

func TestARequestIsTheOneThatWasWrittenDown(t *testing.T) {
	s, p := openProvider(t, byJSON)
	for want, from := range map[string]string{"Atelier": "", "36180": "36180"} {
		m := bonjour()
		m.From = from
		reference, err := s.SendReceipted(t.Context(), m)
		if err != nil || !strings.HasPrefix(reference, "90071992547409") {
			t.Fatalf("reference %q, error %v", reference, err)
		}
		p.mu.Lock()
		body := p.requests[len(p.requests)-1]
		if got := p.headers[0].Get("Idempotency-Key"); got != "d_1" {
			t.Errorf("Idempotency-Key %q", got)
		}
		p.mu.Unlock()
		full := `{"messages":[{"to":"33612345678","from":"` + want + `","text":"Bonjour {{ key }} \"é\"","ref":"d_1","retries":12345678901234567890}]}`
		if diff := cmp.Diff(full, body); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	}
	form, q := openProvider(t, byForm)
	reference, err := form.SendReceipted(t.Context(), bonjour())
	if err != nil || reference != "SM1" {
		t.Errorf("reference %q, error %v", reference, err)
	}
	const want = "Account=token-1234&Body=Bonjour+%7B%7B+key+%7D%7D+%22%C3%A9%22&From=Atelier&Ref=d_1&To=%2B33612345678"
	if diff := cmp.Diff(want, q.requests[0]); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestAnswersAreJudged(t *testing.T) {
	for _, test := range []struct {
		means  string // in place of the document's
		status int
		body   string
		want   channel.Failure // zero: taken
	}{
		{``, 200, `not JSON`, channel.Failure{}},
		{``, 201, ``, channel.Failure{}},
		{``, 302, ``, channel.Failure{Code: 302, Reason: "the provider refuses the message"}},
		{``, 400, `{`, channel.Failure{Code: 400, Reason: "the provider refuses the message"}},
		{``, 401, ``, channel.Failure{Temporary: true, Code: 401, Reason: "the provider refuses the account"}},
		{``, 408, ``, channel.Failure{Temporary: true, Code: 408, Reason: "the provider cannot take it now"}},
		{``, 502, `<html>`, channel.Failure{Temporary: true, Code: 502, Reason: "the provider cannot take it now"}},
		{`{"temporary": [400], "permanent": [503]}`, 400, ``, channel.Failure{Temporary: true, Code: 400, Reason: "the provider refuses the message"}},
		{`{"temporary": [400], "permanent": [503]}`, 503, ``, channel.Failure{Code: 503, Reason: "the provider refuses the message"}},
		{`{"code": "/m/0/status", "takenCodes": ["0"]}`, 200, `{"m": [{"status": "0"}]}`, channel.Failure{}},
		{`{"code": "/m/0/status", "takenCodes": ["0"]}`, 200, `{"m": [{"status": 7}]}`, channel.Failure{Code: 7, Reason: "the provider refuses the message"}},
		{`{"code": "/m/0/status", "takenCodes": ["0"]}`, 200, `{"m": {}}`, channel.Failure{Code: 200, Reason: "the provider refuses the message"}},
		{`{"code": "/e~1f", "deadCodes": ["x"]}`, 404, `{"e/f": "x"}`, channel.Failure{Suppress: true, Code: 404, Reason: "no such number"}},
	} {
		document := byJSON
		if test.means != "" {
			document = document[:strings.Index(document, `"answer"`)] + `"answer": ` + test.means + "}"
		}
		s, p := openProvider(t, document)
		p.plain = func(w http.ResponseWriter) {
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		}
		err := s.Send(t.Context(), bonjour())
		if test.want == (channel.Failure{}) {
			if err != nil {
				t.Errorf("%d %s: %v", test.status, test.body, err)
			}
			continue
		}
		var failure *channel.Failure
		if !errors.As(err, &failure) {
			t.Fatalf("%d %s: error %v", test.status, test.body, err)
		}
		if diff := cmp.Diff(test.want, *failure); diff != "" {
			t.Errorf("%d %s (-want +got):\n%s", test.status, test.body, diff)
		}
	}
}

func TestWhatIsNoTextIsRefusedBeforeItLeaves(t *testing.T) {
	s, p := openProvider(t, strings.Replace(byJSON, "255", "2", 1))
	for name, spoil := range map[string]func(*channel.Message){
		"a national number": func(m *channel.Message) { m.To = "0612345678" },
		"letters":           func(m *channel.Message) { m.To = "+33six12345" },
		"three segments":    func(m *channel.Message) { m.Text = strings.Repeat("a", 307) },
		"nothing but HTML":  func(m *channel.Message) { m.Text, m.HTML = "", "<p>" },
	} {
		m := bonjour()
		spoil(m)
		var failure *channel.Failure
		if err := s.Send(t.Context(), m); !errors.As(err, &failure) || failure.Temporary || failure.Suppress {
			t.Errorf("%s: error %v, want a permanent failure", name, err)
		}
	}
	if len(p.requests) != 0 {
		t.Errorf("%d left", len(p.requests))
	}
}
