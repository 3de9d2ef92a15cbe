package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure"
)

// TraitKept is how many people a trait is kept of.
type TraitKept struct {
	Name   string    `json:"name"`
	People int       `json:"people"`
	From   [4]int    `json:"from"`   // of these, by aparte.Provenance
	Oldest time.Time `json:"oldest"` // when it was learned of anybody
	Newest time.Time `json:"newest"`
}

// Bounds of an inventory.
const (
	mostTraitsTold  = 512
	mostTraitsKnown = 8_192 // told apart while it is made
)

// inventory counts of how many people each trait is kept.
type inventory struct {
	kept map[string]*TraitKept
	lost bool // there are more than mostTraitsKnown
}

func (v *inventory) add(p *aparte.Person) {
	if v.kept == nil {
		v.kept = map[string]*TraitKept{}
	}
	for i := range p.Traits {
		t := &p.Traits[i]
		k := v.kept[t.Name]
		if k == nil {
			if len(v.kept) >= mostTraitsKnown {
				v.lost = true
				continue
			}
			k = &TraitKept{Name: strings.Clone(t.Name), Oldest: t.At, Newest: t.At}
			v.kept[k.Name] = k
		}
		k.People++
		if int(t.Provenance) < len(k.From) {
			k.From[t.Provenance]++
		}
		if t.At.Before(k.Oldest) {
			k.Oldest = t.At
		}
		if t.At.After(k.Newest) {
			k.Newest = t.At
		}
	}
}

// told are the traits that most people have, by name, and how many others there are.
func (v *inventory) told() ([]TraitKept, int) {
	all := make([]TraitKept, 0, len(v.kept))
	for _, k := range v.kept {
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b TraitKept) int { return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Name, b.Name)) })
	more := max(0, len(all)-mostTraitsTold)
	all = all[:len(all)-more]
	slices.SortFunc(all, func(a, b TraitKept) int { return cmp.Compare(a.Name, b.Name) })
	if v.lost {
		more++ // one at least
	}
	return all, more
}

// Attributes are what is kept of people beyond what they did: of how many, what reads it, and what knowing it is worth.
type Attributes struct {
	At         time.Time // when people were counted; zero: not yet
	People     int       // who were counted
	All        []Attribute
	More       int // traits that are kept and not told of
	Forgetting Forgetting
	Sight      Sight // of which decisions the counts are
}

// Attribute is one trait.
type Attribute struct {
	TraitKept
	Uses []decide.Use // empty: nothing of the brand reads it

	Could  int // of the decisions that were read, those of people who had it then in which something that reads it could have a say
	Decide *measure.Estimate
	Lost   []ObjectiveLost // by objective of which a score was learned

	Keep   *aparte.Retention // nil: as long as the person
	Unkept int64             // times it was told in the last 28 days, and not taken in
	Forgot int64             // times it was taken out of records and entries in the last 28 days
}

// ObjectiveLost is what foretelling an objective loses without a trait.
type ObjectiveLost struct {
	Objective aparte.ObjectiveID
	People    int // of whom it is told
	AUC       measure.Estimate
}

// Measurable reports whether anything is lost without it, as far as can be told: some interval lies above 0.
func (a *Attribute) Measurable() bool {
	return a.Decide != nil && a.Decide.Low > 0 || slices.ContainsFunc(a.Lost, func(o ObjectiveLost) bool { return o.AUC.Low > 0 })
}

