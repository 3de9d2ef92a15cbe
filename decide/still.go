package decide

import "github.com/aparte-dev/aparte"

// Still reports whether what was decided before could be said at the moment of a question, by the same rules: its content may be
// said, and its item is one that the content would speak of. The question is that of the decision, at the time of now; with its
// seed, items are found as they were. Caps do not count, as it was let through before.
func (p *Plan) Still(q *Question, a *aparte.Action) bool {
	again := *q
	again.Only, again.Moment.Trigger = []aparte.ContentID{a.Content}, opened
	d := p.open(&again)
	defer p.close(d)
	d.gather()
	for i := range d.options {
		o := &d.options[i]
		if p.contents[o.content].ID != a.Content {
			continue
		}
		if a.Item == "" {
			return true
		}
		for _, v := range d.offers[o.first:o.last] {
			if p.catalogue.items[d.views[v].item].ID == a.Item {
				return true
			}
		}
	}
	return false
}
