package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fate is what became of what somebody wanted.
type fate struct {
	spoken  int  // how often it was decided to write to them
	mails   int  // that arrived
	waiting bool // one is to be tried again
	unknown bool // of one nobody knows
}

// check looks for everything.
func (w *town) check() {
	w.t.Helper()
	at := w.nodes[0]
	byPerson := map[string][]event{}
	for _, e := range w.acked {
		byPerson[e.person] = append(byPerson[e.person], e)
	}
	w.t.Logf("%d events of %d people were acknowledged, and that %d of them withdrew", len(w.acked), len(byPerson), len(w.left))
	if len(w.acked) == 0 {
		w.t.Fatal("nothing was acknowledged: the run shows nothing")
	}
	fates, decisions := map[string]*fate{}, 0
	for _, person := range slices.Sorted(maps.Keys(byPerson)) {
		kept := w.history(at, person)
		for _, e := range byPerson[person] {
			if kept.messages[e.message] != 1 {
				w.t.Errorf("%s of %s is in the history %d times", e.message, person, kept.messages[e.message])
			}
		}
		if byPerson[person][0].name == "Thing Done" {
			continue
		}
		f := &fate{}
		fates[person] = f
		taken := w.decided(at, person, 1)
		decisions += len(taken)
		for _, d := range taken {
			if d.speaks() {
				f.spoken++
			}
			if left, ok := w.left[person]; ok && d.speaks() && d.At.After(left) {
				w.t.Errorf("%s was to be written to at %v, having withdrawn before %v", person, d.At, left)
			}
		}
		if strings.HasPrefix(person, "note-") && len(taken) != 1 {
			w.t.Errorf("%s wanted a note, and was decided upon %d times", person, len(taken))
		}
	}
	for person, f := range fates {
		if f.spoken > 0 {
			f.waiting, f.unknown = w.settled(at, person)
			f.unknown = f.unknown || w.history(at, person).failed
		}
	}
	w.mails(fates)
	w.told(fates)
	w.holds(decisions)
}

// mails reads what arrived.
func (w *town) mails(fates map[string]*fate) {
	w.t.Helper()
	for _, m := range w.box.Mails() {
		for _, to := range m.Recipients {
			person, _, _ := strings.Cut(to, "@")
			f := fates[person]
			if f == nil {
				w.t.Errorf("%s has a mail, and wanted nothing", to)
				continue
			}
			f.mails++
			if left, ok := w.left[person]; ok && m.BegunAt.After(left) {
				w.t.Errorf("a mail to %s left at %v, after they had withdrawn by %v", to, m.BegunAt, left)
			}
		}
	}
	for person, f := range fates {
		if f.mails > f.spoken {
			w.t.Errorf("%s has %d mails; that they be written to was decided %d times", person, f.mails, f.spoken)
		}
		if f.mails > 1 { // notes are wanted once, and mostOffers is 1
			w.t.Errorf("%s has %d mails", person, f.mails)
		}
	}
}

// told counts what became of everybody, and looks that nothing became of nobody.
func (w *town) told(fates map[string]*fate) {
	w.t.Helper()
	var all, mails, waiting, unknown, withheld int
	for person, f := range fates {
		_, withdrew := w.left[person]
		switch {
		case f.spoken == 0:
			continue
		case f.mails > 0:
			mails++
		case f.waiting:
			waiting++
		case f.unknown:
			unknown++
		case withdrew:
			withheld++
		default:
			w.t.Errorf("%s was to be written to, and nothing tells what became of it", person)
		}
		all++
	}
	w.t.Logf("%d people were to be written to, of %d who wanted it: %d have a mail, %d wait for another attempt, %d had withdrawn, of %d nobody knows, as a node or a line was lost with their mail on its way", all, len(fates), mails, waiting, withheld, unknown)
	if unknown > w.harms*nodes*mailConnections {
		w.t.Errorf("of %d mails nobody knows, and %d harms can have taken %d", unknown, w.harms, w.harms*nodes*mailConnections)
	}
}

// story is what somebody's history says.
type story struct {
	messages map[string]int // how often each is in it
	failed   bool           // a message was given up
}

