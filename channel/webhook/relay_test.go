package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
)

// branch is a node that writes notices into the log of a house, and tells nobody.
type branch struct {
	*webhook.Relay
	house *house
}

func (h *house) branch() *branch {
	h.t.Helper()
	r, err := webhook.NewRelay(h.t.Context(), h.docs)
	if err != nil {
		h.t.Fatal(err)
	}
	return &branch{r, h}
}

func (b *branch) refresh() {
	b.house.t.Helper()
	if err := b.Refresh(b.house.t.Context()); err != nil {
		b.house.t.Fatal(err)
	}
}

// order is that of house, in a part of the branch's.
func (b *branch) order(person byte, seq uint64) string {
	for _, to := range b.Wanted(aparte.OrderCompleted) {
		n := aparte.Notice{To: to, Kind: aparte.OrderCompleted, Person: aparte.PersonID{person}, Seq: seq, At: b.house.now}
		b.house.log.write(n)
		b.Written(int(person), []aparte.Notice{n})
	}
	return fmt.Sprintf("msg_%02x%s_%s_order.completed", person, strings.Repeat("0", 30), base36(seq))
}

// hand over what happened, as it goes between nodes.
func (b *branch) handOver() {
	b.house.t.Helper()
	body, err := json.Marshal(b.Take())
	if err != nil {
		b.house.t.Fatal(err)
	}
	var heard webhook.Tidings
	if err := json.Unmarshal(body, &heard); err != nil {
		b.house.t.Fatal(err)
	}
	b.house.Heard(heard)
}

func (h *house) recount(part int) {
	h.t.Helper()
	if err := h.Recount(h.t.Context(), part); err != nil {
		h.t.Fatal(err)
	}
}

// settled wants nothing to wait any more, nor be believed to.
func (h *house) settled(when string, want []string, c *crm) {
	h.t.Helper()
	got := c.taken()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s: taken (-want +got):\n%s", when, diff)
	}
	if s := h.state(); h.log.left() != 0 || s.Waiting != 0 || s.Stopped != "" {
		h.t.Errorf("%s: %d wait; %+v", when, h.log.left(), s)
	}
}

func TestARelayWantsWhatTheHooksWant(t *testing.T) {
	h, c := open(t), newCRM(t)
	b := h.branch()
	same := func(when string, some bool) {
		t.Helper()
		b.refresh()
		if len(b.Wanted(aparte.OrderCompleted)) > 0 != some {
			t.Errorf("%s: %v want orders", when, b.Wanted(aparte.OrderCompleted))
		}
		for _, kind := range aparte.NoticeKinds {
			if !slices.Equal(b.Wanted(kind), h.Wanted(kind)) {
				t.Errorf("%s: of %s %v, want %v", when, kind, b.Wanted(kind), h.Wanted(kind))
			}
		}
	}
	same("before there is any", false)
	e := webhook.Endpoint{ID: "crm", URL: c.URL, Kinds: []aparte.NoticeKind{aparte.OrderCompleted, aparte.TaskOpened}}
	h.put(e)
	h.put(webhook.Endpoint{ID: "books", URL: c.URL, Kinds: []aparte.NoticeKind{aparte.TaskOpened}})
	if len(b.Wanted(aparte.OrderCompleted)) > 0 {
		t.Error("it knows of an endpoint before it has looked")
	}
	same("of two", true)
	reads := h.docs.reads
	b.refresh()
	if h.docs.reads != reads {
		t.Error("what has not changed is read again")
	}
	c.say(always(410))
	h.order(1, 1)
	h.step()
	same("one is stopped", false)
	h.put(e)
	same("it is enabled again", true)
	if err := h.Delete(t.Context(), "crm"); err != nil {
		t.Fatal(err)
	}
	same("it is gone", false)
	h.put(e)
	b.refresh()
	if _, err := h.docs.PutDocument(t.Context(), webhook.Document, []byte("{")); err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(t.Context()); err == nil || len(b.Wanted(aparte.OrderCompleted)) != 1 {
		t.Errorf("of a document that is damaged: %v, and %v are told", err, b.Wanted(aparte.OrderCompleted))
	}
}

