package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

// Evidence is what the log proves of its own decisions: whether they were drawn by the propensities it states, and what each
// content, and each way of saying it, has earned. People are the sample: where a store has more of them than are asked
// for, those are read whose ids come first in each part. Ids begin with a keyed hash, so that nothing but chance
// chose them.
type Evidence struct {
	At           time.Time // until when outcomes are known
	Since, Until time.Time // of the decisions
	People       int       // whose histories were read
	Sampled      bool      // there are more
	LeftOut      int       // people whose histories are longer than anybody's
	Decisions    int
	Open         int // of these, with some window not over: they count for objectives whose windows are

	Truth      measure.Truth
	Objectives []aparte.ObjectiveID
	Channels   []Earned // what is said on each
	Families   []Earned // what is said to people of each
	Audiences  []Earned // what is said to people in each when it was decided, in the brand's order
	Credited   []AudienceCredit
	Earned     []Earned // contents in the brand's order, each before its layouts and variants
	Variety    []Variety
	Made       Made // what was seen of what was made by hand
	Magnets    Magnets
	Untold     bool // there are more layouts and variants than are told of
	Traits     []TraitSeen
	Channelled []ChannelRates // what became of what was said, by channel
	Staged     []StageDecided // how much was decided, by where people stand on the path
	Hours      []HourRate     // how often it was answered, by channel and hour
	Barred     []Barred       // contents in the brand's order: how often, and why, they could not be said
}

// Looking is which decisions evidence is about.
type Looking struct {
	Since  time.Time // zero: from the first on
	People int       // at most so many are read; 0: everybody
}

// mostRead bounds the entries of one person that are read.
const mostRead = 20_000

