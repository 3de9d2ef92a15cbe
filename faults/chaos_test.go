package faults

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/exchange/querytest"
)

var (
	chaos = flag.Duration("chaos", 10*time.Second, "how long nodes are harmed")
	seed  = flag.Uint64("seed", 0, "of the harm; 0: another one each time")

	clocks = flag.Bool("clocks", false, "whether the nodes' clocks are wrong, and jump, by up to ten minutes: the standard library is compiled for it")
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
	replica  *querytest.Server // that follows it
	box      *mailbox.Mailbox
	nodes    []*node

	harms int // that nodes, lines and the database suffered; each may take as many mails as a node has on their way

	mu    sync.Mutex
	acked []event
	left  map[string]time.Time // when it was acknowledged that somebody withdrew their consent
}

// event is one that was acknowledged.
type event struct{ person, message, name string }

// What people want by their events: a note is service, and an offer marketing, which needs a consent and is bounded.
const (
	noteWanted  = "Note Wanted"
	offerWanted = "Offer Wanted"
	mostOffers  = 1 // to one person in an hour, which no run lasts
)

// TestChaos harms nodes, their database and the lines between all of them while people come by all nodes, and then reads everything: each
// acknowledged event is in its person's history once; whoever wanted a note was decided upon once, has at most one, and it is known what became
// of it; nobody has more offers than the brand allows, or one that left after they had withdrawn; no timer is left that is due; and the store holds together.
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
	var seen map[string]int
	all.Go(func() { seen = w.storms(ctx, rand.New(rand.NewPCG(*seed, writers+1))) })
	w.harm(ctx, rand.New(rand.NewPCG(*seed, 0)))
	all.Wait()
	for _, n := range seen {
		w.harms += n
	}
	t.Logf("lines: %v", seen)
	w.lastAct()
	w.check()
}

// found starts everything.
func found(t *testing.T) *town {
	t.Helper()
	dir := t.TempDir()
	w := &town{t: t, database: querytest.Run(t, "max_connections=200"), left: map[string]time.Time{}}
	var err error
	if w.box, err = mailbox.StartWith(context.Background(), mailbox.Config{MaxMails: 1 << 20, MaxBytes: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.box.Close() })
	text, err := json.Marshal(brand())
	if err != nil {
		t.Fatal(err)
	}
	brand := filepath.Join(dir, "brand.json")
	if err := os.WriteFile(brand, text, 0o600); err != nil {
		t.Fatal(err)
	}
	w.replica = w.database.Replica()
	command := build(t)
	if *clocks {
		command = buildWrong(t)
	}
	rng := rand.New(rand.NewPCG(*seed, writers+3))
	for i := range nodes {
		env := []string{"APARTE_MASTER_KEY_FILE=" + filepath.Join(dir, "master.key"), jumps(rng)}
		n := newNode(t, command, env, w.database.Address, w.box.Addr(), "--data="+filepath.Join(dir, fmt.Sprint("node", i)), "--assets="+t.TempDir(), "--brand="+brand,
			"--write-key="+writeKey, "--secret-key="+secretKey, "--from=hello@lantern.example", fmt.Sprint("--smtp-connections=", mailConnections))
		w.nodes = append(w.nodes, n)
		if _, err := n.read("/v1/admin/brand"); err != nil { // one after another, so that the first makes the master key
			t.Fatal(err)
		}
	}
	return w
}

// brand writes to whoever wants a note or an offer.
func brand() *aparte.Brand {
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	element := func(name, text string) aparte.Element {
		return aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words(text)}}}
	}
	content := func(id aparte.ContentID, purpose aparte.Purpose) aparte.Content {
		return aparte.Content{
			ID: id, Name: words(string(id)), Kind: string(id), Purpose: purpose, Channels: []aparte.Channel{aparte.Email},
			Layouts: []aparte.LayoutID{"mail"}, Link: "/" + string(id), Scenarios: []aparte.ScenarioID{aparte.ScenarioID(id)},
			Elements: []aparte.Element{element("subject", "Your "+string(id)), element("preheader", "As you asked"), element("headline", "Hello"), element("body", "It burns."), element("cta", "See it")},
		}
	}
	return &aparte.Brand{
		Name: "Lantern", Home: "http://shop.example", Currency: "EUR", Locale: "en", Zone: "UTC",
		Style:      aparte.Style{Ink: "#222222", Paper: "#ffffff", Accent: "#b8381f", OnAccent: "#ffffff", FontFamily: "serif"},
		Sender:     aparte.Sender{Name: "Lantern", Address: "hello@lantern.example", Postal: "1 Street"},
		Layouts:    []aparte.Layout{{ID: "mail", Name: words("Mail"), Channels: []aparte.Channel{aparte.Email}, HTML: `<p>{{ elements.headline }}</p>`}},
		Contents:   []aparte.Content{content("note", aparte.Service), content("offer", aparte.Marketing)},
		Objectives: []aparte.Objective{{ID: "click", Name: words("Click"), Event: aparte.EventClicked, Value: "500.0", Window: aparte.Duration(time.Minute)}},
		Scenarios: []aparte.Scenario{
			{ID: "note", Name: words("Note"), After: noteWanted, Channel: aparte.Email},
			{ID: "offer", Name: words("Offer"), After: offerWanted, Channel: aparte.Email},
		},
		Pressure: aparte.Pressure{Caps: []aparte.Cap{{Channel: aparte.Email, Most: mostOffers, Within: aparte.Duration(time.Hour)}}},
	}
}

