package decide

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// maxForetold bounds how many verdicts of rules on items are found when a brand is compiled, about a
// second's work. Rules beyond it are asked at each decision.
const maxForetold = 5_000_000

// Compile checks a brand and makes a plan of it. The errors are all that is wrong with the brand,
// joined, each a *Flaw that points into it as JSON. The brand must not change afterwards: the plan
// keeps it.
func Compile(b *aparte.Brand, version uint64) (*Plan, error) {
	a := audit{brand: b, slots: make(map[string]bool)}
	a.head()
	a.policy()
	a.categories()
	a.items()
	a.layouts()
	a.objectivesAndScenarios()

	words, err := newLanguage(b)
	if err != nil {
		return nil, err
	}
	rules, byRule := a.compileRules(words)
	objectives := a.compileObjectives(words)
	personas := a.compilePersonas(words)
	memberships := a.audiences(words)
	a.lookalikes(words)
	scores := a.compileScores(words)
	shots := a.compileShots(words)
	a.budgets()
	a.contents(a.references(byRule))
	if err := a.err(); err != nil {
		return nil, err
	}

	p := &Plan{brand: b, version: version, rules: rules, objectives: objectives, memberships: memberships, scores: scores, personas: personas, shots: shots}
	p.explore = exploring(b.Explore)
	if len(b.Budgets) > 0 {
		if p.discounted, err = words.objective(&aparte.Objective{ID: "discount", Value: "minor(properties.discount)"}); err != nil {
			return nil, err
		}
	}
	p.postage = make(map[aparte.Channel]float64, len(b.Postage))
	for _, x := range b.Postage {
		p.postage[x.Channel] = float64(x.Cost)
	}
	p.compares = slices.ContainsFunc(b.Objectives, func(o aparte.Objective) bool { return o.Learn == aparte.LearnEffect })
	for i := range b.Objectives {
		p.netted = p.netted || objectives[b.Objectives[i].ID].netted
	}
	p.catalogue = newCatalogue(b.Items)
	p.catalogue.spelled = spelling(&p.catalogue)
	p.addLayouts()
	p.addContents()
	p.setStages()
	p.foretell()
	p.settle()
	return p, nil
}

func (a *audit) compileRules(words language) ([]rule, map[aparte.RuleID]*rule) {
	a.bounded("/rules", len(a.brand.Rules), MaxRules)
	compiled := make([]rule, len(a.brand.Rules))
	byID := make(map[aparte.RuleID]*rule)
	seen := make(map[string]string)
	for i := range a.brand.Rules {
		r, at := &a.brand.Rules[i], fmt.Sprintf("/rules/%d", i)
		a.unique(seen, string(r.ID), at)
		one, err := words.rule(r)
		if err != nil {
			a.fail(at+"/when", "%w", err)
			byID[r.ID] = nil
			continue
		}
		for _, id := range one.audiences {
			known := slices.ContainsFunc(a.brand.Audiences, func(x aparte.Audience) bool { return x.ID == id })
			a.check(known, at+"/when", "%q is no audience of the brand", clip(string(id)))
		}
		compiled[i] = *one
		byID[r.ID] = &compiled[i]
	}
	return compiled, byID
}

func (a *audit) compileObjectives(words language) map[aparte.ObjectiveID]objective {
	compiled := make(map[aparte.ObjectiveID]objective, len(a.brand.Objectives))
	for i := range a.brand.Objectives {
		o := &a.brand.Objectives[i]
		one, err := words.objective(o)
		if err != nil {
			a.fail(fmt.Sprintf("/objectives/%d/value", i), "%w", err)
			continue
		}
		compiled[o.ID] = one
	}
	return compiled
}

func (a *audit) references(rules map[aparte.RuleID]*rule) references {
	refs := references{
		layouts:   make(map[aparte.LayoutID]*aparte.Layout),
		rules:     rules,
		scenarios: make(map[aparte.ScenarioID]bool),
	}
	for i := range a.brand.Layouts {
		refs.layouts[a.brand.Layouts[i].ID] = &a.brand.Layouts[i]
	}
	for i := range a.brand.Scenarios {
		refs.scenarios[a.brand.Scenarios[i].ID] = true
	}
	return refs
}

func (p *Plan) addLayouts() {
	p.byLayout = make(map[aparte.LayoutID]int32, len(p.brand.Layouts))
	p.layouts = make([]layout, len(p.brand.Layouts))
	for i := range p.brand.Layouts {
		l := &p.brand.Layouts[i]
		p.layouts[i] = layout{l, phraseOf(feature("layout", string(l.ID)))}
		p.byLayout[l.ID] = int32(i)
	}
}