func TestWhatABranchWritesIsToldByTheOffice(t *testing.T) {
	h, c := open(t), newCRM(t)
	c.secret = h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	b := h.branch()
	var want []string
	for seq := range uint64(100) {
		want = append(want, b.order(byte(seq)%parts, seq+1))
	}
	h.step()
	if c.requests() != 0 {
		t.Error("the office tells what it has not heard of")
	}
	back := b.Take()
	want = append(want, b.order(1, 101))
	h.Heard(back) // the line was cut
	b.handOver()
	if s := h.state(); s.Waiting != 101 {
		t.Errorf("%d are expected", s.Waiting)
	}
	h.step()
	h.settled("after it was handed over", want, c)
	if more := b.Take(); len(more) > 0 {
		t.Errorf("handed over again: %+v", more)
	}
	for _, bad := range []webhook.Tiding{{Part: -1, To: "crm", Written: 1}, {Part: parts, To: "crm", Written: 1}, {To: "erp", Written: 1}, {To: "crm", Written: -5}} {
		h.Heard(webhook.Tidings{bad})
		h.settled(fmt.Sprintf("after %+v", bad), want, c)
	}
	if h.Recount(t.Context(), parts) == nil || h.Recount(t.Context(), -1) == nil {
		t.Error("a part that is not there is counted")
	}
}

func TestWhatWasSaidTwiceOrTooLateIsExpectedUntilItIsLookedForOnly(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	b := h.branch()
	want := []string{b.order(1, 1), b.order(1, 2)}
	said := b.Take()
	h.Heard(said)
	h.Heard(said)
	h.step()
	h.settled("said twice", want, c)
	h.Heard(said)
	h.step()
	h.settled("said after it was told", want, c)
	gone := webhook.Tidings{{Part: 1, To: "crm", Dropped: []uint64{7, 8, 9}}, {Part: 2, To: "crm", Dropped: []uint64{10}}}
	h.Heard(gone)
	h.settled("dropped before it was expected", want, c)
	want = append(want, b.order(1, 3))
	b.handOver()
	h.step()
	h.settled("after too little was expected", want, c)

	c.say(always(503))
	want = append(want, b.order(1, 4))
	b.handOver()
	h.step()
	for range 3 {
		h.Heard(webhook.Tidings{{Part: 1, To: "crm", Written: 1 << 40}}) // more than may wait
		h.step()
	}
	if s := h.state(); s.Stopped != "" || s.Waiting != 1 {
		t.Errorf("an endpoint for which one notice waits, and more was expected: %+v", s)
	}
	c.say(always(200))
	h.wait(10 * time.Minute)
	h.settled("taken again", want, c)
}

// flood is a log with very many notices in one part, all to crm.
type flood struct {
	*book
	n uint64
}

func (f *flood) Notices(_ context.Context, part int, after uint64, limit int) (found []aparte.Notice, last uint64, err error) {
	for n := after + 1; part == 0 && n <= f.n && len(found) < limit; n++ {
		found, last = append(found, aparte.Notice{Number: n, To: "crm", Kind: aparte.OrderCompleted, Seq: n}), n
	}
	return found, last, nil
}

func TestAnEndpointForWhichAMillionWaitIsStopped(t *testing.T) {
	h, c := open(t), newCRM(t)
	c.say(always(503))
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	log := &flood{h.log, 1_000_000}
	if err := h.Start(t.Context(), log, compose, nil); err != nil {
		t.Fatal(err)
	}
	h.step()
	if s := h.state(); s.Stopped != "" || s.Waiting != 1_000_000 {
		t.Errorf("with a million: %q, %d wait", s.Stopped, s.Waiting)
	}
	log.n++
	h.Written(0, []aparte.Notice{{To: "crm"}})
	h.step()
	if s := h.state(); s.Stopped != "full" || s.Waiting != 1_000_001 {
		t.Errorf("with one more: %q, %d wait", s.Stopped, s.Waiting)
	}
}

func TestWhatABranchHadNoTimeToSayIsFoundByACount(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	b := h.branch()
	want := []string{b.order(1, 1), b.order(1, 2), b.order(2, 1)}
	h.branch().handOver() // b was killed, and begins anew
	h.step()
	if c.requests() != 0 {
		t.Fatal("what nobody has said was told")
	}
	h.recount(1)
	if s := h.state(); s.Waiting != 2 {
		t.Errorf("counted: %d", s.Waiting)
	}
	h.recount(2)
	h.step()
	h.settled("counted", want, c)

	h.log.forgetful = true // who is asked to settle is killed before that is durable
	want = append(want, b.order(1, 3), b.order(1, 4))
	b.handOver()
	h.step()
	h.log.forgetful = false
	h.step()
	if h.log.left() != 2 {
		t.Fatalf("%d lie there, want 2", h.log.left())
	}
	h.recount(1)
	h.step()
	h.settled("what was told is settled, and not told again", want, c)

	h.log.forgetful = true
	want = append(want, b.order(1, 5))
	b.handOver()
	h.step()
	h.log.last = 0 // as in a store that was copied: numbers begin lower under another epoch
	want = append(want, b.order(1, 6))
	b.handOver()
	h.step()
	h.recount(1)
	h.step()
	h.log.forgetful = false
	h.recount(1)
	h.settled("a number below one that was told and lies there", want, c)

	h.log.write(aparte.Notice{To: "erp", Person: aparte.PersonID{1}}) // a branch that had not heard that erp is gone
	h.recount(1)
	h.settled("to an endpoint that is not there", want, c)
}