// Evidence reads what the log proves. tell, if not nil, is told how far it is.
func (a *Archive) Evidence(ctx context.Context, l Looking, tell func(done, total int)) (*Evidence, error) {
	b, version, err := a.engine.brandAt(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	under, err := compile(b, version)
	if err != nil {
		return nil, fmt.Errorf("evidence: brand version %d: %w", version, err)
	}
	steps := steps{tell: tell, total: 2 * a.engine.parts}
	w, err := newWitness(ctx, a.engine, under, l, steps)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	survey := whatIf{engine: a.engine} // a store at rest ends when somebody was last heard of
	if err := survey.everybody(ctx, survey.survey); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	steps.at(a.engine.parts)
	w.found.At, w.read = survey.ends, a.engine.parts
	if err := w.everybody(ctx); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return w.evidence(), nil
}

// witness reads histories. Its size is that of one person's entries and of what is told.
type witness struct {
	engine *Engine
	under  *live
	asked  Looking
	found  Evidence
	tally  *tally
	told   varieties
	making *making
	pulled *magnetism
	useful useful
	rates  channelled
	hours  hourly
	barred barring
	staged decided
	fates  fates
	said   []aparte.Decision     // of one person
	in     [][]aparte.AudienceID // where they were in when each of these was decided
	moves  []movement
	owed   audienceCredits
	steps  steps
	read   int // steps done

	versions editions
	bodies   []store.Entry // of one person's decisions
	outcomes []outcome     // of a decision
	odds     []float64     // of a decision's candidates
}

// outcome is what followed a decision, in all (the first) or by an objective, as far as it is known.
type outcome struct {
	known bool
	value float64
}

func newWitness(ctx context.Context, e *Engine, under *live, l Looking, s steps) (*witness, error) {
	assets, err := asset.Open(ctx, e.store, nil, e.now)
	if err != nil {
		return nil, err
	}
	objectives := under.plan.Brand().Objectives
	w := &witness{
		engine: e, under: under, asked: l, steps: s, tally: newTally(under.plan.Brand()), told: varieties{}, making: newMaking(under.plan.Brand(), assets), pulled: newMagnetism(),
		versions: e.editions(), outcomes: make([]outcome, 1+len(objectives)),
	}
	w.useful, w.rates = newUseful(e, under), channelled{}
	w.hours, w.barred, w.staged = hourly{}, barring{}, decided{}
	w.owed = audienceCredits{objectives, map[aparte.AudienceID]*AudienceCredit{}}
	for i := range objectives {
		w.found.Objectives = append(w.found.Objectives, objectives[i].ID)
	}
	return w, nil
}

// everybody reads the histories of as many people as were asked for, as many of each part.
func (w *witness) everybody(ctx context.Context) error {
	each := (w.asked.People + w.engine.parts - 1) / w.engine.parts
	for part := range w.engine.parts {
		people := 0
		err := w.engine.EachPerson(ctx, part, func(p *aparte.Person) error {
			if people++; each > 0 && people > each {
				w.found.Sampled = true
				return errEnough
			}
			return w.person(ctx, p)
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		w.read++
		w.steps.at(w.read)
	}
	return nil
}

// person reads the histories of somebody, those of the records they are made of included, then weighs their decisions.
func (w *witness) person(ctx context.Context, p *aparte.Person) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.found.People++
	w.bodies, w.said, w.fates = w.bodies[:0], w.said[:0], fates{}
	w.in, w.moves = w.in[:0], w.moves[:0]
	followed := followed{plan: w.under.plan, clicks: map[aparte.DecisionID]time.Time{}, seen: map[aparte.DecisionID]time.Time{}, gave: map[aparte.DecisionID]bool{}}
	entries := 0
	for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
		n, err := w.record(ctx, id, &followed, mostRead-entries)
		if err != nil {
			return fmt.Errorf("history of %s: %w", id, err)
		}
		if entries += n; entries >= mostRead {
			w.found.LeftOut++
			return nil
		}
	}
	slices.SortStableFunc(w.moves, func(a, b movement) int { return b.at.Compare(a.at) })
	for i := range w.bodies {
		e := &w.bodies[i]
		d, err := readDecision(aparte.DecisionID{Person: e.Person, Seq: e.Seq}, *e)
		if err == nil {
			stage := p.Lifecycle(w.found.At)
			w.told.add(stage, &d, w.under.plan.Zone())
			w.staged.add(stage, &d)
			in := memberships(w.under.plan.Brand(), p.Audiences, w.moves, d.At)
			err = w.decision(ctx, &d, familyAt(p, d.At), in, &followed)
			if err == nil {
				w.owed.paid(in, w.tally.cost)
				w.in = append(w.in, in)
				w.useful.see(p, &d, w.outcomes[0])
				w.said = append(w.said, aparte.Decision{ID: d.ID, Parent: d.Parent, Action: d.Action, Channel: d.Channel})
			}
		}
		if err != nil {
			return fmt.Errorf("history of %s, entry %d: %w", e.Person, e.Seq, err)
		}
	}
	w.rates.add(w.said, w.fates, func(channel aparte.Channel, at time.Time, answered bool) {
		w.hours.add(channel, w.under.plan.Local(p, at), answered)
	})
	w.owed.share(w.seen(), followed.outcomes)
	w.tally.next()
	w.pulled.next()
	return nil
}

// seen is what a person saw of what was said to them.
func (w *witness) seen() (all []reach) {
	for i := range w.said {
		d := &w.said[i]
		if is := w.fates[d.ID]; d.Parent.IsZero() && !d.Action.Silent() && is.seen {
			all = append(all, reach{is.at, w.in[i]})
		}
	}
	return all
}

// record reads one history from its end to the beginning of the period, and says how many entries there were.
func (w *witness) record(ctx context.Context, id aparte.PersonID, followed *followed, most int) (n int, err error) {
	for before := uint64(0); n < most; {
		entries, err := w.engine.store.History(ctx, w.engine.partOf(id), id, before, historyPage)
		if err != nil {
			return n, err
		}
		for _, e := range entries {
			if e.At.Before(w.asked.Since) {
				return n, nil
			}
			n++
			before = e.Seq
			switch e.Kind {
			case store.EventEntry:
				event, err := decodeEvent(e.Body)
				if err != nil {
					return n, fmt.Errorf("entry %d: %w", e.Seq, err)
				}
				followed.note(&event, id, e.Seq)
				w.fates.note(&event)
				if m, moved := movementOf(&event); moved {
					w.moves = append(w.moves, m)
				}
			case store.DecisionEntry:
				w.bodies = append(w.bodies, e)
			}
		}
		if len(entries) < historyPage {
			return n, nil
		}
	}
	return n, nil
}

// decision weighs one decision with what followed it.
func (w *witness) decision(ctx context.Context, d *aparte.Decision, family Family, in []aparte.AudienceID, followed *followed) error {
	w.odds = w.odds[:0]
	for i := range d.Candidates {
		w.odds = append(w.odds, d.Candidates[i].Propensity)
	}
	if err := w.found.Truth.Add(w.odds, d.Chosen); err != nil {
		return err
	}
	contents, err := w.versions.contents(ctx, d.Brand)
	if err != nil {
		return err
	}
	if at, seen := followed.seen[d.ID]; seen {
		w.making.add(d, contents[d.Action.Content], at)
		w.pulled.add(d, contents, followed.gave[d.ID])
	}
	all := outcome{known: true}
	objectives := w.under.plan.Brand().Objectives
	for i := range objectives {
		o := outcome{known: !d.At.Add(objectives[i].Window.Std()).After(w.found.At)}
		if o.known {
			o.value = followed.of(d, &objectives[i])
		}
		all.known, all.value = all.known && o.known, all.value+o.value
		w.outcomes[1+i] = o
	}
	w.outcomes[0] = all
	w.barred.add(d)
	w.found.Decisions++
	if !all.known {
		w.found.Open++
	}
	if w.found.Since.IsZero() || d.At.Before(w.found.Since) {
		w.found.Since = d.At
	}
	if d.At.After(w.found.Until) {
		w.found.Until = d.At
	}
	return w.tally.add(d, family, in, contents, w.outcomes)
}

func (w *witness) evidence() *Evidence {
	w.found.Earned, w.found.Untold = w.tally.earned(), w.tally.untold
	w.found.Channels, w.found.Families, w.found.Audiences = w.tally.broadly()
	w.found.Credited = w.owed.told(w.under.plan.Brand())
	w.found.Variety = w.told.told()
	w.found.Made = w.making.told(w.asked.Since)
	w.found.Magnets = w.pulled.told()
	w.found.Traits, w.found.Channelled = w.useful.told(), w.rates.told()
	w.found.Hours, w.found.Barred, w.found.Staged = w.hours.told(), w.barred.told(w.under.plan.Brand()), w.staged.told()
	return &w.found
}
