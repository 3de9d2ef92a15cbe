package story

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Credit is the share of one purchase that is owed to something met on the way.
type Credit struct {
	Name  string
	Share float64
}

// credits is what everything is owed of all orders so far, each touch alike.
func (s *stage) credits(ctx context.Context) ([]Credit, error) {
	var answer struct {
		Rows []struct {
			Name    string `json:"name"`
			Credits map[string]struct {
				Conversions float64 `json:"conversions"`
			} `json:"credits"`
		} `json:"rows"`
	}
	if err := s.house.call(ctx, "GET", "/v1/admin/attribution?objective=order&by=channel", s.house.SecretKey, nil, &answer); err != nil {
		return nil, err
	}
	var all []Credit
	for _, r := range answer.Rows {
		all = append(all, Credit{r.Name, r.Credits["linear"].Conversions})
	}
	slices.SortFunc(all, func(a, b Credit) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

func of(all []Credit, name string) float64 {
	for _, c := range all {
		if c.Name == name {
			return c.Share
		}
	}
	return 0
}

// shown tells what was said on a page, and keeps its picture under a name.
func (p *play) shown(ctx context.Context, s *Scene, answers []said, picture string) error {
	for _, a := range answers {
		d, err := p.decision(ctx, a.ID, p.words.lang)
		if err != nil {
			return err
		}
		var words []string
		if !a.Silent {
			words = []string{a.Elements["headline"], a.Elements["body"]}
		}
		s.Decided = append(s.Decided, p.told(&d, words))
		if picture != "" && a.Image != "" {
			body, _, err := p.house.fetch(ctx, a.Image)
			if err != nil {
				return err
			}
			s.Picture, p.story.Pictures[picture] = picture, body
		}
	}
	return nil
}

// letter tells what left for her.
func (p *play) letter(ctx context.Context, s *Scene, l *Letter) error {
	d, err := p.decision(ctx, l.Decision(), p.words.lang)
	if err != nil {
		return err
	}
	text := l.Text
	if first, _, long := strings.Cut(text, "\n\n"); long && l.HTML != "" {
		text = first
	}
	s.Decided = append(s.Decided, p.told(&d, []string{l.Subject, text}))
	return nil
}

// open opens a mail: its picture is decided at that instant.
func (p *play) open(ctx context.Context, s *Scene, l *Letter, name string) error {
	address := pictureIn(l.HTML)
	if address == "" {
		return nil
	}
	picture, _, err := p.house.fetch(ctx, address+"?scale=2")
	if err != nil {
		return err
	}
	s.Picture, p.story.Pictures[name] = name, picture
	latest, err := p.decisions(ctx, isabelle, 1)
	if err != nil || len(latest) == 0 {
		return err
	}
	s.Decided = append(s.Decided, p.told(&latest[0], nil))
	return nil
}

// silence tells of the decision by which nothing came.
func (p *play) silence(ctx context.Context, s *Scene) error {
	latest, err := p.decisions(ctx, isabelle, 1)
	if err != nil || len(latest) == 0 {
		return err
	}
	s.Decided = append(s.Decided, p.told(&latest[0], nil))
	return nil
}

// told is a decision as the story tells it: of each content that was considered, the best way to say it and how likely all of them were.
func (p *play) told(d *decided, words []string) Decided {
	t := Decided{
		Channel: d.Channel, Slot: d.Slot, Content: d.Content, Item: d.Item, Companion: d.Companion, Chance: d.Propensity, Words: words, Why: d.Why,
	}
	for _, c := range d.Candidates {
		name := c.Content
		if c.Silent || name == "" {
			name = p.words.silence
		}
		i := slices.IndexFunc(t.Weighed, func(w Weighed) bool { return w.Content == name })
		if i < 0 {
			t.Weighed = append(t.Weighed, Weighed{Content: name, Net: c.Value - c.Cost})
			i = len(t.Weighed) - 1
		}
		w := &t.Weighed[i]
		w.Chance += c.Propensity
		w.Net = max(w.Net, c.Value-c.Cost)
		if c.Excluded != "" {
			w.Fate = c.Fate
		}
	}
	slices.SortStableFunc(t.Weighed, func(a, b Weighed) int { return cmp.Compare(b.Chance, a.Chance) })
	return t
}

// Print puts the story into words.
func (s *Story) Print(french bool) string {
	w := wordsIn(french)
	var b strings.Builder
	for i := range s.Scenes {
		s.Scenes[i].print(&b, &w)
	}
	return b.String()
}

func (s *Scene) print(b *strings.Builder, w *words) {
	fmt.Fprintf(b, "\n%s\n", w.date(s.At))
	for _, fact := range s.Facts {
		fmt.Fprintf(b, "  %s\n", fact)
	}
	for i := range s.Decided {
		s.Decided[i].print(b, w)
	}
	if s.Picture != "" {
		fmt.Fprintf(b, "    %s: %s\n", w.picture, s.Picture)
	}
}

func (d *Decided) print(b *strings.Builder, w *words) {
	if d.Content == "" {
		fmt.Fprintf(b, "  → %s (%s, %.0f %%)\n", w.nothing, d.Channel, 100*d.Chance)
	} else {
		about := d.Item
		if d.Companion != "" {
			about += " + " + d.Companion
		}
		fmt.Fprintf(b, "  → %s: %s %s (%s, %.0f %%)\n", d.Channel, d.Content, about, d.Slot, 100*d.Chance)
	}
	for _, line := range d.Words {
		if line != "" {
			fmt.Fprintf(b, "    « %s »\n", line)
		}
	}
	for _, why := range d.Why {
		fmt.Fprintf(b, "    · %s\n", why)
	}
	for _, x := range d.Weighed {
		fate := fmt.Sprintf("%.1f %%, %+.2f €", 100*x.Chance, x.Net/100)
		if x.Fate != "" {
			fate = x.Fate
		}
		fmt.Fprintf(b, "      %-12s %s\n", x.Content, fate)
	}
}
