package learn

import (
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Bounds of an example.
const (
	MaxFeatures  = 256     // of the situation, of the action, and of its rival
	MaxObjective = 128     // bytes of the objective's id
	MaxValue     = 1 << 20 // size of a feature's value; one below 1/MaxValue counts as absent
	MaxReward    = 1e12    // size of a reward, in minor units
	MaxWeight    = 1e6
)

// rounding is by how much probabilities that were summed may miss their sum.
const rounding = 1e-9

// Example is one lesson: a decision whose window is closed, and what followed.
type Example struct {
	Objective aparte.ObjectiveID
	Features  aparte.Features // as the decision saw them; each feature once
	Reward    float64         // credited within the window, in minor units; 0 where nothing followed

	// Propensity is the probability with which the action was chosen, in (0, 1]. Models here fit
	// E[reward | situation, action], for which the chosen action's reward is unbiased whatever the
	// propensity, so they do not weigh by it; estimators and other learners do.
	Propensity float64

	// RivalPropensity is the probability with which the rival would have been chosen itself: another action,
	// drawn after the choice from all that were not chosen, by their probabilities. 0 where there was no other,
	// or where none was kept. Effect compares the two.
	RivalPropensity float64

	// Hurdle says that the objective's rewards are learned by a Hurdle instead of a Hybrid.
	Hurdle bool

	// Since, where what is old shall be forgotten, is when the period of memory began in which the window closed, in
	// seconds since 1970; 0: nothing is forgotten.
	Since int64

	// Weight is how many examples this one stands for; 0 means 1.
	Weight float64
}

// Validate says what is wrong with an example: no objective, features or numbers out of bounds, not
// finite, or a propensity outside (0, 1].
func (e *Example) Validate() error {
	switch {
	case e.Objective == "":
		return errors.New("example without an objective")
	case len(e.Objective) > MaxObjective:
		return fmt.Errorf("example: objective of %d bytes, at most %d", len(e.Objective), MaxObjective)
	case !(math.Abs(e.Reward) <= MaxReward):
		return fmt.Errorf("example: reward %g is not within ±%g", e.Reward, float64(MaxReward))
	case !(e.Propensity > 0 && e.Propensity <= 1):
		return fmt.Errorf("example: propensity %g is not in (0, 1]", e.Propensity)
	case !(e.Weight >= 0 && e.Weight <= MaxWeight):
		return fmt.Errorf("example: weight %g is not in [0, %g]", e.Weight, float64(MaxWeight))
	case !(e.RivalPropensity >= 0 && e.RivalPropensity <= 1):
		return fmt.Errorf("example: rival's propensity %g is not in [0, 1]", e.RivalPropensity)
	case e.Propensity+e.RivalPropensity > 1+rounding:
		return fmt.Errorf("example: propensities %g and %g, of the action and its rival, sum to more than 1", e.Propensity, e.RivalPropensity)
	case e.Since < 0:
		return fmt.Errorf("example: its period of memory began at %d, before 1970", e.Since)
	case e.Hurdle && e.RivalPropensity > 0:
		return errors.New("example: for a hurdle model, with a rival")
	case e.RivalPropensity == 0 && len(e.Features.Rival) > 0:
		return errors.New("example: a rival without a propensity")
	}
	if err := validate(e.Features.Context); err != nil {
		return fmt.Errorf("example: context: %w", err)
	}
	if err := validate(e.Features.Action); err != nil {
		return fmt.Errorf("example: action: %w", err)
	}
	if err := validate(e.Features.Rival); err != nil {
		return fmt.Errorf("example: rival: %w", err)
	}
	return nil
}

func validate(features []aparte.Feature) error {
	if len(features) > MaxFeatures {
		return fmt.Errorf("%d features, at most %d", len(features), MaxFeatures)
	}
	for i, f := range features {
		if !(f.Value <= MaxValue && f.Value >= -MaxValue) {
			return fmt.Errorf("feature %d: value %g is not within ±%d", i, f.Value, MaxValue)
		}
	}
	return nil
}

func (e *Example) weight() float64 {
	if e.Weight == 0 {
		return 1
	}
	return e.Weight
}
