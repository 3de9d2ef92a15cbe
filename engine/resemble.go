package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/lookalike"
	"github.com/aparte-dev/aparte/measure"
)

// Likeness is a question: who resembles the people for whom a condition holds.
type Likeness struct {
	Seed        string  // the condition, in the language of rules
	Value       string  // how much a seed counts, such as person.ltv; empty: all alike
	Size        float64 // share of everybody else who are listed, the most like first, up to 0.2; 0: nobody is
	Seeds       bool    // the seeds are listed instead, all of them
	Identifiers bool    // with the hashes of their e-mail addresses
}

// Bounds of what is learned from and judged by. Of more people, those whose ids' hashes are least.
const (
	seedsLearned  = 20_000
	othersLearned = 20_000
	seedsJudged   = 10_000
	othersJudged  = 20_000

	leastSeeds  = 50
	mostSize    = 0.2
	heldShare   = 4  // one of so many judges, and teaches nothing
	mostWeight  = 10 // of a seed, in means: a single one says little of all
	surveyed    = 200
	likeReasons = 3
	likeLevel   = 0.95
)

// audienceSizes are those of which it is told how good they are.
var audienceSizes = [...]float64{0.01, 0.02, 0.05, 0.10, 0.20}

// TooAlike says that seeds, or everybody else, are too few for telling them apart.
type TooAlike struct{ Seeds, Others int }

func (t *TooAlike) Error() string {
	return fmt.Sprintf("%d seeds and %d others: at least %d of each are needed to learn what seeds have in common", t.Seeds, t.Others, leastSeeds)
}

// BadAmount says what is wrong with what a seed is worth.
type BadAmount struct{ Err error }

func (b *BadAmount) Error() string { return b.Err.Error() }
func (b *BadAmount) Unwrap() error { return b.Err }

// Resemblance is the answer. How good it is is told by a quarter of all people, seeds and others, who taught nothing.
type Resemblance struct {
	At        time.Time
	Seeds     int // people for whom the condition holds
	Others    int // who are ranked
	Objecting int // to profiling: neither
	Failed    int // of whom the condition, or a seed's value, has no answer, or whose value is nothing: neither

	LearnedSeeds, LearnedOthers int
	JudgedSeeds, JudgedOthers   int

	AUC      float64
	Sizes    []AudienceSize
	InCommon []InCommon // what tells seeds from others, the largest difference first
	LeftOut  []string   // what was not learned from, as the condition gives it away
	Columns  []string   // what was
	Trees    int
	Listed   []Alike
}

// AudienceSize is how good so many of everybody else are, the most like seeds first.
type AudienceSize struct {
	Share    float64
	People   int
	Score    float64          // of the last of them
	Found    float64          // the share of seeds held out who score as high as this share of the others held out
	Interval measure.Interval // of Found, 95 %
	Lift     float64          // how many times as many as chance finds
}

// InCommon is what seeds have in common.
type InCommon struct {
	lookalike.Trait
	Meaning aparte.Words // of the column
}

// Alike is somebody who is listed.
type Alike struct {
	ID      aparte.PersonID
	Seed    bool
	Score   float64 // the probability of being a seed, as far as what is known goes; 0 of seeds
	Weight  float64 // of a seed; 0 of others
	Reasons []lookalike.Reason
	Emails  [][sha256.Size]byte // of the normal form of their addresses

	seen lookalike.Seen
}

// Resemble is as that of an Engine.
func (a *Archive) Resemble(ctx context.Context, l Likeness, tell func(done, total int)) (*Resemblance, error) {
	now := a.engine.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	r := &resembling{engine: a.engine, asked: l, at: a.engine.now().UTC(), fit: a.engine.fitter.now(), survey: now.plan.Survey(), tell: tell}
	if !(l.Size >= 0 && l.Size <= mostSize) {
		return nil, fmt.Errorf("a size of %g", l.Size)
	}
	if err := r.run(ctx, now.plan); err != nil {
		return nil, err
	}
	return &r.found, nil
}