// Whatever is lost, said twice or late, refused, or dropped: each notice that was not dropped is told, once as long as the office lives, and none is left.
func TestNoNoticeOfABranchIsLostNorExpectedForEver(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h, c := open(t), newCRM(t)
			h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
			b := h.branch()
			rng, answers := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2)) // the second is the other side's, under its lock
			var said, late []webhook.Tidings                                               // for once more, and for when the line is back
			written, dropped := map[string]bool{}, map[string]bool{}
			for seq := range uint64(150) {
				written[b.order(byte(rng.IntN(parts)), seq+1)] = true
				switch rng.IntN(12) {
				case 0, 1, 2:
					for _, all := range late {
						h.Heard(all)
					}
					late = nil
					all := b.Take()
					said = append(said, all)
					h.Heard(all)
				case 3:
					late = append(late, b.Take())
				case 4: // the node is killed, its parts go to another; numbers may begin anew, above all that lie there
					b.Take()
					h.log.forgetful = false
					if rng.IntN(2) == 0 {
						h.log.renumber()
					}
					for part := range parts {
						h.recount(part)
					}
				case 5:
					if len(said) > 0 {
						h.Heard(said[rng.IntN(len(said))])
					}
				case 6:
					h.log.forgetful = true
				case 7:
					if n, ok := h.log.drop(rng.IntN(parts)); ok {
						dropped[fmt.Sprintf("msg_%02x%s_%s_order.completed", n.Person[0], strings.Repeat("0", 30), base36(n.Seq))] = true
						b.Dropped(int(n.Person[0]), []aparte.Notice{n})
					}
				case 8:
					c.say(func(string) int { return []int{200, 503, 200, 0}[answers.IntN(4)] })
				default:
					h.step()
					h.now = h.now.Add(time.Second)
				}
				if h.state().Waiting < 0 {
					t.Fatal("fewer than none wait")
				}
			}
			c.say(always(200))
			h.log.forgetful = false
			b.Take()
			for part := range parts {
				h.recount(part)
			}
			if s := h.state(); int(s.Waiting) != h.log.left() {
				t.Errorf("%d are expected, %d wait", s.Waiting, h.log.left())
			}
			h.wait(24 * time.Hour)
			for part := range parts { // what was lost when it was settled
				h.recount(part)
			}
			got := c.taken()
			for id := range dropped { // it may have been told before
				if !slices.Contains(got, id) {
					delete(written, id)
				}
			}
			h.settled("in the end", slices.Collect(maps.Keys(written)), c)
		})
	}
}

// What a relay hands out is what it was told, whatever was put back in between.
func TestARelaySumsUp(t *testing.T) {
	h := open(t)
	rng := rand.New(rand.NewPCG(3, 4))
	b := h.branch()
	type at struct {
		part int
		to   string
	}
	want, got := map[at]webhook.Tiding{}, map[at]webhook.Tiding{}
	for number := range uint64(2000) {
		n := aparte.Notice{To: string(rune('a' + rng.IntN(3))), Number: number}
		a := at{rng.IntN(parts), n.To}
		w := want[a]
		switch rng.IntN(5) {
		case 0:
			b.Dropped(a.part, []aparte.Notice{n})
			w.Dropped = append(w.Dropped, number)
		case 1:
			all := b.Take()
			if !slices.IsSortedFunc(all, func(a, b webhook.Tiding) int {
				return strings.Compare(fmt.Sprint(a.Part, a.To), fmt.Sprint(b.Part, b.To))
			}) {
				t.Errorf("not in order: %+v", all)
			}
			for _, one := range all {
				g := got[at{one.Part, one.To}]
				g.Written += one.Written
				g.Dropped = append(g.Dropped, one.Dropped...)
				got[at{one.Part, one.To}] = g
			}
			continue
		default:
			b.Written(a.part, []aparte.Notice{n})
			w.Written++
		}
		want[a] = w
	}
	for _, one := range b.Take() {
		g := got[at{one.Part, one.To}]
		g.Written += one.Written
		g.Dropped = append(g.Dropped, one.Dropped...)
		got[at{one.Part, one.To}] = g
	}
	for a, g := range got {
		slices.Sort(g.Dropped)
		if diff := cmp.Diff(want[a], g); diff != "" {
			t.Errorf("%v (-want +got):\n%s", a, diff)
		}
	}
	many := make([]aparte.Notice, 25_000)
	b.Dropped(1, many)
	b.Dropped(1, many)
	if n := len(b.Take()[0].Dropped); n == 0 || n > 10_000 {
		t.Errorf("%d numbers are remembered", n)
	}
}