// Attributes tells what is kept of people. Whom it is kept of was counted by the last fit; which decisions could use it is told by the evidence
// of the last look, which another follows as Evidence says.
func (e *Engine) Attributes(ctx context.Context, patience time.Duration) (*Attributes, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	b := now.plan.Brand()
	uses, err := e.uses(now)
	if err != nil {
		return nil, err
	}
	a := &Attributes{Forgetting: e.forgetter.told(now)}
	a.Sight, _ = e.Evidence(ctx, patience) // why there is none, it says itself
	fit := e.Fit()
	if fit != nil {
		a.At, a.People, a.More = fit.At, fit.People, fit.More
		for i := range fit.Traits {
			a.All = append(a.All, Attribute{TraitKept: fit.Traits[i]})
		}
		uses = append(uses, fit.uses()...)
	}
	for i := range b.Policy.Keep {
		name := b.Policy.Keep[i].Trait
		if !slices.ContainsFunc(a.All, func(x Attribute) bool { return x.Name == name }) {
			a.All = append(a.All, Attribute{TraitKept: TraitKept{Name: name}})
		}
	}
	slices.SortFunc(a.All, func(x, y Attribute) int { return cmp.Compare(x.Name, y.Name) })
	from := e.now().Add(-lookBack)
	unkept, err := e.namedCounts(ctx, unkeptPrefix, from)
	if err != nil {
		return nil, err
	}
	forgot, err := e.namedCounts(ctx, forgotPrefix, from)
	if err != nil {
		return nil, err
	}
	for i := range a.All {
		x := &a.All[i]
		for _, u := range uses {
			if u.Reads(x.Name) {
				x.Uses = append(x.Uses, u)
			}
		}
		x.Lost = fit.lost(x.Name)
		if v := a.Sight.Evidence; v != nil {
			x.Could, x.Decide = v.could(x.Name)
		}
		x.Keep, _ = b.Policy.Kept(x.Name)
		if x.Keep != nil && x.Keep.Trait == x.Name {
			x.Unkept, x.Forgot = unkept[x.Name], forgot[x.Name]
		}
	}
	return a, nil
}

// namedCounts are counters since a time, by what stands behind a prefix.
func (e *Engine) namedCounts(ctx context.Context, prefix string, from time.Time) (map[string]int64, error) {
	counters, err := e.Counters(ctx, prefix, from, e.now().Add(time.Hour))
	if err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	sums := map[string]int64{}
	for _, c := range counters {
		sums[strings.TrimPrefix(c.Key, prefix)] += c.N
	}
	return sums, nil
}

// uses are what of the brand reads traits: conditions and questions, then texts.
func (e *Engine) uses(now *live) ([]decide.Use, error) {
	uses, err := now.plan.Uses()
	if err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	b := now.plan.Brand()
	for i := range b.Contents {
		if e.composer == nil {
			break // an archive has no texts
		}
		c := &b.Contents[i]
		for _, trait := range e.composer.TraitsIn(b, c) {
			uses = append(uses, decide.Use{Trait: trait, By: decide.InText, ID: string(c.ID), In: decide.Reach{Contents: []aparte.ContentID{c.ID}}})
		}
	}
	return uses, nil
}

// uses are the traits that learned scores go by.
func (f *Fit) uses() (all []decide.Use) {
	for i := range f.Scores {
		s := &f.Scores[i]
		if s.Model == nil {
			continue
		}
		for k := range s.Model.Columns {
			c := &s.Model.Columns[k]
			u := decide.Use{Trait: c.Trait, By: decide.InScore, ID: string(s.Objective)}
			if c.Trait != "" && !slices.ContainsFunc(all, func(o decide.Use) bool { return o.Trait == u.Trait && o.ID == u.ID }) {
				all = append(all, u)
			}
		}
	}
	return all
}

// lost is what the scores lose without a trait.
func (f *Fit) lost(trait string) (all []ObjectiveLost) {
	if f == nil {
		return nil
	}
	for i := range f.Scores {
		s := &f.Scores[i]
		if s.Proof == nil {
			continue
		}
		for _, x := range s.Proof.Lost {
			if x.Trait == trait {
				all = append(all, ObjectiveLost{s.Objective, s.Proof.People, x.AUC})
			}
		}
	}
	return all
}

// TraitSeen is what decisions that were read say of a trait.
type TraitSeen struct {
	Trait string
	Could int               // decisions in which something that reads it could have a say, of people who had it then
	Lost  *measure.Estimate // what is lost where decisions learn without it, as a share of the variance of what follows; nil: they do not learn from it
}

// could is what the evidence says of a trait.
func (v *Evidence) could(trait string) (int, *measure.Estimate) {
	for i := range v.Traits {
		if v.Traits[i].Trait == trait {
			return v.Traits[i].Could, v.Traits[i].Lost
		}
	}
	return 0, nil
}

// useful watches which traits decisions could use, and keeps what is learned from of those that are drawn, to be learned again without one.
type useful struct {
	uses    []decide.Use
	answers map[string][]uint32 // by trait: the features that its answers are
	could   map[string]int
	rows    []lessonRow
}

// lessonRow is a decision whose outcome is known.
type lessonRow struct {
	at      time.Time
	person  aparte.PersonID
	example learn.Example
}

// mostLessons bounds the rows that are kept.
const mostLessons = 30_000

