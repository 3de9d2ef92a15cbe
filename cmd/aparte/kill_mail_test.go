package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// TestNobodyGetsTwoMailsThroughKill9 has mails leave, signed, to a server that refuses one in fifty for the time being, and
// kills the process when half have arrived (of two people, about one is not written to: silence is a choice). Whoever was decided to be written to has one mail at last, or waits for the next
// attempt after a refusal; or the mail was on its way when the process died, and that is to be seen. Nobody has two.
func TestNobodyGetsTwoMailsThroughKill9(t *testing.T) {
	t.Parallel()
	p := postOf(t, 400, "rsa", 8)
	p.start(t)
	p.want(t)
	p.until(t, 100)
	p.kill()
	arrived := len(p.box.Mails())
	p.start(t)
	p.settle(t)
	one, waiting, unknown := p.count(t)
	t.Logf("killed when %d of %d mails had arrived; %d have one, %d wait after a refusal, of %d nobody can know", arrived, p.people, one, waiting, unknown)
	if unknown > p.width {
		t.Errorf("%d mails were on their way, by %d connections", unknown, p.width)
	}
	p.verify(t)
}

// BenchmarkMailsThroughAKill is the same for more people, and says how many mails a second arrive until the kill, from when all
// have asked for them: decided, composed, signed, durable before and after each, both ends on this machine. It goes on until those
// that were refused are tried a second time.
func BenchmarkMailsThroughAKill(b *testing.B) {
	for _, test := range []struct {
		key   string
		width int
	}{{"rsa", 8}, {"rsa", 24}, {"ed25519", 24}} {
		b.Run(fmt.Sprintf("%s/%d", test.key, test.width), func(b *testing.B) {
			const people = 6_000
			for b.Loop() {
				p := postOf(b, people, test.key, test.width)
				p.start(b)
				p.want(b)
				began, at := time.Now(), len(p.box.Mails())
				p.until(b, max(people/4, at+1))
				rate := float64(len(p.box.Mails())-at) / time.Since(began).Seconds()
				p.kill()
				p.start(b)
				p.settle(b)
				one, waiting, unknown := p.count(b)
				b.Logf("%d mails had arrived when all had asked; %d have one, %d wait after a refusal, of %d nobody can know", at, one, waiting, unknown)
				p.again(b)
				one, waiting, unknown = p.count(b)
				b.Logf("after their second attempt %d have one, %d wait, of %d nobody can know", one, waiting, unknown)
				if waiting > 0 {
					b.Errorf("%d were refused once and have nothing", waiting)
				}
				b.ReportMetric(rate, "mails/s")
				b.ReportMetric(float64(unknown), "unknown")
				p.verify(b)
				p.kill()
			}
		})
	}
}

// post is a process that writes to people, and where its mails arrive.
type post struct {
	*process
	box    *mailbox.Mailbox
	people int
	width  int // connections to the mail server
	data   string
	brand  string
	key    email.Key
	file   string

	mu      sync.Mutex
	refused map[string]bool
}

func postOf(tb testing.TB, people int, kind string, width int) *post {
	tb.Helper()
	dir := tb.TempDir()
	p := &post{people: people, width: width, data: filepath.Join(dir, "data"), brand: filepath.Join(dir, "brand.json"), file: filepath.Join(dir, "key.pem"), refused: map[string]bool{}}
	if err := writeKey(p.file, kind); err != nil {
		tb.Fatal(err)
	}
	signer, err := email.ReadKey(p.file)
	if err != nil {
		tb.Fatal(err)
	}
	p.key = email.Key{Domain: "lantern.example", Selector: "s1", Signer: signer}
	body, err := json.Marshal(notes())
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(p.brand, body, 0o600); err != nil {
		tb.Fatal(err)
	}
	if p.box, err = mailbox.StartWith(context.Background(), mailbox.Config{MaxMails: 2 * people, MaxBytes: 1 << 30}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.box.Close() })
	p.box.Refuse(p.refuse)
	return p
}

// refuse refuses one address in fifty, the first time.
func (p *post) refuse(to string) *mailbox.Refusal {
	h := fnv.New32a()
	h.Write([]byte(to))
	if h.Sum32()%50 != 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused[to] {
		return nil
	}
	p.refused[to] = true
	return &mailbox.Refusal{Code: 451, EnhancedCode: [3]int{4, 7, 1}, Message: "later"}
}

// notes is a brand that writes to whoever wants a note.
func notes() *aparte.Brand {
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	element := func(name, text string) aparte.Element {
		return aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words(text)}}}
	}
	return &aparte.Brand{
		Name: "Lantern", Home: "http://shop.example", Currency: "EUR", Locale: "en", Zone: "UTC",
		Style:   aparte.Style{Ink: "#222222", Paper: "#ffffff", Accent: "#b8381f", OnAccent: "#ffffff", FontFamily: "serif"},
		Sender:  aparte.Sender{Name: "Lantern", Address: "hello@lantern.example", Postal: "1 Street"},
		Layouts: []aparte.Layout{{ID: "mail", Name: words("Mail"), Channels: []aparte.Channel{aparte.Email}, HTML: `<p>{{ elements.headline }}</p>`}},
		Contents: []aparte.Content{{
			ID: "note", Name: words("Note"), Kind: "service", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Email},
			Layouts: []aparte.LayoutID{"mail"}, Link: "/note", Scenarios: []aparte.ScenarioID{"note"},
			Elements: []aparte.Element{element("subject", "Your note"), element("preheader", "As you asked"), element("headline", "Hello"), element("body", "It burns."), element("cta", "See it")},
		}},
		Objectives: []aparte.Objective{{ID: "click", Name: words("Click"), Event: aparte.EventClicked, Value: "500.0", Window: aparte.Duration(time.Minute)}},
		Scenarios:  []aparte.Scenario{{ID: "note", Name: words("Note"), After: "Note Wanted", Channel: aparte.Email}},
	}
}

