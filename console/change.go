package console

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// change is one thing that a marketer would have had otherwise, as a form asks it.
type change struct {
	Kind    string // one of those below; empty: nothing is asked
	Content aparte.ContentID
	Rule    aparte.RuleID
	Channel aparte.Channel // empty: all that reach out, together
	Most    string         // a number; empty: as many as there may be
	Per     string         // day or week
	When    string         // CEL
}

// The kinds of a change.
const (
	withoutContent = "content" // the content is never said
	withoutRule    = "rule"    // the rule forbids nothing
	otherCap       = "cap"     // another number of messages on a channel
	onlyWhere      = "where"   // the content is said only where a condition holds
	otherBrand     = "brand"   // a whole brand was pasted
)

// maxMost bounds a cap: more messages than that nobody gets.
const maxMost = 1000

// changeAsked reads a change from a form.
func changeAsked(form url.Values) change {
	return change{
		Kind: form.Get("change"), Content: aparte.ContentID(form.Get("content")), Rule: aparte.RuleID(form.Get("rule")),
		Channel: aparte.Channel(form.Get("channel")), Most: strings.TrimSpace(form.Get("most")), Per: form.Get("per"), When: strings.TrimSpace(form.Get("when")),
	}
}

// misfit is what is wrong with one field of a form. It is an error.
type misfit struct {
	Field string
	Key   string // of a word
	Text  string // what the rules' language says of it, in English
}

func (m *misfit) Error() string { return m.Field + ": " + m.Key + " " + m.Text }

// of is a brand with the change made. The error of a field is a misfit.
func (c *change) of(b *aparte.Brand) (*aparte.Brand, error) {
	other := *b
	var err error
	switch c.Kind {
	case withoutContent:
		err = c.dropContent(&other)
	case withoutRule:
		err = c.dropRule(&other)
	case otherCap:
		err = c.capAnew(&other)
	case onlyWhere:
		err = c.narrow(&other)
	default:
		err = &misfit{Field: "change", Key: "whatif.unknown"}
	}
	if err != nil {
		return nil, err
	}
	if _, err := decide.Compile(&other, 0); err != nil { // the brand was whole before: it is the change
		said := err
		if flaw := (*decide.Flaw)(nil); errors.As(err, &flaw) {
			said = flaw.Err
		}
		return nil, &misfit{Field: map[string]string{otherCap: "most", onlyWhere: "when"}[c.Kind], Key: "whatif.unread", Text: said.Error()}
	}
	return &other, nil
}

func (c *change) dropContent(b *aparte.Brand) error {
	kept := slices.DeleteFunc(slices.Clone(b.Contents), func(x aparte.Content) bool { return x.ID == c.Content })
	if len(kept) == len(b.Contents) {
		return &misfit{Field: "content", Key: "whatif.unknown"}
	}
	b.Contents = kept
	return nil
}

func (c *change) dropRule(b *aparte.Brand) error {
	kept := slices.DeleteFunc(slices.Clone(b.Rules), func(x aparte.Rule) bool { return x.ID == c.Rule })
	if len(kept) == len(b.Rules) {
		return &misfit{Field: "rule", Key: "whatif.unknown"}
	}
	b.Rules, b.Contents = kept, slices.Clone(b.Contents)
	for i := range b.Contents {
		rules := slices.Clone(b.Contents[i].Rules)
		b.Contents[i].Rules = slices.DeleteFunc(rules, func(id aparte.RuleID) bool { return id == c.Rule })
	}
	return nil
}

// capAnew puts a cap in the place of those of the same channel over the same time.
func (c *change) capAnew(b *aparte.Brand) error {
	within, known := map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[c.Per]
	if !known {
		return &misfit{Field: "per", Key: "whatif.unknown"}
	}
	if c.Channel != "" && !slices.Contains(channelsOf(b), c.Channel) {
		return &misfit{Field: "channel", Key: "whatif.unknown"}
	}
	b.Pressure.Caps = slices.DeleteFunc(slices.Clone(b.Pressure.Caps), func(x aparte.Cap) bool {
		return x.Channel == c.Channel && x.Within.Std() == within
	})
	if c.Most == "" {
		return nil
	}
	most, err := strconv.Atoi(c.Most)
	if err != nil || most < 0 || most > maxMost {
		return &misfit{Field: "most", Key: "whatif.number"}
	}
	b.Pressure.Caps = append(b.Pressure.Caps, aparte.Cap{Channel: c.Channel, Most: most, Within: aparte.Duration(within)})
	return nil
}

// narrow gives a content one more rule.
func (c *change) narrow(b *aparte.Brand) error {
	i := slices.IndexFunc(b.Contents, func(x aparte.Content) bool { return x.ID == c.Content })
	switch {
	case i < 0:
		return &misfit{Field: "content", Key: "whatif.unknown"}
	case c.When == "":
		return &misfit{Field: "when", Key: "whatif.empty"}
	}
	rule := aparte.Rule{ID: "what-if", When: c.When}
	for slices.ContainsFunc(b.Rules, func(x aparte.Rule) bool { return x.ID == rule.ID }) {
		rule.ID += "-"
	}
	b.Rules = append(slices.Clone(b.Rules), rule)
	b.Contents = slices.Clone(b.Contents)
	b.Contents[i].Rules = append(slices.Clone(b.Contents[i].Rules), rule.ID)
	return nil
}

// channelsOf are the channels on which a brand has something to say, in its order.
func channelsOf(b *aparte.Brand) (all []aparte.Channel) {
	for i := range b.Contents {
		for _, c := range b.Contents[i].Channels {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// said is the change in words.
func (c *change) said(lang string, b *aparte.Brand) string {
	key, name := "whatif.said."+c.Kind, string(c.Content)
	switch c.Kind {
	case otherCap:
		if key += "." + c.Per; c.Most == "" {
			key += ".none"
		}
		if name = named(lang, "channel", string(c.Channel)); c.Channel == "" {
			name = word(lang, "whatif.together")
		}
	case withoutRule:
		for i := range b.Rules {
			if b.Rules[i].ID == c.Rule {
				name = wordsText(lang, b.Rules[i].Name)
			}
		}
	default:
		for i := range b.Contents {
			if b.Contents[i].ID == c.Content {
				name = wordsText(lang, b.Contents[i].Name)
			}
		}
	}
	return strings.NewReplacer("{name}", name, "{most}", c.Most).Replace(word(lang, key))
}

// capText is a cap in words.
func capText(lang string, c aparte.Cap) string {
	name := named(lang, "channel", string(c.Channel))
	if c.Channel == "" {
		name = word(lang, "whatif.together")
	}
	most, days := countText(lang, int64(c.Most)), int64(c.Within.Std().Hours()/24)
	switch c.Within.Std() {
	case 24 * time.Hour:
		return name + ", " + most + " " + word(lang, "whatif.aday")
	case 7 * 24 * time.Hour:
		return name + ", " + most + " " + word(lang, "whatif.aweek")
	}
	if days < 1 {
		return name + ", " + most + " " + word(lang, "whatif.in") + " " + c.Within.Std().String()
	}
	return name + ", " + most + " " + word(lang, "whatif.in") + " " + countText(lang, days) + " " + word(lang, "whatif.days")
}

// query is the change as an address asks it.
func (c *change) query() string {
	q := url.Values{"change": {c.Kind}}
	for key, value := range map[string]string{
		"content": string(c.Content), "rule": string(c.Rule), "channel": string(c.Channel), "most": c.Most, "per": c.Per, "when": c.When,
	} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q.Encode()
}