// history reads somebody's history.
func (w *town) history(at *node, person string) story {
	w.t.Helper()
	kept := story{messages: map[string]int{}}
	for before := ""; ; {
		var page struct {
			Events []struct {
				MessageID string `json:"messageId"`
				Event     string `json:"event"`
			} `json:"events"`
			Next time.Time `json:"next"`
		}
		w.read(at, "/v1/admin/people/userId:"+person+"/events?limit=500&before="+url.QueryEscape(before), &page)
		for _, e := range page.Events {
			kept.messages[e.MessageID]++
			kept.failed = kept.failed || e.Event == "Aparte Failed"
		}
		if page.Next.IsZero() {
			return kept
		}
		before = page.Next.Format(time.RFC3339Nano)
	}
}

// read asks a node and reads its answer.
func (w *town) read(at *node, path string, into any) {
	w.t.Helper()
	body, err := at.read(path)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		w.t.Fatalf("%s: %v: %.200s", path, err, body)
	}
}

// decision is one of somebody's.
type decision struct {
	At         time.Time `json:"at"`
	Chosen     int       `json:"chosen"`
	Candidates []struct {
		Content string `json:"content"`
	} `json:"candidates"`
}

func (d *decision) speaks() bool {
	return d.Chosen < len(d.Candidates) && d.Candidates[d.Chosen].Content != ""
}

// decided waits until so many decisions were taken of somebody, and is all there are.
func (w *town) decided(at *node, person string, least int) []decision {
	w.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // a moment comes by a timer
		var page struct {
			Decisions []decision `json:"decisions"`
		}
		w.read(at, "/v1/admin/people/userId:"+person+"/decisions?limit=500", &page)
		if len(page.Decisions) >= least {
			return page.Decisions
		}
		if time.Now().After(until) {
			w.t.Errorf("%s wanted something %d times, and %d decisions were taken", person, least, len(page.Decisions))
			return page.Decisions
		}
	}
}

// settled waits until no mail to somebody is due any more, and says whether one is to be tried later, and whether of one it is not known yet.
func (w *town) settled(at *node, person string) (waiting, unknown bool) {
	w.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // it leaves by a timer
		var is struct {
			Timers []struct {
				Name string    `json:"name"`
				Due  time.Time `json:"due"`
			} `json:"timers"`
		}
		w.read(at, "/v1/admin/people/userId:"+person, &is)
		waiting, unknown = false, false
		due := ""
		for _, timer := range is.Timers {
			switch kind, _, _ := strings.Cut(timer.Name, ":"); {
			case kind == "deliver" && timer.Due.After(time.Now()):
				waiting = true
			case kind == "deliver":
				due = timer.Name
			case kind == "attempt":
				unknown = true
			}
		}
		if due == "" {
			return waiting, unknown
		}
		if time.Now().After(until) {
			w.t.Errorf("a mail to %s is due and does not leave: %s", person, due)
			return waiting, unknown
		}
	}
}

// holds ends the nodes, copies the store into a directory, and has it verified: the chances of every decision among all else.
func (w *town) holds(decisions int) {
	w.t.Helper()
	for _, n := range w.nodes {
		n.end(syscall.SIGTERM)
	}
	dir := filepath.Join(w.t.TempDir(), "copy")
	said := ""
	for _, args := range [][]string{{"copy", "--from=" + w.database.Address, "--to=pebble:" + dir}, {"verify", "--json", "--data=" + dir}} {
		cmd := exec.Command(w.nodes[0].args[0], args...)
		cmd.Env = append(os.Environ(), w.nodes[0].env...)
		out, err := cmd.Output()
		if said = string(out); err != nil {
			w.t.Errorf("aparte %s: %v\n%s", args[0], err, said)
		}
	}
	var verified struct {
		Decisions int `json:"decisions"`
		Faults    []struct {
			Kind string `json:"kind"`
		} `json:"faults"`
	}
	if err := json.Unmarshal([]byte(said), &verified); err != nil {
		w.t.Fatalf("%v: %s", err, said)
	}
	if verified.Decisions < decisions || len(verified.Faults) > 0 {
		w.t.Errorf("of %d decisions the chances of %d were looked at: %s", decisions, verified.Decisions, fmt.Sprint(verified.Faults))
	}
}
