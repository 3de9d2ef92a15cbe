package decide

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// How many reasons of a kind a decision gives.
const (
	maxRulesTold    = 8 // and as many that read an item
	maxFeaturesTold = 3
	maxRefusalsTold = 4
)

// decision writes down what was chosen. Everything in it is its own: nothing of d gets out.
func (d *deliberation) decision(s Scorer) aparte.Decision {
	m := &d.q.Moment
	from := oneIf(!d.silent)
	chosen := aparte.Decision{
		At: m.At, Trigger: m.Trigger, Channel: m.Channel, Slot: d.q.Slot,
		Chosen: d.chosen - from, Propensity: d.chances[d.chosen], Rival: d.rival - from,
		Candidates: d.room(len(d.candidates) - from + len(d.excluded)),
		Context:    m.Context,
		Brand:      d.plan.version, Model: d.q.Model, Seed: d.q.Seed, Fit: d.fitNumber(), Terms: d.terms(),
	}
	variants := slices.Clone(d.variants)
	rows := chosen.Candidates
	for i := from; i < len(d.candidates); i++ {
		row := &rows[i-from]
		d.name(&row.Action, d.candidates[i], variants)
		row.Value, row.Cost, row.Propensity = d.values[i], d.costs[i], d.chances[i]
	}
	for i, x := range d.excluded {
		row := &rows[len(d.candidates)-from+i]
		row.Action.Content, row.Excluded = d.plan.contents[x.content].ID, x.reason
		d.nameRoute(&row.Action, x.route)
		if x.item >= 0 {
			row.Action.Item = d.plan.catalogue.items[x.item].ID
		}
	}
	chosen.Action = chosen.Candidates[chosen.Chosen].Action
	if chosen.Action.Channel != "" {
		r := &d.routes[d.candidates[d.chosen].route]
		chosen.Channel, chosen.Slot = r.channel, r.slot
	}
	if v := d.candidates[d.chosen].beside; v >= 0 {
		chosen.Companion = d.plan.catalogue.items[d.views[v].item].ID
	}
	chosen.Intrusion = single(d.perceived(d.candidates[d.chosen]))
	chosen.Expected = d.expected()
	d.account(&chosen)
	chosen.Features = d.features()
	chosen.Reasons = d.reasons(s)
	return chosen
}

// expected is how intrusive what is said would be on average over what chance could choose, where it reaches out.
func (d *deliberation) expected() float64 {
	if !d.reaching {
		return 0
	}
	mean := 0.0
	for i, c := range d.candidates {
		if p := d.chances[i]; p > 0 {
			mean += float64(p * d.perceived(c))
		}
	}
	return single(mean)
}

// room is n candidates, in the question's room where they fit.
func (d *deliberation) room(n int) []aparte.Candidate {
	if cap(d.q.Room) < n {
		return make([]aparte.Candidate, n)
	}
	rows := d.q.Room[:n]
	clear(rows)
	return rows
}

// name puts a candidate in the brand's terms.
func (d *deliberation) name(a *aparte.Action, c candidate, variants []uint8) {
	if c.content < 0 {
		return
	}
	content := &d.plan.contents[c.content]
	a.Content = content.ID
	d.nameRoute(a, c.route)
	if c.layout >= 0 {
		a.Layout = d.plan.layouts[c.layout].ID
	}
	if c.view >= 0 {
		a.Item = d.plan.catalogue.items[d.views[c.view].item].ID
	}
	if n := int32(len(content.Elements)); n > 0 {
		a.Variants = variants[c.variants : c.variants+n : c.variants+n]
	}
}

// nameRoute tells the channel where there was a choice of several.
func (d *deliberation) nameRoute(a *aparte.Action, route uint8) {
	if len(d.routes) > 1 {
		a.Channel = d.routes[route].channel
	}
}

// features copies what the model saw of the chosen action and of its rival.
func (d *deliberation) features() aparte.Features {
	context, action := d.context.features, d.actions[d.chosen]
	var rival []aparte.Feature
	if d.rival != d.chosen {
		rival = d.actions[d.rival]
	}
	n, m := len(context), len(context)+len(action)
	all := append(make([]aparte.Feature, 0, m+len(rival)), context...)
	all = append(append(all, action...), rival...)
	told := aparte.Features{Context: all[:n:n], Action: all[n:m:m]}
	if d.rival != d.chosen {
		told.Rival = all[m:]
	}
	return told
}

// reasons is the decision's why: how it was chosen, what else was decisive, which rules it kept and
// what weighed in.
func (d *deliberation) reasons(s Scorer) []aparte.Reason {
	reasons := make([]aparte.Reason, 0, 8)
	reasons = append(reasons, aparte.Reason{Code: d.how()})
	if d.impersonal {
		reasons = append(reasons, aparte.Reason{Code: aparte.ProfilingOff})
	}
	for i := range d.routes {
		if r := &d.routes[i]; r.unsent { // always told: taken again, the decision is to find the same channels closed
			reasons = append(reasons, aparte.Reason{Code: aparte.NoSender, Detail: string(r.channel)})
		}
	}
	reasons = d.refusals(reasons)
	if c := d.candidates[d.chosen]; c.content >= 0 {
		content := &d.plan.contents[c.content]
		reasons = d.held(reasons, content.rules)
		reasons = d.held(reasons, content.onItem)
		reasons = d.charged(reasons)
		reasons = d.weighedIn(reasons, s)
	}
	return reasons
}

