package decide

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

var update = flag.Bool("update", false, "rewrite golden files")

func roundTrip(t interface{ Fatalf(string, ...any) }, d *aparte.Decision) {
	b := Marshal(nil, d)
	got, err := Unmarshal(b)
	if err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	if diff := cmp.Diff(*d, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("came back changed (-want +got):\n%s", diff)
	}
	if again := Marshal(nil, &got); !bytes.Equal(again, b) {
		t.Fatalf("came back as other bytes")
	}
}

func TestDecisionsComeBackAsTheyWere(t *testing.T) {
	without, with := plan(t, shop()), plan(t, learningEffects(shop()))
	s := newLinear(20)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]*Plan{without, with}).Draw(t, "plan")
		q := something(t, somebody(t))
		q.Moment.Context.Values = []aparte.ContextValue{{Name: "w", Value: aparte.NumberValue(-1.5)}, {Name: "j", Value: aparte.Value{Kind: aparte.JSON, Str: "[1]"}}, {}}
		q.Moment.Context.Search = rapid.String().Draw(t, "search")
		d := p.Decide(q, s)
		d.ID = aparte.DecisionID{Person: q.Person.ID, Seq: rapid.Uint64().Draw(t, "seq")}
		d.Parent = aparte.DecisionID{Person: q.Person.ID, Seq: 1}
		roundTrip(t, &d)
	})
}

// Whatever the candidates are, and whether or not inverse gap weighting gave them their chances.
func TestAnyCandidatesComeBackToTheBit(t *testing.T) {
	numbers := rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 0.1, -2.5, 1e-9, 1e300, math.Inf(1), math.Inf(-1), math.NaN()})
	rapid.Check(t, func(t *rapid.T) {
		var d aparte.Decision
		for range rapid.IntRange(1, 8).Draw(t, "candidates") {
			d.Candidates = append(d.Candidates, aparte.Candidate{
				Action: aparte.Action{
					Content:  rapid.SampledFrom([]aparte.ContentID{"", "a", "b"}).Draw(t, "content"),
					Layout:   rapid.SampledFrom([]aparte.LayoutID{"", "card", "a"}).Draw(t, "layout"),
					Item:     rapid.SampledFrom([]aparte.ItemID{"", "i", "j"}).Draw(t, "item"),
					Variants: rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "variants"),
				},
				Value: numbers.Draw(t, "value"), Cost: numbers.Draw(t, "cost"), Propensity: numbers.Draw(t, "propensity"),
				Excluded: rapid.SampledFrom([]aparte.ReasonCode{"", "", aparte.RuleSaidNo}).Draw(t, "excluded"),
			})
		}
		d.Reasons = []aparte.Reason{{Code: aparte.BestValue}, {Code: aparte.FeatureSpoke, Detail: "a", Amount: numbers.Draw(t, "amount")}}
		d.Features.Action = []aparte.Feature{{Hash: 1, Value: 1}, {Hash: 2, Value: float32(numbers.Draw(t, "feature"))}}
		roundTrip(t, &d)
		back, _ := Unmarshal(Marshal(nil, &d))
		for i, c := range back.Candidates {
			if math.Float64bits(c.Propensity) != math.Float64bits(d.Candidates[i].Propensity) {
				t.Fatalf("chance %d: %x, want %x", i, math.Float64bits(c.Propensity), math.Float64bits(d.Candidates[i].Propensity))
			}
		}
	})
}

func TestChancesTakeLittleMoreThanAByte(t *testing.T) {
	q := onWeb(marie())
	with := plan(t, busy()).Decide(q, newLinear(10))
	without := with
	without.Candidates = slices.Clone(with.Candidates)
	for i := range without.Candidates {
		without.Candidates[i].Propensity = 1 / math.Pi
	}
	n := len(with.Candidates)
	if more, less := len(Marshal(nil, &without)), len(Marshal(nil, &with)); n != 100 || more-less < 6*n {
		t.Errorf("%d chances that nothing foretells take only %d bytes more", n, more-less)
	}
}