// run answers the question in the words of a plan.
func (r *resembling) run(ctx context.Context, plan *decide.Plan) (err error) {
	r.found.At = r.at
	if r.seed, err = plan.Audience(r.asked.Seed); err != nil {
		return &BadCondition{err}
	}
	if r.asked.Value != "" {
		if r.value, err = plan.Amount(r.asked.Value); err != nil {
			return &BadAmount{err}
		}
	}
	for _, step := range []func(context.Context) error{r.draw, r.learn, r.rank} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("look-alikes: %w", err)
		}
	}
	return nil
}

// Resemble learns what tells the people for whom a condition holds from all others, and ranks those by it. Who objects to profiling
// is neither. One at a time is under way, others get ErrBusy. tell, if not nil, is told how far it is.
func (e *Engine) Resemble(ctx context.Context, l Likeness, tell func(done, total int)) (*Resemblance, error) {
	if !e.resembling.TryLock() {
		return nil, ErrBusy
	}
	defer e.resembling.Unlock()
	ctx, leave, err := e.lookout.join(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return (&Archive{e}).Resemble(ctx, l, tell)
}

// resembling is one under way. Its size is that of the people learned from, and of those listed.
type resembling struct {
	engine *Engine
	asked  Likeness
	at     time.Time
	fit    decide.Fit
	seed   *decide.Audience
	value  *decide.Amount
	survey *decide.Survey
	tell   func(done, total int)
	done   int // parts, of three times all

	learned, judged [2]least[drawn] // others, seeds
	portrait        *decide.Portrait
	model           *lookalike.Model
	room            []aparte.Value
	best            least[ranked]
	listed          []Alike
	ranking         bool      // scores are kept
	scores          []float64 // of everybody else, or of some of them
	found           Resemblance
}

// drawn is somebody to learn from or to judge by.
type drawn struct {
	id     aparte.PersonID
	hash   uint64
	weight float64
}

func (d drawn) compare(e drawn) int {
	return cmp.Or(cmp.Compare(d.hash, e.hash), bytes.Compare(d.id[:], e.id[:]))
}

// kindOf says who somebody is: 1 a seed, 0 another, below none of both.
func (r *resembling) kindOf(p *aparte.Person) (kind int, weight float64) {
	for i := range p.Consents {
		if c := &p.Consents[i]; c.Purpose == aparte.Profiling && !c.Granted {
			return -1, 0
		}
	}
	switch holds, err := r.seed.Holds(p, r.fit, r.at); {
	case err != nil:
		return -2, 0
	case !holds:
		return 0, 1
	}
	if r.value == nil {
		return 1, 1
	}
	v, err := r.value.Of(p, r.fit, r.at)
	if err != nil || !(v > 0) {
		return -2, 0
	}
	return 1, v
}

// draw reads everybody, to find seeds and others, and what is frequent among them.
func (r *resembling) draw(ctx context.Context) error {
	r.learned = [2]least[drawn]{{most: othersLearned}, {most: seedsLearned}}
	r.judged = [2]least[drawn]{{most: othersJudged}, {most: seedsJudged}}
	err := r.everybody(ctx, func(p *aparte.Person, inPart int) {
		kind, weight := r.kindOf(p)
		switch kind {
		case -1:
			r.found.Objecting++
			return
		case -2:
			r.found.Failed++
			return
		case 1:
			r.found.Seeds++
		default:
			r.found.Others++
		}
		if inPart < surveyed {
			r.survey.Add(p)
		}
		d := drawn{p.ID, hashOf(p.ID), weight}
		if d.hash%heldShare == 0 {
			r.judged[kind].add(d)
		} else {
			r.learned[kind].add(d)
		}
	})
	if err == nil && min(r.found.Seeds, r.found.Others) < leastSeeds {
		err = &TooAlike{r.found.Seeds, r.found.Others}
	}
	return err
}

// hashOf spreads ids evenly whatever part and time they are of (the finaliser of MurmurHash3).
func hashOf(id aparte.PersonID) uint64 {
	h := binary.BigEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:])*0x9E3779B97F4A7C15
	h = (h ^ h>>33) * 0xFF51AFD7ED558CCD
	h = (h ^ h>>33) * 0xC4CEB9FE1A85EC53
	return h ^ h>>33
}

