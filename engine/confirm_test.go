package engine

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// sealer is an engine that can seal, and nothing else.
func sealer(now *time.Time) *Engine {
	return &Engine{secret: []byte("a secret of the store"), now: func() time.Time { return *now }}
}

func TestASealedAddressIsReadByWhoSealedItAndNobodyElse(t *testing.T) {
	now := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	e, other := sealer(&now), &Engine{secret: []byte("another"), now: func() time.Time { return now }}
	rapid.Check(t, func(t *rapid.T) {
		s := sealedAddress{
			decision: aparte.DecisionID{Person: aparte.PersonID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "person")), Seq: rapid.Uint64().Draw(t, "seq")},
			taken:    now.Add(-time.Hour), at: now, address: rapid.StringMatching(`[a-z]{1,64}@[a-z]{1,60}\.example`).Draw(t, "address"),
		}
		token, err := e.seal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.unseal(token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got, cmp.AllowUnexported(sealedAddress{})); diff != "" {
			t.Fatal(diff)
		}
		if _, err := other.unseal(token); err != ErrToken {
			t.Fatalf("another server reads it: %v", err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || strings.Contains(string(raw), s.address) {
			t.Fatal("the address can be read in the token")
		}
		raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := e.unseal(base64.RawURLEncoding.EncodeToString(raw)); err != ErrToken {
			t.Fatalf("a token that was changed: %v", err)
		}
	})
}

func TestASealedAddressHoldsForTwoDays(t *testing.T) {
	given := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	now := given
	e := sealer(&now)
	token, err := e.seal(sealedAddress{at: given, taken: given, address: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]error{0: nil, confirmWithin: nil, confirmWithin + time.Second: ErrToken, -time.Hour: ErrToken} {
		now = given.Add(age)
		if _, err := e.unseal(token); err != want {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	now := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	e := sealer(&now)
	token, err := e.seal(sealedAddress{at: now, taken: now, address: "a@b.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if s, err := e.unseal(token); err == nil && s.address != "a@b.example" {
			t.Fatalf("a token that nobody made holds %q", s.address)
		}
	})
}

// A throttle against a count of all that was allowed.
func TestAThrottleAllowsSoManyInAWhile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := throttle{most: rapid.IntRange(1, 4).Draw(t, "most"), within: time.Hour}
		now := time.Unix(1e9, 0)
		allowed := map[string][]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute)
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			n := 0
			for _, at := range allowed[key] {
				if now.Sub(at) < time.Hour {
					n++
				}
			}
			got := limit.allow(key, now)
			if got != (n < limit.most) {
				t.Fatalf("allowed is %v after %d of %d", got, n, limit.most)
			}
			if got {
				allowed[key] = append(allowed[key], now)
			}
		}
	})
}

func TestAThrottleThatIsFullForgetsWhatIsOver(t *testing.T) {
	limit, now := throttle{most: 1, within: time.Hour}, time.Unix(1e9, 0)
	for i := range mostKeys {
		if !limit.allow(fmt.Sprint(i), now) {
			t.Fatal("refused while there is room")
		}
	}
	if limit.allow("one more", now.Add(time.Minute)) {
		t.Error("more keys than there is room for")
	}
	if !limit.allow("one more", now.Add(time.Hour)) {
		t.Error("what is over takes room")
	}
}

func TestAPlaceThatIsNotKnownIsNoPlace(t *testing.T) {
	c := newConfirms()
	for i := range 2 * perPlace {
		if !c.allow(time.Unix(1e9, 0), store.Key{byte(i)}, aparte.PersonID{byte(i)}, "") {
			t.Fatalf("the %d-th of nowhere is refused", i)
		}
	}
}

func TestAnswersAreReadAsWhatIsAsked(t *testing.T) {
	choice := &aparte.Ask{Kind: aparte.AskChoice, Options: []aparte.Option{{Key: "a b"}, {Key: "c"}}}
	scale := &aparte.Ask{Kind: aparte.AskScale, Least: 0, Most: 10}
	yes, text, date := &aparte.Ask{Kind: aparte.AskYesNo}, &aparte.Ask{Kind: aparte.AskText}, &aparte.Ask{Kind: aparte.AskDate}
	for _, c := range []struct {
		ask   *aparte.Ask
		given string
		want  any
	}{
		{choice, " c ", "c"}, {choice, "a b", "a b"}, {choice, "d", nil}, {choice, "", nil},
		{scale, "0", 0}, {scale, "10", 10}, {scale, "11", nil}, {scale, "-1", nil}, {scale, "1.5", nil}, {scale, "", nil},
		{yes, "yes", true}, {yes, "no", false}, {yes, "maybe", nil},
		{text, " Lyon ", "Lyon"}, {text, "a\nb", nil}, {text, "", nil}, {text, "\xff", nil}, {text, strings.Repeat("é", 200), strings.Repeat("é", 200)}, {text, strings.Repeat("é", 201), nil},
		{date, "1990-02-28", "1990-02-28"}, {date, "1990-02-30", nil}, {date, "1890-02-28", nil}, {date, "28/02/1990", nil},
		{&aparte.Ask{Kind: aparte.AskAddress}, "a@b.example", nil},
	} {
		got, err := answerOf(c.ask, c.given)
		if got != c.want || (err == nil) != (c.want != nil) {
			t.Errorf("%s, answered %.20q: %v (%v), want %v", c.ask.Kind, c.given, got, err, c.want)
		}
	}
}