func TestOddDecisionsComeBackToo(t *testing.T) {
	var many aparte.Decision
	for i := range 500 {
		many.Candidates = append(many.Candidates, aparte.Candidate{Action: aparte.Action{Content: aparte.ContentID(fmt.Sprint("c", i)), Item: aparte.ItemID(fmt.Sprint("i", i/3))}})
	}
	for name, d := range map[string]aparte.Decision{
		"nothing":            {},
		"near a shop":        {Context: aparte.Context{Near: aparte.Near{Place: "germain", Open: true, Distance: 1200}}},
		"beside others":      {Earlier: 3, Counted: 9, Round: 7, Terms: 1, Fit: 4},
		"many ids":           many,
		"an action alone":    {Action: aparte.Action{Content: "a", Variants: []uint8{255}}, Propensity: 1},
		"a rival at first":   {Candidates: []aparte.Candidate{{}, {}}, Chosen: 1, Features: aparte.Features{Rival: []aparte.Feature{{Hash: 1, Value: 1}}}},
		"another action":     {Action: aparte.Action{Content: "a"}, Candidates: []aparte.Candidate{{}, {}}, Chosen: 1},
		"double precision":   {Candidates: []aparte.Candidate{{Value: 0.1, Cost: math.Inf(1), Propensity: math.NaN()}}},
		"long ago":           {At: time.Date(-500, 1, 1, 0, 0, 0, 7, time.UTC)},
		"all that is at end": {Brand: math.MaxUint64, Model: math.MaxUint64, Seed: math.MaxUint64, Intrusion: 0.3},
	} {
		t.Run(name, func(t *testing.T) { roundTrip(t, &d) })
	}
}

// The bytes of every version stay readable for good. Versions 1 and 2 hold the same decision, as it was taken
// when they were written; decision.bin holds one as it is taken now.
func TestGoldenDecisions(t *testing.T) {
	golden := func(name string) (aparte.Decision, []byte) {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatalf("%v: run the test with -update", err)
		}
		d, err := Unmarshal(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return d, b
	}
	first, _ := golden("decision.v1.bin")
	second, written := golden("decision.v2.bin")
	if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" || len(first.Candidates) < 5 {
		t.Errorf("versions 1 and 2 differ (-1 +2):\n%s", diff)
	}
	if !bytes.Equal(written, Marshal(nil, &second)) {
		t.Error("the same decision gives other bytes")
	}
	before, written := golden("decision.terms1.bin")
	q := byMail(marie())
	q.Edition = before.Terms + 1
	again := plan(t, shop()).Decide(q, byContent{"picks": 100})
	again.ID = before.ID
	if !bytes.Equal(written, Marshal(nil, &again)) {
		t.Errorf("taken again in the terms of then (-then +now):\n%s", cmp.Diff(before, again, cmpopts.EquateEmpty()))
	}
	d := plan(t, shop()).Decide(byMail(marie()), byContent{"picks": 100})
	d.ID = aparte.DecisionID{Person: d.ID.Person, Seq: 4}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", "decision.bin"), Marshal(nil, &d), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, b := golden("decision.bin")
	if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); diff != "" || d.Intrusion == 0 {
		t.Errorf("taken now and then (-now +then):\n%s", diff)
	}
	if !bytes.Equal(b, Marshal(nil, &d)) {
		t.Error("the same decision gives other bytes")
	}
}

func TestADecisionIsSmall(t *testing.T) {
	q := onWeb(marie())
	q.MaxCandidates = 30
	d := plan(t, busy()).Decide(q, newLinear(10))
	if b := Marshal(nil, &d); len(d.Candidates) != 30 || len(b) > 900 {
		t.Errorf("%d candidates take %d bytes", len(d.Candidates), len(b))
	}
}

func TestUnmarshalRefusesWhatIsNoDecision(t *testing.T) {
	d := plan(t, shop()).Decide(onWeb(marie()), nil)
	whole := Marshal(nil, &d)
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"another version": append([]byte{9}, whole[1:]...),
		"noise":           {1, 255, 255, 255},
		"too long":        make([]byte, maxWireBytes+1),
	} {
		if _, err := Unmarshal(b); err == nil {
			t.Errorf("%s is taken for a decision", name)
		}
	}
	extended := append(bytes.Clone(whole), 0xFA, 0x07, 3, 'n', 'e', 'w') // field 127
	if got, err := Unmarshal(extended); err != nil || !cmp.Equal(got, d) {
		t.Errorf("a field of a later version: %v", err)
	}
}

// Run it with -fuzzminimizetime 20x: by default a minute goes into shrinking each find.
func FuzzUnmarshal(f *testing.F) {
	p, err := Compile(shop(), 1)
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []*Question{onWeb(marie()), byMail(marie()), onWeb(nil)} {
		q.MaxCandidates = 3
		d := p.Decide(q, nil)
		f.Add(Marshal(nil, &d))
	}
	if old, err := os.ReadFile(filepath.Join("testdata", "decision.v1.bin")); err == nil {
		f.Add(old)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Unmarshal(b)
		if err != nil {
			return
		}
		once := Marshal(nil, &d)
		again, err := Unmarshal(once)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, fmt.Sprintf("%+v", d))
		}
		if twice := Marshal(nil, &again); !bytes.Equal(once, twice) {
			t.Fatalf("written twice, differently:\n%x\n%x", once, twice)
		}
	})
}
