package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Revealed is a kind of thing that a content lets the person see that the brand knows.
type Revealed string

// The kinds.
const (
	RevealsTrait   Revealed = "trait"   // Name: a trait that a text shows, or says something else for
	RevealsItem    Revealed = "item"    // Name: where the item comes from (aparte.ItemSource): that they looked at it, say
	RevealsPlace   Revealed = "place"   // Name: place or nearest; where they are
	RevealsMoment  Revealed = "moment"  // Name: the scenario in which it is said, which is itself a sign that something was noticed
	RevealsFriends Revealed = "friends" // Name: share; a link that is theirs alone
)

// Reveal is one thing that a content lets the person see that the brand knows.
type Reveal struct {
	Kind Revealed `json:"kind"`
	Name string   `json:"name"`
	In   []string `json:"in,omitempty"` // where: elements by name, layouts as "layout:ID", "link"; empty: the content as a whole
}

// Reveals lists what a content lets the person see that the brand knows of them: the traits that its texts, its link and its layouts
// show or ask for, the item it recalls, the place it speaks of, and the scenarios in which it is said. By kind, then by name. What was inferred,
// bought in or is sensitive is never among it: Check refuses a text that names it, and no text is given it.
func (c *Composer) Reveals(b *aparte.Brand, content *aparte.Content) []Reveal {
	r := reveals{}
	c.eachTemplate(b, content, func(where string, t *template) {
		for _, n := range t.needs {
			root, rest, _ := strings.Cut(n.path, ".")
			switch root {
			case "person":
				r.add(RevealsTrait, rest, where)
			case "item":
				r.item(content.Items, where)
			case "companion":
				r.item(content.Companion, where)
			case "place", "nearest":
				r.add(RevealsPlace, root, where)
			case "share":
				r.add(RevealsFriends, root, where)
			}
		}
	})
	r.item(content.Items, "")
	r.item(content.Companion, "")
	for _, id := range content.Scenarios {
		r.add(RevealsMoment, string(id), "")
	}
	slices.SortStableFunc(r, func(x, y Reveal) int { return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name)) })
	return r
}

type reveals []Reveal

func (r *reveals) add(kind Revealed, name, where string) {
	i := slices.IndexFunc(*r, func(x Reveal) bool { return x.Kind == kind && x.Name == name })
	if i < 0 {
		i = len(*r)
		*r = append(*r, Reveal{Kind: kind, Name: name})
	}
	if in := &(*r)[i].In; where != "" && !slices.Contains(*in, where) {
		*in = append(*in, where)
	}
}

// item notes where an item comes from. That of the page somebody is on tells them nothing.
func (r *reveals) item(from aparte.ItemSource, where string) {
	if from != aparte.NoItems && from != aparte.OnPage {
		r.add(RevealsItem, string(from), where)
	}
}

// eachTemplate visits what a content says, where it leads and how it is laid out. What cannot be parsed is passed over.
func (c *Composer) eachTemplate(b *aparte.Brand, content *aparte.Content, visit func(where string, t *template)) {
	read := func(where string, kind templateKind, source string) {
		if t, err := c.library.template(kind, source); err == nil {
			visit(where, t)
		}
	}
	for i := range content.Elements {
		e := &content.Elements[i]
		for j := range e.Variants {
			for _, l := range sortedLanguages(e.Variants[j].Words) {
				read(e.Name, wordsTemplate, e.Variants[j].Words[l])
			}
		}
	}
	read("link", addressTemplate, content.Link)
	for i := range b.Layouts {
		if l := &b.Layouts[i]; slices.Contains(content.Layouts, l.ID) {
			read("layout:"+string(l.ID), markupTemplate, cmp.Or(markupOf(l), l.HTML))
		}
	}
}

// learnedNames are names under which the engine keeps what it works out of people. A text that names one would print nothing, or, were
// a trait of that name told of somebody, what they should not read.
var learnedNames = []string{
	"inferred", "persona", "personas", "score", "scores", "affinity", "affinities", "alike", "audiences", "goodwill", "intrusion", "pressure",
	"lifecycle", "order_due", "churn", "alive", "ltv", "orders_ahead",
}

// unshown says why no text may name a trait, nil where one may.
func (k *checker) unshown(name string) error {
	root, _, _ := strings.Cut(name, ".")
	switch {
	case k.brand.Policy.ForbidsName(name):
		return fmt.Errorf("the policy forbids to use the trait %q", name)
	case k.brand.Policy.Unsaid(name):
		return fmt.Errorf("the trait %q is sensitive (/policy/sensitive): it may steer what is said, and is never shown or asked for in a text", name)
	case slices.Contains(learnedNames, root):
		return fmt.Errorf("%q is worked out of people: it may steer what is said, and is never shown or asked for in a text", name)
	case slices.Contains(k.learned, name):
		return fmt.Errorf("the trait %q is inferred or bought in of everybody of whom it is known: it may steer what is said, and is never shown or asked for in a text", name)
	}
	return nil
}
