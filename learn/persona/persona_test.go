package persona_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/persona"
)

func find(t testing.TB, c *persona.Crowd, before *persona.Types, seed uint64) *persona.Types {
	t.Helper()
	types, err := persona.Find(t.Context(), c, before, noon, seed, plain)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func TestPlantedTypesAreFoundAndSoAreTheirPeople(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	kinds := []kind{teaDrinkers, bargainHunters, lookers, gardeners}
	for number := 2; number <= len(kinds); number++ {
		c, _, _ := crowd(uint64(number), 1200, kinds[:number]...)
		types := find(t, c, nil, 1)
		if len(types.Found) != number {
			t.Errorf("%d types found of %d: %.2f\n%s", len(types.Found), number, types.Strengths, strings.Join(summary(types), "\n"))
			continue
		}
		_, others, of := crowd(99, 1200, kinds[:number]...) // people who were not there
		agree := adjustedRand(of, assigned(types, others))
		t.Logf("%d types: adjusted Rand index %.3f\n%s", number, agree, strings.Join(summary(types), "\n"))
		if agree < 0.9 {
			t.Errorf("%d types: adjusted Rand index %.3f", number, agree)
		}
	}
}

func TestACrowdOfOneKindIsOneType(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	for name, k := range map[string]kind{"anybody": anybody, "tea drinkers": teaDrinkers, "bargain hunters": bargainHunters, "lookers": lookers, "gardeners": gardeners} {
		for seed := range uint64(2) {
			c, people, _ := crowd(seed, 800, k)
			types := find(t, c, nil, seed)
			if len(types.Found) != 1 || types.Found[0].ID != aparte.EverybodyPersona {
				t.Errorf("%s, seed %d: %.2f\n%s", name, seed, types.Strengths, strings.Join(summary(types), "\n"))
			}
			if g := types.Grades(nil, &people[0], noon); len(types.Found) == 1 && g[0] != 1 {
				t.Errorf("grade %v of the only type", g)
			}
		}
	}
}

func TestHowManyTypesThereAreIsAskedAgainInTime(t *testing.T) {
	first, _, _ := crowd(1, 600, teaDrinkers, bargainHunters, lookers)
	before := find(t, first, nil, 1)
	fewer, _, _ := crowd(2, 500, teaDrinkers, bargainHunters)
	many, _, _ := crowd(3, 900, teaDrinkers, bargainHunters)
	for name, c := range map[string]struct {
		crowd *persona.Crowd
		after time.Duration
		types int
	}{
		"the day after":      {fewer, day, 3},
		"a week later":       {fewer, 7 * day, 2},
		"half as many again": {many, day, 2},
	} {
		types, err := persona.Find(t.Context(), c.crowd, before, noon.Add(c.after), 2, plain)
		if err != nil {
			t.Fatal(err)
		}
		asked := noon
		if c.types == 2 {
			asked = types.At
		}
		if len(types.Found) != c.types || !types.Counted.Equal(asked) {
			t.Errorf("%s: %d types, counted at %s", name, len(types.Found), types.Counted)
		}
	}
}

func TestARefitOnOtherPeopleKeepsIdsAndNames(t *testing.T) {
	kinds := []kind{teaDrinkers, bargainHunters, lookers}
	first, _, _ := crowd(1, 900, kinds...)
	before := find(t, first, nil, 1)
	slices.Reverse(kinds)
	second, people, _ := crowd(2, 1300, kinds...)
	after, err := persona.Find(t.Context(), second, before, noon.Add(7*day), 2, plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range after.Found {
		was, known := before.Type(f.ID)
		if !known {
			t.Errorf("%s %s is new", f.ID, f.Name["en"])
			continue
		}
		if d := cmp.Diff(was.Name, f.Name); d != "" || !f.Since.Equal(noon) {
			t.Errorf("%s: since %v, name %s", f.ID, f.Since, d)
		}
	}
	then, now := assigned(before, people), assigned(after, people)
	same := 0
	for i := range people {
		if before.Found[then[i]].ID == after.Found[now[i]].ID {
			same++
		}
	}
	if same < len(people)*98/100 || len(after.Retired) > 0 || after.Next != before.Next {
		t.Errorf("%d of %d people have the type they had; %d retired; the next id is %d, was %d", same, len(people), len(after.Retired), after.Next, before.Next)
	}
}

func TestWhereAWorldDriftsWhatStaysKeepsItsId(t *testing.T) {
	first, _, _ := crowd(1, 900, teaDrinkers, bargainHunters, lookers)
	before := find(t, first, nil, 1)
	second, _, _ := crowd(2, 900, teaDrinkers, bargainHunters, gardeners)
	later := noon.Add(90 * day)
	after, err := persona.Find(t.Context(), second, before, later, 2, plain)
	if err != nil {
		t.Fatal(err)
	}
	kept, news := 0, 0
	for _, f := range after.Found {
		if _, known := before.Type(f.ID); known {
			kept++
		} else if news++; f.ID != "p4" || !f.Since.Equal(later) {
			t.Errorf("the new type is %s since %v", f.ID, f.Since)
		}
	}
	if kept != 2 || news != 1 || len(after.Retired) != 1 || !after.Retired[0].Until.Equal(later) {
		t.Errorf("%d kept, %d new, retired %v\nbefore:\n%s\nafter:\n%s", kept, news, after.Retired,
			strings.Join(summary(before), "\n"), strings.Join(summary(after), "\n"))
	}
}

func TestATypeIsToldByWhatSetsItApart(t *testing.T) {
	c, _, _ := crowd(1, 1200, teaDrinkers, bargainHunters, lookers)
	types := find(t, c, nil, 1)
	told := map[string]string{}
	for _, f := range types.Found {
		for _, lang := range []string{"en", "fr"} {
			var words []string
			for i := range f.Signs {
				words = append(words, f.Signs[i].In(lang, plain))
			}
			told[lang] += f.Name[lang] + ": " + strings.Join(words, ", ") + "\n"
		}
	}
	t.Log(told["en"] + told["fr"])
	for _, f := range types.Found {
		told := map[string]bool{}
		for _, s := range f.Signs {
			told[s.Facet+"="+s.Key] = true
		}
		if told["customer=never"] && (told["basket=low"] || told["basket=high"] || told["orders_a_year=low"] || told["orders_a_year=high"]) {
			t.Errorf("of those who never bought it is told how they buy: %+v", f.Signs)
		}
	}
	for lang, phrases := range map[string][]string{
		"en": {"buys often", "drawn to Tea", "comes in the evening", "waits for discounts", "comes at the weekend", "never bought"},
		"fr": {"achète souvent", "attirée par Tea", "vient le soir", "attend les remises", "vient le week-end", "n’a jamais acheté"},
	} {
		for _, phrase := range phrases {
			if !strings.Contains(told[lang], phrase) {
				t.Errorf("%q is not told:\n%s", phrase, told[lang])
			}
		}
	}
}

func TestASignsNumbersAreThoseOfItsPeople(t *testing.T) {
	c, people, _ := crowd(1, 1200, teaDrinkers, lookers)
	types := find(t, c, nil, 1)
	of := assigned(types, people)
	for j, f := range types.Found {
		for _, s := range f.Signs {
			if s.Facet != "customer" || s.Key != "never" {
				continue
			}
			n, among := 0.0, 0.0
			for i := range people {
				if of[i] == j {
					among++
					if people[i].Orders.Count == 0 {
						n++
					}
				}
			}
			if math.Abs(s.Here-n/among) > 0.02 || math.Abs(s.Everybody-0.5) > 0.01 {
				t.Errorf("%.3f of the type and %.3f of everybody never bought, found %.3f", s.Here, s.Everybody, n/among)
			}
			return
		}
	}
	t.Error("nothing says that they never bought")
}

func TestGradesShadeWherePeopleDo(t *testing.T) {
	c, _, _ := crowd(1, 1200, teaDrinkers, bargainHunters)
	types := find(t, c, nil, 1)
	rng := rand.New(rand.NewPCG(4, 4))
	p := teaDrinkers(rng)
	other := bargainHunters(rng)
	before := types.Grades(nil, &p, noon)
	mixed := p
	mixed.Affinities, mixed.Counters = other.Affinities, other.Counters
	between := types.Grades(nil, &mixed, noon)
	tea := 0
	if before[1] > before[0] {
		tea = 1
	}
	if !(between[tea] < before[tea]) {
		t.Errorf("%.3f of the type before, %.3f after tastes and discounts became another's", before[tea], between[tea])
	}
}

func TestTheSamePeopleGiveTheSameTypes(t *testing.T) {
	write := func() string {
		c, _, _ := crowd(7, 600, teaDrinkers, lookers)
		b, err := json.Marshal(find(t, c, nil, 3))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if a, b := write(), write(); a != b {
		t.Error("two finds among the same people differ")
	}
}

func TestADocumentReadAgainGradesTheSame(t *testing.T) {
	c, people, _ := crowd(7, 600, teaDrinkers, lookers, gardeners)
	types := find(t, c, nil, 3)
	b, err := json.Marshal(types)
	if err != nil {
		t.Fatal(err)
	}
	read := new(persona.Types)
	if err := json.Unmarshal(b, read); err != nil {
		t.Fatal(err)
	}
	if err := read.Open(); err != nil {
		t.Fatal(err)
	}
	for i := range people[:50] {
		if d := cmp.Diff(types.Grades(nil, &people[i], noon), read.Grades(nil, &people[i], noon)); d != "" {
			t.Fatal(d)
		}
	}
}

func TestABrokenDocumentIsAnErrorThatSaysWhere(t *testing.T) {
	c, _, _ := crowd(7, 300, teaDrinkers, lookers)
	whole, err := json.Marshal(find(t, c, nil, 3))
	if err != nil {
		t.Fatal(err)
	}
	for where, broke := range map[string]func(*persona.Types){
		"/found:":              func(d *persona.Types) { d.Found = nil },
		"/found/0:":            func(d *persona.Types) { d.Found[0].Share = math.NaN() },
		"/found/0/chances/1:":  func(d *persona.Types) { d.Found[0].Chances[1] = nil },
		"/found/0/chances/0/0": func(d *persona.Types) { d.Found[0].Chances[0][0] = 0 },
		"/facets/2/name":       func(d *persona.Types) { d.Facets[2].Name = "shoe size" },
		"/facets/3/name":       func(d *persona.Types) { d.Facets[3].Name = d.Facets[2].Name },
		"/facets/0/knots":      func(d *persona.Types) { d.Facets[0].Knots = []float64{2, 1} },
		"/facets/5/keys":       func(d *persona.Types) { d.Facets[5].Keys = nil },
	} {
		d := new(persona.Types)
		if err := json.Unmarshal(whole, d); err != nil {
			t.Fatal(err)
		}
		broke(d)
		if err := d.Open(); err == nil || !strings.HasPrefix(err.Error(), where) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

func TestHardlyAnybodyIsOneType(t *testing.T) {
	if _, err := persona.Find(t.Context(), persona.NewCrowd(1), nil, noon, 1, plain); !errors.Is(err, persona.ErrNobody) {
		t.Errorf("of nobody: %v", err)
	}
	for _, n := range []int{1, 2, 119} {
		c, _, _ := crowd(1, n, teaDrinkers, lookers)
		if types := find(t, c, nil, 1); len(types.Found) != 1 || types.Seen != n {
			t.Errorf("of %d people: %s", n, summary(types))
		}
	}
	same := persona.NewCrowd(1)
	p := teaDrinkers(rand.New(rand.NewPCG(1, 1)))
	for range 500 {
		same.Add(&p, noon)
	}
	if types := find(t, same, nil, 1); len(types.Found) != 1 {
		t.Errorf("of people who are all alike: %s", summary(types))
	}
}

// Whoever comes, grades are shares of one person.
func TestGradesAddUpToOneForAnybody(t *testing.T) {
	c, _, _ := crowd(1, 600, teaDrinkers, bargainHunters, lookers)
	types := find(t, c, nil, 1)
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.SampledFrom([]float64{0, 1, -1, 1e-300, 1e300, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()})
		when := func(name string) time.Time { return noon.Add(time.Duration(rapid.Int64().Draw(t, name))) }
		p := aparte.Person{FirstSeen: when("seen"), Device: rapid.SampledFrom([]string{"", "mobile", "fridge"}).Draw(t, "device")}
		p.Orders = aparte.Orders{Count: rapid.Int64().Draw(t, "orders"), FirstAt: when("first"), LastAt: when("last")}
		p.Orders.Revenue.Amount = rapid.Int64().Draw(t, "revenue")
		p.Session.Count = rapid.Int64().Draw(t, "sessions")
		p.Counters = []aparte.Counter{{Name: "orders_365d", Value: number.Draw(t, "n"), At: noon}, {Name: "orders_discounted_365d", Value: number.Draw(t, "d"), At: noon}}
		for _, key := range []string{"Tea", "unheard of"} {
			p.Affinities = append(p.Affinities, aparte.Affinity{Kind: aparte.CategoryAffinity, Key: key, Weight: number.Draw(t, "weight"), At: when("at")})
		}
		p.Rhythm = aparte.Rhythm{At: when("rhythm"), Beats: []aparte.Beat{{Hour: uint8(rapid.IntRange(0, 167).Draw(t, "hour")), Weight: float32(number.Draw(t, "beat"))}}}
		sum := 0.0
		for _, g := range types.Grades(nil, &p, noon) {
			if !(g >= 0 && g <= 1) {
				t.Fatalf("a grade of %v", g)
			}
			sum += g
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("grades add up to %v", sum)
		}
	})
}

func TestOfManyPeopleASampleIsDrawnInWhichEachIsAsLikely(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	c := persona.NewCrowd(5)
	rng := rand.New(rand.NewPCG(1, 1))
	buyers := 3 * persona.MostPeople
	for i := range 2 * buyers {
		p := lookers(rng)
		if i < buyers { // all of one kind come first
			p = teaDrinkers(rng)
		}
		c.Add(&p, noon)
	}
	types := find(t, c, nil, 1)
	if types.Looked != persona.MostPeople || types.Seen != 2*buyers || len(types.Found) != 2 || math.Abs(types.Found[0].Share-0.5) > 0.04 {
		t.Errorf("%d of %d looked at, %s", types.Looked, types.Seen, summary(types))
	}
}

func BenchmarkGrades(b *testing.B) {
	c, people, _ := crowd(1, 600, teaDrinkers, bargainHunters, lookers, gardeners)
	types := find(b, c, nil, 1)
	var grades []float64
	b.ReportAllocs()
	for b.Loop() {
		grades = types.Grades(grades[:0], &people[0], noon.Add(day))
	}
}

func BenchmarkFind(b *testing.B) {
	c, _, _ := crowd(1, persona.MostPeople, teaDrinkers, bargainHunters, lookers, gardeners)
	for b.Loop() {
		find(b, c, nil, 1)
	}
}
