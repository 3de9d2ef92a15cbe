package aparte

import (
	"math"
	"time"
)

// Trust is what shows how far a person trusts the brand: what they let it do, what they tell it of themselves and take the trouble to put right, and
// where they said stop. Counts fade (CounterHalfLife).
type Trust struct {
	Granted     int     // answers that say yes, by purpose and channel: how deep they opted in
	Denied      int     // that say no
	Declared    int     // traits that they told of themselves, wishes aside
	Corrections float64 // times they put right what was known of them, on their own page
	Refusals    float64 // topics they do not want to hear of, bounds on how often, pauses
	Withdrawals float64 // times they asked for silence on a channel
	Complaints  float64 // times they called it spam
}

// What each refusal takes of the trust that is left, as a power of a half. These are starting points, stated so that they can be argued with.
const (
	complaintHalves  = 1.0
	withdrawalHalves = 0.5
	refusalHalves    = 0.25
)

// Trust is what shows of it at a time.
func (p *Person) Trust(now time.Time) Trust {
	t := Trust{
		Corrections: p.Counter("corrections_365d", now), Refusals: p.Counter("refusals_365d", now),
		Withdrawals: p.Counter("unsubscribes_365d", now), Complaints: p.Counter("complaints_365d", now),
	}
	for i := range p.Consents {
		if p.Consents[i].Granted {
			t.Granted++
		} else {
			t.Denied++
		}
	}
	for i := range p.Traits {
		if p.Traits[i].Provenance == Declared && !IsWish(p.Traits[i].Name) {
			t.Declared++
		}
	}
	return t
}

// Lost is how much of their trust they lost, in [0, 1): a complaint halves what is left, asking for silence takes 29 % of it, refusing a topic
// 16 %. It comes back as the counts fade, by half in a year.
func (t Trust) Lost() float64 {
	return 1 - math.Exp2(-complaintHalves*t.Complaints-withdrawalHalves*t.Withdrawals-refusalHalves*t.Refusals)
}