func newUseful(e *Engine, now *live) useful {
	u := useful{could: map[string]int{}, answers: now.plan.AnswerFeatures()}
	uses, err := e.uses(now)
	if err != nil {
		e.log.Error("attributes", "error", err) // the brand was compiled before: it cannot be
	}
	if fit := e.Fit(); fit != nil {
		scored := now.plan.Reading("score")
		for _, x := range fit.uses() {
			x.In = scored
			uses = append(uses, x)
		}
	}
	u.uses = uses
	return u
}

// see takes a decision in, about somebody as they are now, with all that followed it where that is known.
func (u *useful) see(p *aparte.Person, d *aparte.Decision, all outcome) {
	for i := range p.Traits {
		t := &p.Traits[i]
		if t.At.After(d.At) {
			continue
		}
		for k := range u.uses {
			if u.uses[k].Reads(t.Name) && u.uses[k].In.Of(d) {
				u.could[t.Name]++
				break
			}
		}
	}
	if !all.known || len(u.answers) == 0 || len(u.rows) >= mostLessons {
		return
	}
	e := learn.Example{
		Objective: "all", Features: aparte.Features{Context: d.Features.Context, Action: d.Features.Action}, Reward: all.value, Propensity: 1,
	}
	if e.Validate() == nil { // else the learner did not learn from it either
		u.rows = append(u.rows, lessonRow{d.At, p.ID, e})
	}
}

// told is what was seen of each trait.
func (u *useful) told() (all []TraitSeen) {
	for name, n := range u.could {
		all = append(all, TraitSeen{Trait: name, Could: n})
	}
	slices.SortFunc(all, func(a, b TraitSeen) int { return cmp.Compare(a.Trait, b.Trait) })
	slices.SortStableFunc(u.rows, func(a, b lessonRow) int { return a.at.Compare(b.at) })
	var whole []float64
	for i := range all {
		if hashes := u.answers[all[i].Trait]; len(hashes) > 0 && len(u.rows) >= leastLessons {
			if whole == nil {
				whole = u.missed(nil)
			}
			if lost := u.lost(whole, u.missed(hashes)); !math.IsNaN(lost.Low + lost.High) { // nothing followed, whatever was decided
				all[i].Lost = &lost
			}
		}
	}
	return all
}

// leastLessons is how many decisions it takes for anything to be said.
const leastLessons = 200

// missed is by how much each decision's outcome was foretold wrongly, squared, by a learner as decisions have it, which foretells each before it
// learns from it (progressive validation: Blum, Kalai, Langford 1999, "Beating the hold-out"): so each was held out when it was judged.
// Features that are without are not seen.
func (u *useful) missed(without []uint32) []float64 {
	model := learn.NewHybrid(learn.Config{})
	missed, value := make([]float64, len(u.rows)), make([]float64, 1)
	for i := range u.rows {
		e := u.rows[i].example
		if len(without) > 0 {
			e.Features.Context = slices.DeleteFunc(slices.Clone(e.Features.Context), func(f aparte.Feature) bool { return slices.Contains(without, f.Hash) })
		}
		model.Score(e.Features.Context, [][]aparte.Feature{e.Features.Action}, value)
		off := value[0] - e.Reward
		missed[i] = off * off
		_ = model.Learn(&e) // which it can: see
	}
	return missed
}

// lost is by how much more is missed without something, as a share of the variance of what followed, with the interval of people: what one person
// did is not counted as if several had.
func (u *useful) lost(with, without []float64) measure.Estimate {
	var outcome measure.Mean
	sums, counts := map[aparte.PersonID]float64{}, map[aparte.PersonID]float64{}
	total := 0.0
	for i := range u.rows {
		outcome.Add(u.rows[i].example.Reward)
		more := without[i] - with[i]
		total += more
		sums[u.rows[i].person] += more
		counts[u.rows[i].person]++
	}
	n, variance := float64(len(u.rows)), outcome.Variance()
	mean, squares := total/n, 0.0
	for i := range u.rows {
		id := u.rows[i].person
		if counts[id] == 0 {
			continue // in the order of decisions, so that sums come out alike
		}
		off := sums[id] - float64(counts[id]*mean)
		squares += float64(off * off)
		counts[id] = 0
	}
	return measure.Around(mean/variance, math.Sqrt(squares)/n/variance, proofLevel)
}
