package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

// trialWindow is how long after they entered what people do counts.
const trialWindow = 28 * 24 * time.Hour

const trialDocument = "trial"

// trial is the comparison under way of people who are told things with people who are held out. A new one
// begins, and everybody enters anew, when a share or what counts as value changes: sums over two kinds of
// value, or over people who changed sides, would compare nothing.
//
// Somebody enters at their first decision for which the holdout made a difference: some marketing got as far
// as being said or held out. Both sides come to that moment alike, as all before it was the same for them; who never
// gets there would only blur the comparison. From then on all they do within trialWindow counts, whatever they
// are told and whether they see it.
type trial struct {
	number uint64
	rules  trialRules
}

// trialRules are what a trial is about, as it is stored.
type trialRules struct {
	Brand      uint64         `json:"brand"` // first version of the brand that it holds for
	Began      time.Time      `json:"began"`
	Holdout    float64        `json:"holdout"`
	Objectives []trialMeasure `json:"objectives"` // by id: their places stand in people's accounts, from 1
}

// trialMeasure is an objective, as far as a trial depends on it.
type trialMeasure struct {
	ID      aparte.ObjectiveID `json:"id"`
	Event   string             `json:"event"`
	Value   string             `json:"value"`
	Holdout float64            `json:"holdout"`
}

func rulesOf(b *aparte.Brand) trialRules {
	r := trialRules{Holdout: b.Holdout, Objectives: make([]trialMeasure, 0, len(b.Objectives))}
	for _, o := range b.Objectives {
		r.Objectives = append(r.Objectives, trialMeasure{o.ID, o.Event, o.Value, o.Holdout})
	}
	slices.SortFunc(r.Objectives, func(a, b trialMeasure) int { return cmp.Compare(a.ID, b.ID) })
	return r
}

// same reports whether a trial under these rules goes on under others.
func (r trialRules) same(o trialRules) bool {
	return r.Holdout == o.Holdout && (len(r.Objectives) == 0 && len(o.Objectives) == 0 || reflect.DeepEqual(r.Objectives, o.Objectives))
}

// trialOf is the trial that a version of the brand goes on with, or begins.
func (e *Engine) trialOf(ctx context.Context, b *aparte.Brand, version uint64) (*trial, error) {
	rules := rulesOf(b)
	doc, err := e.store.Document(ctx, trialDocument, 0)
	switch {
	case err == nil:
		last := &trial{number: doc.Version}
		if err := json.Unmarshal(doc.Body, &last.rules); err != nil {
			return nil, fmt.Errorf("trial %d cannot be read: %w", doc.Version, err)
		}
		if last.rules.same(rules) {
			return last, nil
		}
	case !errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("read trial: %w", err)
	}
	rules.Brand, rules.Began = version, e.now().UTC().Truncate(time.Microsecond)
	body, err := json.Marshal(rules)
	if err != nil {
		return nil, fmt.Errorf("encode trial: %w", err)
	}
	number, err := e.store.PutDocument(ctx, trialDocument, body)
	if err != nil {
		return nil, fmt.Errorf("store trial: %w", err)
	}
	return &trial{number, rules}, nil
}

// share of people who are held out: of everything (0), or of an objective.
func (tr *trial) share(holdout int) float64 {
	if holdout == 0 {
		return tr.rules.Holdout
	}
	return tr.rules.Objectives[holdout-1].Holdout
}

// reached says for which holdouts a decision is one they made a difference for. content is what the brand that
// decided says of a content.
func (tr *trial) reached(d *aparte.Decision, content func(aparte.ContentID) (*aparte.Content, bool)) (holdouts []int) {
	for i := range d.Candidates {
		x := &d.Candidates[i]
		if x.Action.Silent() || x.Excluded != "" && x.Excluded != aparte.InHoldout {
			continue
		}
		c, known := content(x.Action.Content)
		if !known || c.Purpose != aparte.Marketing {
			continue
		}
		if !slices.Contains(holdouts, 0) {
			holdouts = append(holdouts, 0)
		}
		for _, id := range c.Toward {
			if at := tr.place(id); at > 0 && !slices.Contains(holdouts, at) {
				holdouts = append(holdouts, at)
			}
		}
	}
	return slices.DeleteFunc(holdouts, func(holdout int) bool { return tr.share(holdout) == 0 })
}

// place is an objective's place in the trial, from 1; 0 where it has none.
func (tr *trial) place(id aparte.ObjectiveID) int {
	at, found := slices.BinarySearchFunc(tr.rules.Objectives, id, func(m trialMeasure, id aparte.ObjectiveID) int { return cmp.Compare(m.ID, id) })
	if !found {
		return 0
	}
	return at + 1
}