// identify is the line of a batch by which somebody has an address.
func identify(person string) string {
	return fmt.Sprintf(`{"type":"identify","userId":%[1]q,"messageId":"i-%[1]s","traits":{"email":"%[1]s@example.com"}}`, person)
}

// consents is the line by which somebody says whether offers may be written to them, for good.
func consents(person string, granted bool) string {
	return fmt.Sprintf(`{"type":"identify","userId":%[1]q,"messageId":"c-%[2]t-%[1]s","traits":{"email":"%[1]s@example.com","consents":[{"purpose":"marketing","channel":"email","granted":%[2]t,"source":"form"}]}}`, person, granted)
}

// wants is the line by which somebody wants something.
func wants(e event) string {
	return fmt.Sprintf(`{"type":"track","event":%q,"userId":%q,"messageId":%q}`, e.name, e.person, e.message)
}

// wide is wants with as much as a browser says.
func wide(e event) string {
	return fmt.Sprintf(`{"type":"track","event":%q,"userId":%q,"messageId":%q,"properties":{"text":%q}}`, e.name, e.person, e.message, strings.Repeat("much ", 100))
}

// batch is a request's body of lines.
func batch(lines ...string) []byte { return []byte(`{"batch":[` + strings.Join(lines, ",") + `]}`) }

// write has people come until ctx ends. What is not acknowledged is sent again by another node, some of what is, too, and some batches have a record that is none.
func (w *town) write(ctx context.Context, rng *rand.Rand, writer int) {
	var leaving []string
	for n := 0; ctx.Err() == nil; n++ {
		var events []event
		var lines []string
		poison := 0
		for i := range 1 + rng.IntN(12) {
			e := event{person: fmt.Sprintf("u-%d-%d", writer, rng.IntN(200)), message: fmt.Sprintf("m-%d-%d-%d", writer, n, i), name: "Thing Done"}
			line := fmt.Sprintf(`{"type":"track","event":%q,"userId":%q,"anonymousId":"a%s","messageId":%q}`, e.name, e.person, e.person, e.message)
			switch rng.IntN(18) {
			case 0, 1: // somebody new, who wants a note
				e.person, e.name = fmt.Sprintf("note-%d-%d-%d", writer, n, i), noteWanted
				lines, line = append(lines, identify(e.person)), wants(e)
			case 2: // somebody new, who wants an offer, and then none any more
				e.person, e.name = fmt.Sprintf("leaver-%d-%d-%d", writer, n, i), offerWanted
				lines, line = append(lines, consents(e.person, true)), wants(e)
				leaving = append(leaving, e.person)
			case 3: // somebody who wants one offer after the other
				e.person, e.name = fmt.Sprintf("keen-%d-%d", writer, rng.IntN(20)), offerWanted
				lines, line = append(lines, consents(e.person, true)), wants(e)
			case 4:
				poison++
				lines = append(lines, fmt.Sprintf(`{"type":"track","event":"","userId":"poison","messageId":"p-%s","properties":[]}`, e.message))
			}
			events, lines = append(events, e), append(lines, line)
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		repeat := 1 + rng.IntN(4)/3
		for range repeat {
			w.deliver(batch(lines...), poison > 0, rng)
		}
		w.took(events...)
		if len(leaving) > 0 && rng.IntN(3) == 0 {
			w.leave(rng, leaving...)
			leaving = nil
		}
	}
}

// took notes what was acknowledged.
func (w *town) took(events ...event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked = append(w.acked, events...)
}

// leave has people withdraw their consent.
func (w *town) leave(rng *rand.Rand, people ...string) {
	var lines []string
	for _, person := range people {
		lines = append(lines, consents(person, false))
	}
	w.deliver(batch(lines...), false, rng)
	at := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, person := range people {
		w.left[person] = at
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
		switch rng.IntN(6) {
		case 0:
			done["killed"]++
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
				n.kill()
			}
			for _, n := range w.nodes {
				n.begin()
			}
		case 5:
			done["database failed over"]++
			w.failOver()
		}
	}
	for _, n := range done {
		w.harms += n
	}
	w.t.Logf("nodes and database: %v", done)
}

// failOver kills the database for good, and has its replica take its place, which another one follows then.
func (w *town) failOver() {
	w.database.Crash()
	w.replica.Promote()
	w.database = w.replica
	for _, n := range w.nodes {
		n.database.lead(socket(w.database.Host()))
	}
	w.replica = w.database.Replica()
}

// lastAct has people want offers while no mail can leave, and some of them withdraw before any can: these have none, and of the others nobody more
// than is allowed, though they were decided upon as if they had none.
func (w *town) lastAct() {
	const people = 16
	rng := rand.New(rand.NewPCG(*seed, writers+2))
	for _, n := range w.nodes {
		n.mail.set(weather{silent: [2]bool{true, true}})
	}
	var leaving []string
	for i := range people {
		leaving = append(leaving, fmt.Sprint("last-leaver-", i))
	}
	want := func(round int, who ...string) {
		var events []event
		var lines []string
		for _, person := range who {
			e := event{person: person, message: fmt.Sprintf("m-%s-%d", person, round), name: offerWanted}
			events, lines = append(events, e), append(lines, consents(person, true), wants(e))
		}
		w.deliver(batch(lines...), false, rng)
		w.took(events...)
		for _, person := range who {
			w.decided(w.nodes[0], person, round)
		}
	}
	want(1, leaving...)
	for round := range 3 {
		var keen []string
		for i := range people {
			keen = append(keen, fmt.Sprint("last-keen-", i))
		}
		want(1+round, keen...)
	}
	w.leave(rng, leaving...)
	for _, n := range w.nodes {
		n.mail.set(weather{})
	}
}
