package faults

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/exchange/querytest"
)

var (
	chaos = flag.Duration("chaos", 10*time.Second, "how long nodes are harmed")
	seed  = flag.Uint64("seed", 0, "of the harm; 0: another one each time")
)

const (
	nodes   = 3
	writers = 4

	mailConnections = 4
)

// town is the installation, and what was sent to it.
type town struct {
	t        *testing.T
	database *querytest.Server
	box      *mailbox.Mailbox
	nodes    []*node

	died  int // nodes that were killed
	mu    sync.Mutex
	acked []event
}

// event is one that was acknowledged.
type event struct{ person, message, name string }

// TestChaos harms nodes and their database while people come by all of them, and then reads everything: each acknowledged event is in its
// person's history once, whoever wanted a note was decided upon once and has at most one, no timer is left that is due, and the store holds together.
func TestChaos(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("again: go test ./faults -run Chaos -chaos %v -seed %d", *chaos, *seed)
	w := found(t)
	ctx, stop := context.WithTimeout(t.Context(), *chaos)
	defer stop()
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() { w.write(ctx, rand.New(rand.NewPCG(*seed, uint64(i+1))), i) })
	}
	w.harm(ctx, rand.New(rand.NewPCG(*seed, 0)))
	all.Wait()
	w.check()
}

