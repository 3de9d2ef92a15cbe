package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Forgetting is an ensemble for a world that may change at once: beside the one that speaks, the elder, a younger one
// learns from the same examples, and is begun afresh every so often. Where the younger one's predictions were
// clearly better of late, what the elder knows has become wrong, and the younger takes its place; in a world that stays as it is
// that is rare, and costs little (after Bach, Maloof 2008, "Paired learners for concept drift").
type Forgetting struct {
	cfg            Config
	elder, younger *Ensemble
	lead, spread   float64 // of late, by how much less the younger's squared errors were: Σ d and Σ d², both fading
}

const (
	// youth is how many examples the younger one learns before it is begun afresh.
	youth = 700
	// fading is the share of the lead that an example takes away.
	fading = 1.0 / 128
	// surely is how many standard deviations of the lead are more than chance.
	surely = 5
)

// NewForgetting is a model that knows nothing.
func NewForgetting(cfg Config) *Forgetting {
	return &Forgetting{cfg: cfg, elder: NewEnsemble(cfg), younger: NewEnsemble(cfg)}
}

// Score implements Model.
func (f *Forgetting) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	f.elder.Score(context, actions, values)
}

// Predict is that of the ensemble that speaks.
func (f *Forgetting) Predict(context []aparte.Feature, actions [][]aparte.Feature, values, widths []float64) {
	f.elder.Predict(context, actions, values, widths)
}

// Version is the number of examples that count: those the ensemble that speaks has learned.
func (f *Forgetting) Version() uint64 { return f.elder.Version() }

// Distrusted is that of the ensemble that speaks.
func (f *Forgetting) Distrusted() uint64 { return f.elder.Distrusted() }

// Spread is that of the ensemble that speaks.
func (f *Forgetting) Spread() float64 { return f.elder.Spread() }

// Learn implements Model.
func (f *Forgetting) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	lead := f.elder.missed(e) - f.younger.missed(e)
	if err := f.elder.Learn(e); err != nil {
		return err
	}
	if err := f.younger.Learn(e); err != nil {
		return err // never where the elder had room: it has learned whatever the younger has
	}
	f.lead = float64(f.lead*(1-fading)) + lead
	f.spread = float64(f.spread*((1-fading)*(1-fading))) + float64(lead*lead)
	switch {
	case f.lead > float64(surely*math.Sqrt(f.spread)):
		f.elder = f.younger
	case f.younger.Version() < youth:
		return nil
	}
	f.younger, f.lead, f.spread = NewEnsemble(f.cfg), 0, 0
	return nil
}

// missed is the squared error of an example's prediction by its objective's model, bounded as where it learns.
func (e *Ensemble) missed(x *Example) float64 {
	i, found := e.find(x.Objective)
	if !found {
		return float64(x.Reward * x.Reward)
	}
	m := e.members[i].model
	if m == nil {
		return 0 // a hurdle's: told apart by nothing here
	}
	var value [1]float64
	m.Score(x.Features.Context, [][]aparte.Feature{x.Features.Action}, value[:])
	residual := m.shared.amounts.bound(x.Reward - value[0])
	return float64(residual * residual)
}

const (
	forgettingKind    = 'F'
	forgettingVersion = 1
)

// Snapshot implements Model. Its body: lead and spread as float64s, the length of the elder's snapshot as a uvarint, it,
// and the same of the younger's.
func (f *Forgetting) Snapshot() []byte {
	b := appendFloat64(appendFloat64([]byte{forgettingKind, forgettingVersion}, f.lead), f.spread)
	for _, e := range []*Ensemble{f.elder, f.younger} {
		snapshot := e.Snapshot()
		b = append(binary.AppendUvarint(b, uint64(len(snapshot))), snapshot...)
	}
	return seal(b)
}

// RestoreForgetting reads a snapshot. What is damaged or impossible is an error.
func RestoreForgetting(b []byte) (*Forgetting, error) {
	body, err := unseal(b, forgettingKind, forgettingVersion)
	if err != nil {
		return nil, fmt.Errorf("restore forgetting model: %w", err)
	}
	r := &reader{rest: body}
	f := &Forgetting{lead: r.signed(), spread: r.float64()}
	for _, e := range []**Ensemble{&f.elder, &f.younger} {
		if *e, err = RestoreEnsemble(r.bytes(len(r.rest))); err != nil {
			return nil, fmt.Errorf("restore forgetting model: %w", err)
		}
	}
	if r.failed || len(r.rest) > 0 || f.elder.cfg != f.younger.cfg {
		return nil, fmt.Errorf("restore forgetting model: %w", errors.New("it is cut short or too long, or a number is out of bounds"))
	}
	f.cfg = f.elder.cfg
	return f, nil
}
