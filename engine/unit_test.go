package engine

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAnEventReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 40, 100)
		at := func(name string) time.Time {
			if rapid.Bool().Draw(t, name+" set") {
				return time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, name)).UTC()
			}
			return time.Time{}
		}
		raw := func(name string) []byte {
			if rapid.Bool().Draw(t, name+" set") {
				return []byte(`{"x":1}`)
			}
			return nil
		}
		e := aparte.Event{
			Type: aparte.Track, MessageID: aparte.MessageID(text.Draw(t, "messageId")), UserID: text.Draw(t, "userId"),
			AnonymousID: text.Draw(t, "anonymousId"), PreviousID: text.Draw(t, "previousId"), GroupID: text.Draw(t, "groupId"), Name: text.Draw(t, "name"),
			Properties: raw("properties"), Traits: raw("traits"), Context: raw("context"),
			Timestamp: at("timestamp"), OriginalTimestamp: at("original"), SentAt: at("sent"), ReceivedAt: at("received"), Source: text.Draw(t, "source"),
		}
		got, err := decodeEvent(encodeEvent(nil, &e))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(encodeEvent(nil, &aparte.Event{Type: aparte.Page, MessageID: "m", Timestamp: time.Unix(1, 0)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEvent(b)
		if err != nil {
			return
		}
		again, err := decodeEvent(encodeEvent(nil, &e))
		if err != nil || !cmp.Equal(e, again) {
			t.Fatalf("what was read does not read back: %v", err)
		}
	})
}

func TestASignatureIsThatOfAKeyedHashThatIsNew(t *testing.T) {
	e := &Engine{secret: []byte("0123456789abcdef0123456789abcdef")}
	for i := range 3 {
		body := bytes.Repeat([]byte{byte(i)}, 20*i)
		mac := hmac.New(sha256.New, e.secret)
		mac.Write(append([]byte("token"), body...))
		if got, want := e.sign([]byte("before"), body), append([]byte("before"), mac.Sum(nil)[:tokenMAC]...); !bytes.Equal(got, want) {
			t.Errorf("signature %d is %x, want %x", i, got, want)
		}
	}
}

// Tokens that left before links had a key of their own open what a mail leads to, and not the whole page of somebody's own.
func TestAFormerTokenOpensAllButTheWholePage(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, 32)
	before, key := &Engine{secret: secret}, Links{Key: bytes.Repeat([]byte{8}, 32)}
	after := &Engine{secret: secret, links: key}
	key.Former = true
	spoke := &Engine{secret: secret, links: key}
	for kind := tokenSlot; kind <= tokenWhole; kind++ {
		token := before.token(kind, aparte.DecisionID{Seq: 3}, time.Unix(9, 0))
		if _, _, err := after.readToken(kind, token); err == nil {
			t.Errorf("kind %d: the store's secret signs where no link had left", kind)
		}
		if _, _, err := spoke.readToken(kind, token); (err == nil) != (kind != tokenWhole) {
			t.Errorf("kind %d: a former token: %v", kind, err)
		}
		if _, _, err := spoke.readToken(kind, after.token(kind, aparte.DecisionID{Seq: 3}, time.Unix(9, 0))); err != nil {
			t.Errorf("kind %d: a token of now: %v", kind, err)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	e := &Engine{secret: []byte("0123456789abcdef0123456789abcdef")}
	b.ReportAllocs()
	for b.Loop() {
		e.token(tokenSlot, aparte.DecisionID{Seq: 3}, time.Unix(1_800_000_000, 0))
	}
}

func FuzzToken(f *testing.F) {
	e := &Engine{secret: bytes.Repeat([]byte{7}, 32)}
	f.Add(e.token(tokenSlot, aparte.DecisionID{Seq: 3}, time.Unix(9, 0)))
	f.Fuzz(func(t *testing.T, token string) {
		if id, at, err := e.readToken(tokenSlot, token); err == nil && e.token(tokenSlot, id, at) != token {
			t.Fatal("two tokens open the same door")
		}
	})
}

func TestAFoldReadsBackAndRefusesAnotherStore(t *testing.T) {
	e := &Engine{parts: 3}
	f := e.newFold()
	f.round, f.read = 7, []uint64{1, 2, 300}
	met := learn.Trace{Day: 20_000, Weight: togetherBought, Items: []aparte.ItemID{"lamp", "mug"}}
	if err := f.learn(met.Append(nil)); err != nil {
		t.Fatal(err)
	}
	got, err := parseFold(f.encode(), 3)
	if err != nil || got.round != 7 || !cmp.Equal(got.read, f.read) {
		t.Fatalf("fold = %+v (%v)", got, err)
	}
	if company := got.traffic.Companions("lamp", nil); !cmp.Equal(company, []aparte.ItemID{"mug"}) {
		t.Errorf("a lamp is met with %q", company)
	}
	if _, err := parseFold(f.encode(), 4); err == nil {
		t.Error("a model of three parts was taken for four")
	}
	for n := range f.encode() {
		if _, err := parseFold(f.encode()[:n], 3); err == nil {
			t.Fatalf("a model cut to %d bytes was taken", n)
		}
	}
}

func TestTheElderSurvivesWhoeverAsks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (id aparte.PersonID) {
			copy(id[:], rapid.SliceOfN(rapid.ByteRange(0, 2), 16, 16).Draw(t, name))
			return id
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		s1, l1 := elder(a, b)
		if s2, l2 := elder(b, a); s1 != s2 || l1 != l2 {
			t.Fatal("the order depends on who asks")
		}
		ab, _ := elder(a, b)
		bc, _ := elder(b, c)
		left, _ := elder(ab, c)
		if right, _ := elder(a, bc); left != right {
			t.Fatal("the order is not transitive")
		}
	})
}

func TestAQueueKeepsOrderAndWhatItHoldsWhenClosed(t *testing.T) {
	q := newQueue[int]()
	for i := range 5 {
		q.push(i)
	}
	q.close()
	if q.push(9) {
		t.Error("a closed queue took something")
	}
	got := append(q.take(nil, 2), q.take(nil, 10)...)
	if !cmp.Equal(got, []int{0, 1, 2, 3, 4}) || !q.drained() {
		t.Errorf("took %v", got)
	}
}

func TestWaitingEndsWithTheLastThingAndTellsTheFirstError(t *testing.T) {
	p := newPending(1)
	p.add(1)
	broken := errors.New("broken")
	p.finish(broken)
	p.finish(nil)
	if err := p.wait(context.Background()); !errors.Is(err, broken) {
		t.Errorf("wait = %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := newPending(1).wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait with an ended context = %v", err)
	}
}

func TestTheBestTasksAreTakenFirst(t *testing.T) {
	at := time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)
	task := func(seq uint64, value, cost float64, opened time.Time) aparte.Decision {
		return aparte.Decision{ID: aparte.DecisionID{Seq: seq}, At: opened, Chosen: 1, Candidates: []aparte.Candidate{{}, {Value: value, Cost: cost}}}
	}
	all := []aparte.Decision{task(1, 500, 400, at), task(2, 300, 0, at.Add(time.Hour)), task(3, 300, 0, at), task(4, 900, 100, at), {ID: aparte.DecisionID{Seq: 5}, At: at, Chosen: -1}}
	slices.SortFunc(all, bestFirst)
	for i, want := range []uint64{4, 3, 2, 1, 5} {
		if all[i].ID.Seq != want {
			t.Errorf("%d. is task %d, want %d", i+1, all[i].ID.Seq, want)
		}
	}
}