// found starts everything.
func found(t *testing.T) *town {
	t.Helper()
	dir := t.TempDir()
	w := &town{t: t, database: querytest.Run(t, "max_connections=200")}
	var err error
	if w.box, err = mailbox.StartWith(context.Background(), mailbox.Config{MaxMails: 1 << 20, MaxBytes: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.box.Close() })
	text, err := json.Marshal(notes())
	if err != nil {
		t.Fatal(err)
	}
	brand := filepath.Join(dir, "brand.json")
	if err := os.WriteFile(brand, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command := build(t)
	env := []string{"APARTE_MASTER_KEY_FILE=" + filepath.Join(dir, "master.key")}
	for i := range nodes {
		n := newNode(t, command, env, "--store="+w.database.Address, "--data="+filepath.Join(dir, fmt.Sprint("node", i)), "--assets="+t.TempDir(), "--brand="+brand,
			"--write-key="+writeKey, "--secret-key="+secretKey, "--smtp="+w.box.Addr(), "--from=hello@lantern.example", fmt.Sprint("--smtp-connections=", mailConnections))
		w.nodes = append(w.nodes, n)
		if _, err := n.read("/v1/admin/brand"); err != nil { // one after another, so that the first makes the master key
			t.Fatal(err)
		}
	}
	return w
}

// notes is a brand that writes to whoever wants a note, a second later.
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

// write has people come until ctx ends. What is not acknowledged is sent again by another node, some of what is, too, and some batches have a record that is none.
func (w *town) write(ctx context.Context, rng *rand.Rand, writer int) {
	for n := 0; ctx.Err() == nil; n++ {
		var events []event
		var lines []string
		poison := 0
		for i := range 1 + rng.IntN(12) {
			e := event{person: fmt.Sprintf("u-%d-%d", writer, rng.IntN(200)), message: fmt.Sprintf("m-%d-%d-%d", writer, n, i), name: "Thing Done"}
			line := fmt.Sprintf(`{"type":"track","event":%q,"userId":%q,"anonymousId":"a%s","messageId":%q}`, e.name, e.person, e.person, e.message)
			switch rng.IntN(12) {
			case 0: // somebody new, who wants a note
				e.person, e.name = fmt.Sprintf("note-%d-%d-%d", writer, n, i), "Note Wanted"
				lines = append(lines, fmt.Sprintf(`{"type":"identify","userId":%[1]q,"messageId":"i-%[1]s","traits":{"email":"%[1]s@example.com"}}`, e.person))
				line = fmt.Sprintf(`{"type":"track","event":%q,"userId":%q,"messageId":%q}`, e.name, e.person, e.message)
			case 1:
				poison++
				lines = append(lines, fmt.Sprintf(`{"type":"track","event":"","userId":"poison","messageId":"p-%s","properties":[]}`, e.message))
			}
			events, lines = append(events, e), append(lines, line)
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		body := []byte(`{"batch":[` + strings.Join(lines, ",") + `]}`)
		repeat := 1 + rng.IntN(4)/3
		for range repeat {
			w.deliver(body, poison > 0, rng)
		}
		w.mu.Lock()
		w.acked = append(w.acked, events...)
		w.mu.Unlock()
	}
}

// deliver sends a batch by some node until it is acknowledged. One that has poison in it is, but for that.
func (w *town) deliver(body []byte, poison bool, rng *rand.Rand) {
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // as clients do
		status, said, err := w.nodes[rng.IntN(len(w.nodes))].ask("POST", "/v1/batch", writeKey, body)
		switch {
		case err == nil && (status == http.StatusOK && !poison || status == http.StatusBadRequest && poison):
			return
		case err == nil && (status == http.StatusOK || status == http.StatusBadRequest):
			w.t.Errorf("a batch was refused: %s", said)
			return
		case time.Now().After(until):
			w.t.Errorf("a batch is not taken: %d %v", status, err)
			return
		}
	}
}

// harm does one harm after another until ctx ends, and leaves everything running.
func (w *town) harm(ctx context.Context, rng *rand.Rand) {
	done := map[string]int{}
	for ctx.Err() == nil {
		pause(ctx, time.Duration(rng.IntN(4000))*time.Millisecond)
		n := w.nodes[rng.IntN(len(w.nodes))]
		switch rng.IntN(5) {
		case 0:
			done["killed"]++
			w.died++
			n.kill()
			pause(ctx, time.Duration(rng.IntN(3000))*time.Millisecond)
			n.begin()
		case 1:
			done["asked to end"]++
			n.end(os.Interrupt)
			n.begin()
		case 2:
			done["held up"]++
			n.hold(ctx, time.Duration(rng.IntN(25))*time.Second)
		case 3:
			done["database crashed"]++
			w.database.Crash()
			pause(ctx, time.Duration(rng.IntN(2000))*time.Millisecond)
			w.database.Begin()
		case 4: // all at once
			done["all killed"]++
			for _, n := range w.nodes {
				w.died++
				n.kill()
			}
			for _, n := range w.nodes {
				n.begin()
			}
		}
	}
	w.t.Logf("%v", done)
}

// check looks for everything.
func (w *town) check() {
	w.t.Helper()
	at := w.nodes[0]
	byPerson := map[string][]event{}
	for _, e := range w.acked {
		byPerson[e.person] = append(byPerson[e.person], e)
	}
	w.t.Logf("%d events of %d people were acknowledged", len(w.acked), len(byPerson))
	if len(w.acked) == 0 {
		w.t.Fatal("nothing was acknowledged: the run shows nothing")
	}
	wanted, spoken := 0, map[string]bool{} // addresses that were decided to be written to
	for _, person := range slices.Sorted(maps.Keys(byPerson)) {
		kept := w.history(at, person)
		for _, e := range byPerson[person] {
			if kept[e.message] != 1 {
				w.t.Errorf("%s of %s is in the history %d times", e.message, person, kept[e.message])
			}
			if e.name == "Note Wanted" {
				wanted++
				if w.decidedOnce(at, person) {
					spoken[person+"@example.com"] = true
				}
			}
		}
	}
	w.delivered(at, spoken)
	mails := map[string]int{}
	for _, m := range w.box.Mails() {
		for _, to := range m.Recipients {
			mails[to]++
		}
	}
	for to, n := range mails {
		if n > 1 || !spoken[to] {
			w.t.Errorf("%s has %d mails; that they be written to was decided: %v", to, n, spoken[to])
		}
	}
	w.t.Logf("%d wanted a note, %d were to have one, %d have; of the others nobody can know: a node died with their mail on its way", wanted, len(spoken), len(mails))
	if lost := len(spoken) - len(mails); lost > w.died*mailConnections {
		w.t.Errorf("%d have none, and %d deaths can have taken %d", lost, w.died, w.died*mailConnections)
	}
	w.holds()
}

// history is how often each message is in somebody's history.
func (w *town) history(at *node, person string) map[string]int {
	w.t.Helper()
	kept := map[string]int{}
	for before := ""; ; {
		body, err := at.read("/v1/admin/people/userId:" + person + "/events?limit=500&before=" + url.QueryEscape(before))
		if err != nil {
			w.t.Fatal(err)
		}
		var page struct {
			Events []struct {
				MessageID string `json:"messageId"`
			} `json:"events"`
			Next time.Time `json:"next"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			w.t.Fatalf("%v: %.200s", err, body)
		}
		for _, e := range page.Events {
			kept[e.MessageID]++
		}
		if page.Next.IsZero() {
			return kept
		}
		before = page.Next.Format(time.RFC3339Nano)
	}
}

// decidedOnce waits until somebody's moment was decided, looks that it was once, and says whether they are to be written to.
func (w *town) decidedOnce(at *node, person string) (speaks bool) {
	w.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // the moment comes by a timer
		body, err := at.read("/v1/admin/people/userId:" + person + "/decisions?limit=10")
		if err != nil {
			w.t.Fatal(err)
		}
		var page struct {
			Decisions []struct {
				Chosen     int `json:"chosen"`
				Candidates []struct {
					Content string `json:"content"`
				} `json:"candidates"`
			} `json:"decisions"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			w.t.Fatalf("%v: %.200s", err, body)
		}
		if len(page.Decisions) > 0 {
			if len(page.Decisions) != 1 {
				w.t.Errorf("%s was decided upon %d times", person, len(page.Decisions))
			}
			d := page.Decisions[0]
			return d.Chosen < len(d.Candidates) && d.Candidates[d.Chosen].Content == "note"
		}
		if time.Now().After(until) {
			w.t.Errorf("%s wanted a note, and nothing was decided", person)
			return false
		}
	}
}

// delivered waits until no mail is to leave any more.
func (w *town) delivered(at *node, spoken map[string]bool) {
	w.t.Helper()
	for to := range spoken {
		person, _, _ := strings.Cut(to, "@")
		for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // it leaves by a timer
			body, err := at.read("/v1/admin/people/userId:" + person)
			if err != nil {
				w.t.Fatal(err)
			}
			if !strings.Contains(string(body), `"deliver:`) {
				break
			}
			if time.Now().After(until) {
				w.t.Errorf("a mail to %s waits: %s", person, body)
				break
			}
		}
	}
}

// holds ends the nodes, copies the store into a directory, and has it verified.
func (w *town) holds() {
	w.t.Helper()
	for _, n := range w.nodes {
		n.end(syscall.SIGTERM)
	}
	dir := filepath.Join(w.t.TempDir(), "copy")
	for _, args := range [][]string{{"copy", "--from=" + w.database.Address, "--to=pebble:" + dir}, {"verify", "--data=" + dir}} {
		cmd := exec.Command(w.nodes[0].args[0], args...)
		cmd.Env = append(os.Environ(), w.nodes[0].env...)
		if said, err := cmd.CombinedOutput(); err != nil {
			w.t.Errorf("aparte %s: %v\n%s", args[0], err, said)
		}
	}
}