// complete reports whether somebody can enter nothing more. Who is held out of everything is in no comparison but
// that one.
func (tr *trial) complete(p *aparte.Person) bool {
	brand, held, in, all := false, false, 0, 0
	for i := range p.Trials {
		if line := &p.Trials[i]; line.Number == tr.number && line.Objective == line.Holdout {
			brand = brand || line.Holdout == 0
			held = held || line.Holdout == 0 && line.Held
			in++
		}
	}
	if tr.rules.Holdout > 0 {
		all++
	}
	for _, o := range tr.rules.Objectives {
		if o.Holdout > 0 {
			all++
		}
	}
	return in == all || brand && held
}

// enter puts a person into the comparisons of some holdouts, where they are not in them yet. Lines of trials before
// are given up.
func (tr *trial) enter(lines []aparte.Trial, holdouts []int, plan *decide.Plan, id aparte.PersonID, at time.Time) []aparte.Trial {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l aparte.Trial) bool { return l.Number != tr.number })
	for _, holdout := range holdouts {
		if _, in := findLine(lines, holdout, holdout); in {
			continue
		}
		held := plan.HeldOut(id)
		if holdout > 0 {
			if held {
				continue
			}
			held = plan.HeldOutOf(tr.rules.Objectives[holdout-1].ID, id)
		}
		lines = setLine(lines, aparte.Trial{Number: tr.number, Holdout: holdout, Objective: holdout, Held: held, Since: at})
	}
	return lines
}

// earn adds a value that an objective is reached with to the comparisons that a person is in.
func (tr *trial) earn(lines []aparte.Trial, objective int, value int64, at time.Time) []aparte.Trial {
	lines = slices.Clone(lines)
	add := func(under aparte.Trial, measure int) {
		line, in := findLine(lines, under.Holdout, measure)
		if !in {
			line, line.Objective, line.Value = under, measure, 0
		}
		line.Value = bounded(line.Value, value)
		lines = setLine(lines, line)
	}
	for _, holdout := range []int{0, objective} {
		under, in := findLine(lines, holdout, holdout)
		if !in || under.Number != tr.number || at.UnixMicro() < under.Since.UnixMicro() || at.UnixMicro() > under.Since.Add(trialWindow).UnixMicro() {
			continue
		}
		add(under, holdout)
		if holdout != objective {
			add(under, objective)
		}
	}
	return lines
}

// bounded is a sum within what a comparison can count.
func bounded(a, b int64) int64 {
	b = min(max(b, -2*measure.MaxValue), 2*measure.MaxValue)
	return min(max(a+b, -measure.MaxValue), measure.MaxValue)
}

// side is on which side of the comparison with silence in everything somebody is, if they are in it.
func (tr *trial) side(p *aparte.Person) (held, enrolled bool) {
	line, in := findLine(p.Trials, 0, 0)
	return line.Held, in && line.Number == tr.number
}

// join makes one account of those of two records that proved to be one person. In each comparison they stay on the
// side on which they were first, with what both were worth: who changes sides by being recognised, perhaps
// because of what they were told, must not leave the comparison for it.
func (tr *trial) join(survivor, loser []aparte.Trial) []aparte.Trial {
	current := func(l aparte.Trial) bool { return l.Number != tr.number }
	both := slices.DeleteFunc(slices.Clone(survivor), current)
	for _, theirs := range slices.DeleteFunc(slices.Clone(loser), current) {
		mine, in := findLine(both, theirs.Holdout, theirs.Objective)
		if in {
			theirs.Value = bounded(theirs.Value, mine.Value)
		}
		both = setLine(both, theirs)
		first, _ := findLine(loser, theirs.Holdout, theirs.Holdout)
		if own, in := findLine(survivor, theirs.Holdout, theirs.Holdout); in && own.Number == tr.number && !own.Since.After(first.Since) {
			first = own
		}
		for i := range both {
			if both[i].Holdout == theirs.Holdout {
				both[i].Held, both[i].Since = first.Held, first.Since
			}
		}
	}
	return both
}

func lineOrder(l aparte.Trial, at [2]int) int {
	return cmp.Or(cmp.Compare(l.Holdout, at[0]), cmp.Compare(l.Objective, at[1]))
}

func findLine(lines []aparte.Trial, holdout, objective int) (aparte.Trial, bool) {
	at, found := slices.BinarySearchFunc(lines, [2]int{holdout, objective}, lineOrder)
	if !found {
		return aparte.Trial{}, false
	}
	return lines[at], true
}

