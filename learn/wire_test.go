package learn

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"
)

func TestAnExampleReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyExample().Draw(t, "example")
		got, err := ParseExample(want.Append([]byte("before"))[len("before"):])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Rows of the feed outlive releases: what this one wrote must be read for good.
func TestTheFirstVersionOfARowIsStillRead(t *testing.T) {
	const row = "01" + "0a056f72646572" + "110000000000889340" + "19000000000000d03f" +
		"2a0f" + "2a000000" + "fc03" + "07000000" + "bce7cc990b" + "3206" + "01000000" + "fc03"
	want := Example{
		Objective: "order", Reward: 1250, Propensity: 0.25,
		Features: aparte.Features{Context: features32(42, 1, 7, 0.1), Action: features32(1, 1)},
	}
	if got := hex.EncodeToString(want.Append(nil)); got != row {
		t.Errorf("written %s\nwant    %s", got, row)
	}
	b, err := hex.DecodeString(row)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseExample(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Rows that know of a rival have two fields more.
func TestARowWithARivalIsStillRead(t *testing.T) {
	const row = "01" + "0a056f72646572" + "19000000000000d03f" + "3206" + "01000000" + "fc03" +
		"39000000000000e03f" + "4206" + "02000000" + "fc03"
	want := Example{
		Objective: "order", Propensity: 0.25, RivalPropensity: 0.5,
		Features: aparte.Features{Action: features32(1, 1), Rival: features32(2, 1)},
	}
	if got := hex.EncodeToString(want.Append(nil)); got != row {
		t.Errorf("written %s\nwant    %s", got, row)
	}
	b, err := hex.DecodeString(row)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseExample(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsOfLaterVersionsAreSkipped(t *testing.T) {
	want := Example{Objective: "order", Propensity: 1}
	row := protowire.AppendTag(want.Append(nil), 99, protowire.BytesType)
	got, err := ParseExample(protowire.AppendString(row, "what will be known then"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestABadExampleIsAnError(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		want  string
		spoil func(*Example)
	}{
		{"without an objective", func(e *Example) { e.Objective = "" }},
		{"objective of 129 bytes", func(e *Example) { e.Objective = aparte.ObjectiveID(strings.Repeat("x", 129)) }},
		{"reward NaN", func(e *Example) { e.Reward = nan }},
		{"reward -Inf", func(e *Example) { e.Reward = math.Inf(-1) }},
		{"reward 2e+12", func(e *Example) { e.Reward = 2e12 }},
		{"propensity 0", func(e *Example) { e.Propensity = 0 }},
		{"propensity 1.5", func(e *Example) { e.Propensity = 1.5 }},
		{"propensity NaN", func(e *Example) { e.Propensity = nan }},
		{"weight -1", func(e *Example) { e.Weight = -1 }},
		{"weight NaN", func(e *Example) { e.Weight = nan }},
		{"context: feature 0: value NaN", func(e *Example) { e.Features.Context = features32(1, float32(nan)) }},
		{"action: feature 1: value +Inf", func(e *Example) { e.Features.Action = features32(1, 1, 2, float32(math.Inf(1))) }},
		{"rival's propensity -0.1", func(e *Example) { e.RivalPropensity = -0.1 }},
		{"rival's propensity NaN", func(e *Example) { e.RivalPropensity = nan }},
		{"sum to more than 1", func(e *Example) { e.RivalPropensity = 0.1 }},
		{"a rival without a propensity", func(e *Example) { e.Features.Rival = features32(1, 1) }},
		{"rival: feature 0: value NaN", func(e *Example) {
			e.Propensity, e.RivalPropensity, e.Features.Rival = 0.5, 0.5, features32(1, float32(nan))
		}},
		{"action: 257 features", func(e *Example) { e.Features.Action = features("a", 0, 257) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			e := Example{Objective: "order", Propensity: 1, Reward: 1}
			c.spoil(&e)
			_, parsed := ParseExample(e.Append(nil))
			model := NewLinear(Config{Bits: MinBits})
			for door, err := range map[string]error{"Validate": e.Validate(), "Learn": model.Learn(&e)} {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: error %v, want %q", door, err, c.want)
				}
			}
			if parsed == nil {
				t.Error("ParseExample took it")
			}
			if model.Version() != 0 {
				t.Error("the model learned from it")
			}
		})
	}
}

func FuzzParseExample(f *testing.F) {
	whole := Example{Objective: "order", Reward: 12, Propensity: 0.5, Weight: 2, Features: aparte.Features{Context: features("c", 0, 3), Action: features("a", 0, 2)}}
	f.Add(whole.Append(nil))
	whole.Features.Rival, whole.RivalPropensity = features("a", 2, 2), 0.25
	f.Add(whole.Append(nil))
	f.Add([]byte{exampleVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseExample(b)
		if err != nil {
			return
		}
		again, err := ParseExample(e.Append(nil))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if diff := cmp.Diff(e.Append(nil), again.Append(nil)); diff != "" {
			t.Fatal(diff)
		}
		if err := NewLinear(Config{Bits: MinBits}).Learn(&e); err != nil {
			t.Fatalf("what was read cannot be learned: %v", err)
		}
	})
}