// everybody hands over all people, part by part, and the how manieth of their part they are.
func (r *resembling) everybody(ctx context.Context, use func(p *aparte.Person, inPart int)) error {
	for part := range r.engine.parts {
		n := 0
		err := r.engine.EachPerson(ctx, part, func(p *aparte.Person) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			use(p, n)
			n++
			return nil
		})
		if err != nil {
			return err
		}
		r.advance(1)
	}
	return nil
}

func (r *resembling) advance(parts int) {
	r.done += parts
	if r.tell != nil {
		r.tell(r.done, 3*r.engine.parts)
	}
}

// learn draws people's portraits, learns from some and is judged by the others.
func (r *resembling) learn(ctx context.Context) error {
	r.portrait = r.survey.Portrait(r.seed)
	r.found.LeftOut = r.portrait.LeftOut
	names := make([]string, len(r.portrait.Columns))
	for i, c := range r.portrait.Columns {
		names[i] = c.Name
	}
	table := lookalike.NewTable(names...)
	var rows, held []lookalike.Row
	for kind := range 2 {
		learned, err := r.portray(ctx, table, r.learned[kind].all(), kind == 1)
		if err != nil {
			return err
		}
		judged, err := r.portray(ctx, table, r.judged[kind].all(), kind == 1)
		if err != nil {
			return err
		}
		weigh(learned, r.learned[kind].offered)
		rows, held = append(rows, learned...), append(held, judged...)
	}
	var err error
	if r.model, err = lookalike.Train(table, rows, lookalike.Config{Stop: ctx.Err}); err != nil {
		return err
	}
	unused := table.Unused()
	for _, name := range names {
		if unused[name] == "" {
			r.found.Columns = append(r.found.Columns, name)
		}
	}
	r.found.LearnedSeeds, r.found.LearnedOthers = len(r.learned[1].all()), len(r.learned[0].all())
	r.found.Trees = r.model.Rounds
	r.judge(held)
	r.advance(r.engine.parts)
	return nil
}

// portray adds people to the table. Who is gone meanwhile is passed over.
func (r *resembling) portray(ctx context.Context, table *lookalike.Table, of []drawn, seeds bool) (rows []lookalike.Row, err error) {
	slices.SortFunc(of, func(a, b drawn) int { return bytes.Compare(a.id[:], b.id[:]) })
	for _, d := range of {
		states, err := r.engine.store.States(ctx, r.engine.partOf(d.id), []aparte.PersonID{d.id})
		if err != nil {
			return nil, fmt.Errorf("person %s: %w", d.id, err)
		}
		for i := range states {
			p, err := decode(&states[i])
			if err != nil {
				return nil, err
			}
			if !p.MergedInto.IsZero() {
				continue
			}
			r.room = r.portrait.Of(&p, r.fit, r.at, r.room[:0])
			rows = append(rows, lookalike.Row{Person: table.Rows(), Seed: seeds, Weight: d.weight})
			table.AddValues(r.room)
		}
	}
	return rows, nil
}

// weigh lets rows stand for all they were drawn from, each by its weight against the mean of all.
func weigh(rows []lookalike.Row, all int) {
	sum := 0.0
	for _, row := range rows {
		sum += row.Weight
	}
	mean, each := sum/float64(len(rows)), float64(all)/float64(len(rows))
	for i := range rows {
		rows[i].Weight = each * min(max(rows[i].Weight/mean, 1/float64(mostWeight*mostWeight)), mostWeight)
	}
}

