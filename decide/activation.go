package decide

import (
	"math"
	"sort"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

var _ cel.Activation = (*deliberation)(nil)

// ResolveName is the value of a variable, found when the first rule asks for it and kept for the
// others as long as it stays the same.
func (d *deliberation) ResolveName(name string) (any, bool) {
	i, known := variableIndex[name]
	if !known {
		return nil, false
	}
	v := &variables[i]
	switch v.scope {
	case ofDecision:
		if d.boxes[i] == nil {
			d.boxes[i] = d.box(v.get(d))
		}
		return d.boxes[i], true
	case ofItem:
		if boxes := d.plan.catalogue.boxes[i]; boxes != nil {
			return boxes[d.itemAt], true
		}
	}
	return d.box(v.get(d)), true
}

// Parent is nil: there is nothing else to look in.
func (d *deliberation) Parent() cel.Activation { return nil }

// ask evaluates a rule for the content and item that d looks at.
func (d *deliberation) ask(r *rule) verdict {
	if r.condition != nil {
		if v := r.condition(d).verdict(); v != unasked {
			return v
		}
	}
	return d.askCEL(r)
}

func (d *deliberation) askCEL(r *rule) verdict {
	if d.frame == nil {
		d.openFrame()
	}
	out, _, err := r.program.Eval(d.frame)
	switch {
	case err != nil:
		return failed
	case out == types.True:
		return holds
	case out == types.False:
		return saysNo
	}
	return failed
}

// verdict asks a rule that reads no item, or remembers what it said.
func (d *deliberation) verdict(i int32) verdict {
	r := &d.plan.rules[i]
	if r.ofContent {
		return d.ask(r)
	}
	if d.verdicts[i] == unasked {
		d.verdicts[i] = d.ask(r)
	}
	return d.verdicts[i]
}

// verdictOn asks a rule that reads an item about the one in view v, or remembers what it said.
func (d *deliberation) verdictOn(i int32, v int) verdict {
	r := &d.plan.rules[i]
	if r.static != nil {
		return r.static[d.views[v].item]
	}
	d.lookAt(v)
	if r.memo < 0 {
		return d.ask(r)
	}
	told := &d.byItem[int(r.memo)*maxViews+v]
	if *told == unasked {
		*told = d.ask(r)
	}
	return *told
}

// trait is the place of one of the person's traits as rules see it; -1: there is none. What was
// inferred or bought in is asked for by another name than what the person declared or showed, so that
// no rule uses it unawares.
func (d *deliberation) trait(name string, inferred bool) int {
	traits := d.person.Traits
	i := sort.Search(len(traits), func(i int) bool { return traits[i].Name >= name })
	if i == len(traits) || traits[i].Name != name || traits[i].Value.Kind == aparte.Null {
		return -1
	}
	if (traits[i].Provenance >= aparte.Inferred) != inferred || inferred && d.impersonal || d.plan.brand.Policy.Forbids(&traits[i]) {
		return -1
	}
	return i
}

// recurrences are how often the brand's people buy again, as far as that was learned.
func (d *deliberation) recurrences() *aparte.Recurrences {
	if d.q.Fit == nil {
		return nil
	}
	return d.q.Fit.Recurrences()
}

// due is the probability that the person buys in a category soon.
func (d *deliberation) due(category string) float64 {
	if category == "" {
		return 0
	}
	return d.person.Buys(d.recurrences(), category, d.now, categoryDue)
}

func (d *deliberation) daysSince(at time.Time) fact {
	if at.IsZero() {
		return double(math.Inf(1))
	}
	return double(math.Max(0, d.now.Sub(at).Hours()/24))
}

// known reports whether the person could be recognised elsewhere.
func (d *deliberation) known() bool {
	_, account := d.person.Identifier(aparte.KindUserID)
	_, mail := d.person.Identifier(aparte.KindEmail)
	return account || mail
}

func (d *deliberation) locale() string {
	switch {
	case d.person.Locale != "":
		return d.person.Locale
	case d.q.Moment.Context.Locale != "":
		return d.q.Moment.Context.Locale
	}
	return d.plan.brand.Locale
}

func (d *deliberation) device() string {
	if device := d.q.Moment.Context.Device; device != "" {
		return device
	}
	return d.person.Device
}

// contextText is a text among the values of the moment's context; empty where there is none.
func (d *deliberation) contextText(name string) string {
	for i := range d.q.Moment.Context.Values {
		if v := &d.q.Moment.Context.Values[i]; v.Name == name {
			return v.Value.Str
		}
	}
	return ""
}

func (d *deliberation) pages() int64 {
	if !d.visiting {
		return 0
	}
	return d.person.Session.Pages
}

func (d *deliberation) dwell() int64 {
	if !d.visiting {
		return 0
	}
	return d.person.Session.Dwell
}

func (d *deliberation) minutes() float64 {
	if !d.visiting {
		return 0
	}
	return math.Max(0, d.now.Sub(d.person.Session.StartedAt).Minutes())
}

// weekday counts as ISO 8601 does: Monday is 1, Sunday 7.
func (d *deliberation) weekday() int {
	if day := d.local.Weekday(); day != time.Sunday {
		return int(day)
	}
	return 7
}

func (d *deliberation) cartValue() int64 {
	var sum int64
	for _, l := range d.person.Cart.Lines {
		sum += l.Quantity * l.Price.Amount
	}
	return sum
}

// affinity is the weight of what attracts the person, now; 0 where it does not.
func (d *deliberation) affinity(kind aparte.AffinityKind, key string) float64 {
	all := d.person.Affinities
	from, to := 0, len(all)
	for from < to {
		at := (from + to) / 2
		switch a := &all[at]; {
		case a.Kind == kind && a.Key == key:
			return d.weights[at]
		case a.Kind < kind || a.Kind == kind && a.Key < key:
			from = at + 1
		default:
			to = at
		}
	}
	return 0
}

// intent is the weight, now, of a category, brand or item in what the latest visit was about.
func (d *deliberation) intent(key string) float64 {
	for i, a := range d.person.Session.Intents {
		if a.Key == key {
			return d.intents[i]
		}
	}
	return 0
}
