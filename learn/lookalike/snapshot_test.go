package lookalike

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestAModelThatIsReadAgainScoresToTheSameBits(t *testing.T) {
	table, rows, _ := town(4_000, 3)
	m, err := Train(table, rows, Config{Rounds: 60, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var again Model
	if err := json.Unmarshal(body, &again); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 7))
	texts := []aparte.Value{{}, aparte.TextValue("Lyon"), aparte.TextValue("Paris"), aparte.TextValue("Nowhere"), aparte.NumberValue(69), aparte.BoolValue(true)}
	seen := map[float64]bool{}
	for range 2_000 {
		values := make([]aparte.Value, len(table.columns))
		for i := range values {
			values[i] = texts[rng.IntN(len(texts))]
			if rng.IntN(2) == 0 {
				values[i] = aparte.NumberValue(100 * rng.Float64())
			}
		}
		a, b := m.ScoreOf(m.See(values)), again.ScoreOf(again.See(values))
		if a != b {
			t.Fatalf("%v: %v, read again %v", values, a, b)
		}
		seen[a] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d different scores: this shows nothing", len(seen))
	}
}

// What somebody changed in a store must not lead out of a tree, nor round in it.
func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"columns":[{"name":"a"}],"bias":1,"trees":[{"values":[0,1,2],"left":[1,0,0],"columns":[0,-1,-1],"upTo":"AAAA"}],"odds":[[0,1]]}`))
	f.Add([]byte(`{"columns":[{"name":"a"}],"trees":[{"values":[0],"left":[0],"columns":[0],"upTo":"AA=="}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		var m Model
		if json.Unmarshal(body, &m) == nil && len(m.table.columns) <= 128 {
			_ = m.ScoreOf(m.See(make([]aparte.Value, len(m.table.columns))))
		}
	})
}