// setLine puts a line in its place, over the one that is there.
func setLine(lines []aparte.Trial, line aparte.Trial) []aparte.Trial {
	at, found := slices.BinarySearchFunc(lines, [2]int{line.Holdout, line.Objective}, lineOrder)
	if found {
		lines[at] = line
		return lines
	}
	return slices.Insert(lines, at, line)
}

// account counts what changed between two states of a person's account, with sums that only ever add: what was
// is taken out, what is is put in.
func (tr *trial) account(before, after []aparte.Trial, count func(key string, n int64)) {
	for _, line := range before {
		if line.Number == tr.number && !slices.Contains(after, line) {
			tr.line(line, -1, count)
		}
	}
	for _, line := range after {
		if line.Number == tr.number && !slices.Contains(before, line) {
			tr.line(line, 1, count)
		}
	}
}

func (tr *trial) line(l aparte.Trial, by int64, count func(key string, n int64)) {
	if l.Objective == l.Holdout {
		count(tr.key(l.Holdout, "people", l.Held), by)
	}
	if l.Value == 0 {
		return
	}
	key := func(what string) string {
		return tr.key(l.Holdout, fmt.Sprintf("%d/%d/%s", l.Objective, measure.SizeOf(l.Value), what), l.Held)
	}
	high, low := measure.SquareOf(l.Value)
	count(key("n"), by)
	count(key("sum"), by*l.Value)
	count(key("high"), by*high)
	count(key("low"), by*low)
}

// key begins with number and holdout, goes on with what is counted, and ends with the side.
func (tr *trial) key(holdout int, what string, held bool) string {
	return fmt.Sprintf("%s%d/%s/%s", tr.prefix(), holdout, what, sideOf(held))
}

func (tr *trial) prefix() string { return fmt.Sprintf("trial/%d/", tr.number) }

const (
	treatedSide = "treated"
	heldSide    = "held"
)

func sideOf(held bool) string {
	if held {
		return heldSide
	}
	return treatedSide
}

// total is the hour of counters that belong to none.
var total = time.Unix(0, 0).UTC()

// countTotal adds to a counter that goes on for good.
func (t *turn) countTotal(key string, n int64) { t.countAt(key, total, n) }

// enroll puts a person into the comparisons that a decision is the first to matter for; whether it did is returned.
func (t *turn) enroll(now *live, p *aparte.Person, d *aparte.Decision) bool {
	tr := now.trial
	if tr.complete(p) {
		return false
	}
	after := tr.enter(p.Trials, tr.reached(d, now.plan.Content), now.plan, p.ID, d.At.UTC())
	if slices.Equal(p.Trials, after) {
		return false
	}
	for _, line := range after {
		if !slices.Contains(p.Trials, line) {
			t.countTotal(tr.key(line.Holdout, "entered", line.Held), 1)
		}
	}
	t.reaccount(tr, p, after)
	return true
}

// credited adds what an event was worth to a person's account.
func (t *turn) credited(now *live, p *aparte.Person, objective aparte.ObjectiveID, value float64, at time.Time) {
	if len(p.Trials) > 0 && value != 0 {
		t.reaccount(now.trial, p, now.trial.earn(p.Trials, now.trial.place(objective), int64(value), at))
	}
}

func (t *turn) reaccount(tr *trial, p *aparte.Person, after []aparte.Trial) {
	tr.account(p.Trials, after, t.countTotal)
	p.Trials = after
}

// joined makes one account of a survivor's and a merged person's, which was taken out of the sums when they yielded.
func (t *turn) joined(both, survivor, loser *aparte.Person) {
	now := t.owner.engine.brand.Load()
	if now == nil {
		return
	}
	for _, theirs := range loser.Trials {
		mine, in := findLine(survivor.Trials, theirs.Holdout, theirs.Objective)
		if in && theirs.Objective == theirs.Holdout && mine.Number == theirs.Number && mine.Held != theirs.Held {
			t.countTotal(now.trial.key(theirs.Holdout, "crossed", mine.Held), 1)
		}
	}
	both.Trials = survivor.Trials
	t.reaccount(now.trial, both, now.trial.join(survivor.Trials, loser.Trials))
}

// left takes somebody who is no more out of the sums.
func (t *turn) left(p *aparte.Person) {
	if now := t.owner.engine.brand.Load(); now != nil {
		now.trial.account(p.Trials, nil, t.countTotal)
	}
}