func (d *deliberation) held(reasons []aparte.Reason, rules []int32) []aparte.Reason {
	for _, r := range rules[:min(len(rules), maxRulesTold)] {
		reasons = append(reasons, aparte.Reason{Code: aparte.RuleHeld, Detail: string(d.plan.rules[r].ID)})
	}
	return reasons
}

// how tells in what way the choice was made.
func (d *deliberation) how() aparte.ReasonCode {
	silence := d.candidates[d.chosen].content < 0
	switch {
	case len(d.options) == 0:
		return aparte.NothingToSay
	case d.chosen != d.best:
		return aparte.Explored
	case silence:
		return aparte.NotWorthIt
	case !d.silent && len(d.candidates) == 2:
		return aparte.OnlyChoice
	}
	return aparte.BestValue
}

// refusals tells that somebody is held out and, where there was nothing to say, what was in the way of
// what there might have been.
func (d *deliberation) refusals(reasons []aparte.Reason) []aparte.Reason {
	first := len(reasons)
	for _, x := range d.excluded {
		if x.reason == aparte.NoSender {
			continue // told of the channel
		}
		if x.reason != aparte.InHoldout && len(d.options) > 0 || len(reasons)-first == maxRefusalsTold {
			continue
		}
		r := aparte.Reason{Code: x.reason}
		switch {
		case x.rule >= 0:
			r.Detail = string(d.plan.rules[x.rule].ID)
		case x.reason == aparte.InHoldout && !d.plan.HeldOut(d.person.ID):
			r.Detail = string(d.heldOutOf(&d.plan.contents[x.content]))
		}
		if !slices.Contains(reasons[first:], r) {
			reasons = append(reasons, r)
		}
	}
	return reasons
}

// weighedIn tells which features spoke for the chosen action most: those with the largest
// contributions where the scorer knows them, else what is known to connect the person with the item.
func (d *deliberation) weighedIn(reasons []aparte.Reason, s Scorer) []aparte.Reason {
	by, knows := s.(Contributor)
	if !knows {
		return d.connected(reasons)
	}
	context, action := d.context.features, d.actions[d.chosen]
	d.amounts = sized(d.amounts, len(context)+len(action))
	clear(d.amounts)
	by.Contributions(context, action, d.amounts)
	for i, amount := range d.amounts {
		d.amounts[i] = finite(amount)
	}
	named := false
	for _, i := range largest(d.told[:0], d.amounts) {
		if d.amounts[i] <= 0 {
			break
		}
		if !named {
			d.nameAction()
			named = true
		}
		reasons = append(reasons, aparte.Reason{Code: aparte.FeatureSpoke, Detail: d.nameAt(i).String(), Amount: single(d.amounts[i])})
	}
	return reasons
}

// connected tells the first features of the chosen action that connect the person with the item.
func (d *deliberation) connected(reasons []aparte.Reason) []aparte.Reason {
	d.nameAction()
	told := 0
	for _, h := range d.sheet.names {
		if told < maxFeaturesTold && connects(h.name) {
			reasons = append(reasons, aparte.Reason{Code: aparte.FeatureSpoke, Detail: h.String()})
			told++
		}
	}
	return reasons
}

// nameAction describes the chosen action once more, with names.
func (d *deliberation) nameAction() {
	d.sheet.naming = true
	d.sheet.names = d.sheet.names[:0]
	d.describeAction(&d.sheet, d.candidates[d.chosen])
}

// largest fills top, up to its capacity, with where the largest values are, largest first; of equals, the first.
func largest(top []int, values []float64) []int {
	for i, v := range values {
		if len(top) < cap(top) {
			top = append(top, i)
		} else if v > values[top[len(top)-1]] {
			top[len(top)-1] = i
		} else {
			continue
		}
		for j := len(top) - 1; j > 0 && values[top[j]] > values[top[j-1]]; j-- {
			top[j], top[j-1] = top[j-1], top[j]
		}
	}
	return top
}

// nameAt is what the feature is whose contribution is d.amounts[i].
func (d *deliberation) nameAt(i int) hashed {
	if n := len(d.context.names); i >= n {
		return d.sheet.names[i-n]
	}
	return d.context.names[i]
}

// connects reports whether a feature is a fact that links the person to an item.
func connects(name string) bool {
	switch name {
	case featureInIntent, featureCategoryFit, featureItemFit, featureViewed, featureDwelt, featureInCart:
		return true
	}
	return false
}