// judge tells how good the model is by people it has not learned from.
func (r *resembling) judge(held []lookalike.Row) {
	var judged []measure.Judged
	var seen [2][]lookalike.Seen
	for _, row := range held {
		kind := 0
		if row.Seed {
			kind = 1
		}
		judged = append(judged, measure.Judged{Score: r.model.Score(row.Person), Came: row.Seed})
		seen[kind] = append(seen[kind], r.model.SeeRow(row.Person))
	}
	r.found.JudgedOthers, r.found.JudgedSeeds = len(seen[0]), len(seen[1])
	d := measure.Discriminate(judged)
	r.found.AUC = d.AUC()
	for _, share := range audienceSizes {
		found, interval := d.Reached(share, likeLevel)
		r.found.Sizes = append(r.found.Sizes, AudienceSize{Share: share, Found: found, Interval: interval, Lift: found / share})
	}
	for _, t := range r.model.InCommon(seen[1], seen[0]) {
		r.found.InCommon = append(r.found.InCommon, InCommon{t, r.meaning(t.Column)})
	}
}

// meaning is what a column is, in words.
func (r *resembling) meaning(column string) aparte.Words {
	for _, c := range r.portrait.Columns {
		if c.Name == column {
			return c.Words
		}
	}
	return nil
}

// ranked is somebody else, by how much they are like seeds.
type ranked struct{ *Alike }

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), bytes.Compare(a.ID[:], b.ID[:]))
}

// rank reads everybody again, and gives those who are no seeds their place.
func (r *resembling) rank(ctx context.Context) error {
	r.best = least[ranked]{most: int(math.Ceil(mostSize * float64(r.found.Others)))}
	err := r.everybody(ctx, func(p *aparte.Person, _ int) {
		kind, weight := r.kindOf(p)
		switch {
		case kind == 1 && r.asked.Seeds:
			r.listed = append(r.listed, r.alike(p, Alike{ID: p.ID, Seed: true, Weight: weight}))
		case kind == 0:
			seen := r.see(p)
			score := r.model.ScoreOf(seen)
			if r.ranking && sampled(p.ID, r.found.Others) {
				r.scores = append(r.scores, score)
			}
			one := r.alike(p, Alike{ID: p.ID, Score: score, seen: seen})
			r.best.add(ranked{&one})
		}
	})
	if err != nil {
		return err
	}
	best := r.best.all()
	for i := range r.found.Sizes {
		s := &r.found.Sizes[i]
		if s.People = min(int(math.Round(s.Share*float64(r.found.Others))), len(best)); s.People > 0 {
			s.Score = best[s.People-1].Score
		}
	}
	if !r.asked.Seeds {
		for _, one := range best[:min(int(math.Round(r.asked.Size*float64(r.found.Others))), len(best))] {
			one.Reasons = likeSeeds(r.model.ReasonsOf(one.seen))
			r.listed = append(r.listed, *one.Alike)
		}
	}
	r.found.Listed = r.listed
	return nil
}

// see is somebody as the model sees them.
func (r *resembling) see(p *aparte.Person) lookalike.Seen {
	r.room = r.portrait.Of(p, r.fit, r.at, r.room[:0])
	return r.model.See(r.room)
}

// likeSeeds are the first reasons of those that speak for somebody.
func likeSeeds(reasons []lookalike.Reason) []lookalike.Reason {
	reasons = slices.DeleteFunc(reasons, func(one lookalike.Reason) bool { return one.Adds <= 0 })
	return slices.Clone(reasons[:min(len(reasons), likeReasons)])
}

// alike gives somebody the hashes that are asked for: SHA-256 of each address in its normal form, as ad platforms match them; of who agreed to
// marketing there.
func (r *resembling) alike(p *aparte.Person, one Alike) Alike {
	if r.asked.Identifiers && p.Advertised() {
		for _, id := range p.Identifiers {
			if id.Kind == aparte.KindEmail {
				one.Emails = append(one.Emails, sha256.Sum256([]byte(id.Value)))
			}
		}
	}
	return one
}