func (p *post) start(tb testing.TB) {
	tb.Helper()
	p.process = begin(tb, tb.TempDir(), "serve", "--addr=127.0.0.1:0", "--data="+p.data, "--assets="+tb.TempDir(),
		"--write-key="+testWriteKey, "--secret-key="+testSecretKey, "--brand="+p.brand, "--smtp="+p.box.Addr(), "--from=hello@lantern.example",
		"--dkim=s1="+p.file, fmt.Sprint("--smtp-connections=", p.width))
}

// want has everybody ask for a note.
func (p *post) want(tb testing.TB) {
	tb.Helper()
	const most = 400
	for from := 0; from < p.people; from += most {
		var events []string
		for i := from; i < min(from+most, p.people); i++ {
			events = append(events,
				fmt.Sprintf(`{"type":"identify","userId":"u%[1]d","messageId":"i%[1]d","traits":{"email":"u%[1]d@example.com"}}`, i),
				fmt.Sprintf(`{"type":"track","event":"Note Wanted","userId":"u%[1]d","messageId":"w%[1]d"}`, i))
		}
		a, err := p.ask("POST", "/v1/batch", testWriteKey, []byte(`{"batch":[`+strings.Join(events, ",")+`]}`))
		if err != nil || a.status != http.StatusOK {
			tb.Fatalf("batch: %v %d %s", err, a.status, a.body)
		}
	}
}

func (p *post) until(tb testing.TB, mails int) {
	tb.Helper()
	eventually(tb, "written enough", func() bool { return len(p.box.Mails()) >= mails })
}

// settle waits until nothing more arrives that is not waiting for another attempt.
func (p *post) settle(tb testing.TB) {
	tb.Helper()
	eventually(tb, "written to everybody", func() bool {
		for i := range p.people {
			for _, timer := range p.of(tb, i).Timers {
				if strings.HasPrefix(timer.Name, "scenario:") || strings.HasPrefix(timer.Name, "deliver:") && strings.HasSuffix(timer.Name, ":1") {
					return false
				}
			}
		}
		return true
	})
}

// again waits until those that were refused have been tried again, which is a minute or a little more after the refusal.
func (p *post) again(tb testing.TB) {
	tb.Helper()
	eventually(tb, "tried again", func() bool {
		for i := range p.people {
			for _, timer := range p.of(tb, i).Timers {
				if strings.HasPrefix(timer.Name, "deliver:") {
					return false
				}
			}
		}
		return true
	})
}

func (p *post) of(tb testing.TB, i int) (who struct {
	Timers []struct {
		Name string `json:"name"`
	} `json:"timers"`
}) {
	tb.Helper()
	p.read(tb, fmt.Sprintf("/v1/admin/people/userId:u%d", i), &who)
	return who
}

func (p *post) read(tb testing.TB, path string, into any) {
	tb.Helper()
	a, err := p.ask("GET", path, testSecretKey, nil)
	if err != nil || a.status != http.StatusOK {
		tb.Fatalf("%s: %v %d %s", path, err, a.status, a.body)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		tb.Fatal(err)
	}
}

// count says how many of those who were decided to be written to have one mail, wait for another attempt, or have a mail of
// which nobody can know; it fails where anybody is none of these or has two mails.
func (p *post) count(tb testing.TB) (one, waiting, unknown int) {
	tb.Helper()
	got := map[string]int{}
	for _, m := range p.box.Mails() {
		got[m.To]++
	}
	for i := range p.people {
		var decided struct {
			Decisions []struct {
				Silent bool `json:"silent"`
			} `json:"decisions"`
		}
		p.read(tb, fmt.Sprintf("/v1/admin/people/userId:u%d/decisions", i), &decided)
		spoken := 0
		for _, d := range decided.Decisions {
			if !d.Silent {
				spoken++
			}
		}
		retry, begun := 0, 0
		for _, timer := range p.of(tb, i).Timers {
			switch {
			case strings.HasPrefix(timer.Name, "deliver:"):
				retry++
			case strings.HasPrefix(timer.Name, "attempt:"):
				begun++
			}
		}
		switch mails := got[fmt.Sprintf("u%d@example.com", i)]; {
		case mails > spoken:
			tb.Errorf("u%d has %d mails of %d decisions", i, mails, spoken)
		case begun > 0:
			unknown++
		case retry > 0 && mails == 0:
			waiting++
		case mails == spoken:
			one += mails
		default:
			tb.Errorf("u%d was to be written to and has nothing, and nothing says so", i)
		}
	}
	return one, waiting, unknown
}

// verify looks at the signature of the mails.
func (p *post) verify(tb testing.TB) {
	tb.Helper()
	record, err := p.key.Record()
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range p.box.Mails()[:10] {
		found, err := dkim.VerifyWithOptions(strings.NewReader(string(m.Raw)), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{record}, nil }})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			tb.Errorf("a mail's signature does not pass: %v", err)
		}
	}
}
