package decide

import "slices"

// A content may speak of a second item beside its own: one message, one pressure, two things that matter. Which one is no choice
// of its own: the first of its source that fits and is not the item itself.

// accompany finds what an option can speak of beside its item. A companion keeps the rules that hold everywhere; those that the
// content names are about the item.
func (d *deliberation) accompany(c *content, o *option) {
	n := 0
	for _, v := range slices.Clone(d.source(c.Companion)) {
		if d.unfit(c, c.Companion, d.views[v].item) != "" || !d.keeps(c.onItem[:c.general], v) {
			continue
		}
		if o.company[n] = v; n == 1 {
			return
		}
		n++
	}
}

func (d *deliberation) keeps(rules []int32, v int32) bool {
	return !slices.ContainsFunc(rules, func(i int32) bool { return refusal(d.verdictOn(i, int(v))) != "" })
}

// beside is what is spoken of beside a view; -1: nothing.
func (o *option) beside(view int32) int32 {
	if o.company[0] == view {
		return o.company[1]
	}
	return o.company[0]
}

// describeCompanion says that a candidate speaks of a second item, and of which category: what that adds is learned.
func (d *deliberation) describeCompanion(s *sheet, a candidate) {
	if a.beside < 0 {
		return
	}
	s.add(feature("beside", d.plan.catalogue.items[d.views[a.beside].item].Category), 1)
}

// bringDue brings what the person bought and must be running out of: of each category in which what they bought last lasts no
// longer than a fortnight from now, the thing of it that they bought last; the one that ends first comes first.
func (d *deliberation) bringDue() {
	type ending struct {
		category string
		at       int64
	}
	var due []ending
	for i := range d.person.Cadences {
		category := d.person.Cadences[i].Category
		if category == "" {
			continue
		}
		if until, known := d.person.RunsOut(d.recurrences(), category, d.now); known && !until.After(d.now.Add(categoryDue)) {
			due = append(due, ending{category, until.UnixMicro()})
		}
	}
	slices.SortStableFunc(due, func(a, b ending) int { return int(max(-1, min(1, a.at-b.at))) })
	for _, x := range due {
		if len(d.sourced) == maxOwn {
			return
		}
		d.bringLast(x.category)
	}
}

// bringLast brings what was bought last of a category and can be bought still.
func (d *deliberation) bringLast(category string) {
	for _, id := range d.person.Orders.Items { // newest first
		if i, known := d.plan.catalogue.index[id]; known && d.plan.catalogue.items[i].Category == category {
			d.bring(id)
			return
		}
	}
}