func (p *Plan) addContents() {
	p.byContent = make(map[aparte.ContentID]int32, len(p.brand.Contents))
	p.contents = make([]content, len(p.brand.Contents))
	kinds := make(map[string]int32)
	shared, paid := sharedAssets(p.brand.Contents), payersOf(p.brand)
	for i := range p.brand.Contents {
		c := &p.brand.Contents[i]
		if _, known := kinds[c.Kind]; !known {
			kinds[c.Kind] = int32(len(kinds))
		}
		p.contents[i] = content{
			Content:  c,
			elements: elementsOf(c, shared),
			radix:    radix(c),
			ways:     ways(c),
			itself:   phraseOf(feature("content", string(c.ID)), feature("kind", c.Kind)),
			kindAt:   kinds[c.Kind],
			index:    int32(i),
			budget:   int32(paid.of(c)),
		}
		p.giveRules(&p.contents[i])
		p.byContent[c.ID] = int32(i)
	}
	p.kinds = len(kinds)
	p.giveOffers()
	p.noteAsks()
}

// noteAsks finds the questions whose answers describe a person: one of each trait, of no item.
func (p *Plan) noteAsks() {
	known := make(map[string]bool)
	for i := range p.contents {
		if c := &p.contents[i]; c.Ask != nil && c.Items == aparte.NoItems && !known[c.Ask.Trait] {
			known[c.Ask.Trait] = true
			p.asks = append(p.asks, int32(i))
		}
	}
	p.answers = slices.ContainsFunc(p.brand.Objectives, func(o aparte.Objective) bool { return o.Event == aparte.EventAnswered })
}

// giveOffers finds which contents are offered the same items: those that take them from one source, under the same
// rules, none of which reads the content.
func (p *Plan) giveOffers() {
	same := make(map[string]int32)
	for i := range p.contents {
		c := &p.contents[i]
		if c.Items == aparte.NoItems {
			continue
		}
		c.shares = c.Ask == nil && !slices.ContainsFunc(c.onItem, func(r int32) bool { return p.rules[r].ofContent })
		key := fmt.Sprint(c.Items, c.onItem)
		if c.Ask != nil {
			key = string(c.ID) // what of its items was answered is its own
		}
		at, known := same[key]
		if !known {
			at = int32(p.offers)
			same[key] = at
			p.offers++
		}
		c.offer = at
	}
}

// giveRules gives a content the rules it must keep: those that hold everywhere, but for those about
// items where it speaks of none, and those it names.
func (p *Plan) giveRules(c *content) {
	named := make(map[aparte.RuleID]bool, len(c.Rules))
	for _, id := range c.Rules {
		named[id] = true
	}
	for _, everywhere := range [2]bool{true, false} {
		for i := range p.rules {
			switch r := &p.rules[i]; {
			case r.Everywhere != everywhere || !everywhere && !named[r.ID]:
			case !r.ofItem:
				c.rules = append(c.rules, int32(i))
			case c.Items != aparte.NoItems:
				c.onItem = append(c.onItem, int32(i))
				c.general += oneIf(everywhere)
			}
		}
	}
}

func radix(c *aparte.Content) []uint64 {
	radix := make([]uint64, len(c.Elements))
	for i, e := range c.Elements {
		radix[i] = uint64(len(e.Variants))
	}
	return radix
}

func ways(c *aparte.Content) uint64 {
	n := uint64(1)
	for _, e := range c.Elements {
		if n > math.MaxUint32 {
			return n // enough to be sampled from, and far from overflow: elements have 64 variants at most
		}
		n *= uint64(len(e.Variants))
	}
	return n
}

// foretell asks the rules that speak of nothing but items about every item, as long as that takes a
// reasonable time, and keeps what the others read of items at hand.
func (p *Plan) foretell() {
	asked := 0
	for i := range p.rules {
		r := &p.rules[i]
		switch n := len(p.catalogue.items); {
		case !r.ofItem:
		case r.onlyItem() && asked+n <= maxForetold:
			asked += n
			r.static = p.foretold(r)
		default:
			if !r.ofContent {
				r.memo = int32(p.memos)
				p.memos++
			}
			for _, v := range r.reads {
				if r.condition == nil && variables[v].scope == ofItem {
					p.catalogue.box(v)
				}
			}
		}
	}
}

func (p *Plan) foretold(r *rule) []verdict {
	verdicts := make([]verdict, len(p.catalogue.items))
	d := newDeliberation(p)
	defer d.closeFrame()
	for i := range p.catalogue.items {
		d.item, d.itemAt = &p.catalogue.items[i], int32(i)
		verdicts[i] = d.ask(r)
	}
	return verdicts
}

// settle fixes what is left: the zone, the hash of the holdout and the unit in which gaps of value
// are counted.
func (p *Plan) settle() {
	p.zone = time.UTC
	if loc := p.zones.Find(p.brand.Zone); loc != nil {
		p.zone = loc
	}
	p.holdout = mix(1, "holdout") // never changes: who is held out stays so
	p.scale = math.Max(1, p.catalogue.usual*purchaseChance)
	p.deliberations.New = func() any { return newDeliberation(p) }
}
