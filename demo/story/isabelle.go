package story

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Config says how the story is told. House is required.
type Config struct {
	House  *House
	Seed   uint64 // of what the others do
	Others int    // people in the weeks before; 0: 240
	French bool
}

// Story is what happened, scene by scene.
type Story struct {
	Scenes    []Scene
	Pictures  map[string][]byte // PNG, by name
	Credits   []Credit          // of her purchase, by channel; they sum to 1
	Audiences []string          // that she is in at the end
}

// Scene is one step: facts that were made, and what was decided on them.
type Scene struct {
	Name    string // the same in every language
	At      time.Time
	Facts   []string
	Decided []Decided
	Picture string // of Story.Pictures; empty: none
}

// Decided is a decision as the story tells it.
type Decided struct {
	Channel, Slot, Content, Item, Companion string // Content is empty where nothing was said
	Chance                                  float64
	Words                                   []string // what was said
	Why                                     []string // to her
	Weighed                                 []Weighed
}

// Weighed is a content that was considered: how likely it was to be said, what it was thought to be worth beyond its cost, in
// minor units, and what became of it.
type Weighed struct {
	Content string
	Chance  float64
	Net     float64
	Fate    string // why it could not be said; empty: it could
}

// When the story takes place: the others in the weeks before, then a fortnight of hers, from a Monday.
var (
	paris  = time.FixedZone("CET", 60*60)
	Begins = time.Date(2026, 8, 31, 0, 0, 0, 0, paris)
	monday = time.Date(2026, 11, 2, 18, 30, 0, 0, paris)
)

const (
	isabelle = "isabelle"
	shade    = "rouge-45"
	cream    = "creme-rose"
	mail     = "isabelle@people.example"
	phone    = "phone-isabelle"
)

// play is the story on its way.
type play struct {
	*stage
	words   words
	story   Story
	letters []Letter // of hers, oldest first
	friends []string // who came by her link
	shared  int      // letters of hers when she shared
}

// Tell lets the others live, then Isabelle, and tells what was decided for her. Where a door fails, it is the story so far.
func Tell(ctx context.Context, c Config) (*Story, error) {
	if c.House == nil {
		return nil, errors.New("story: there is no house")
	}
	if c.Others == 0 {
		c.Others = 240
	}
	s := &stage{house: c.House, rng: rand.New(rand.NewPCG(c.Seed, 1)), now: Begins, readers: map[string]func(context.Context, *Letter) error{}}
	p := &play{stage: s, words: wordsIn(c.French), story: Story{Pictures: map[string][]byte{}}}
	s.readers[mail], s.readers[phone] = p.receive, p.receive
	s.invite(c.Others, Begins, monday.Add(-9*24*time.Hour), c.Seed)
	if err := s.until(ctx, monday.Add(-30*time.Minute)); err != nil {
		return &p.story, fmt.Errorf("the others: %w", err)
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"she tries it on", p.triesOn}, {"a week later", p.aWeekLater}, {"passing by", p.passesBy}, {"the till", p.buys},
		{"the mail again", p.opensAgain}, {"sharing", p.shares}, {"a friend orders", p.isThanked},
	} {
		if err := step.do(ctx); err != nil {
			return &p.story, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return &p.story, nil
}

func her(e properties) properties { return who(properties{"userId": isabelle}, e) }

func (p *play) receive(_ context.Context, l *Letter) error {
	p.letters = append(p.letters, *l)
	return nil
}

// scene begins a step.
func (p *play) scene(name string, facts ...string) *Scene {
	p.story.Scenes = append(p.story.Scenes, Scene{Name: name, At: p.now, Facts: facts})
	return &p.story.Scenes[len(p.story.Scenes)-1]
}

// triesOn: she has bought the cream every month; now she looks at a lipstick, tries it on by camera, and leaves.
func (p *play) triesOn(ctx context.Context) error {
	known := her(account(mail, phone))
	known["traits"].(properties)["firstName"] = "Isabelle"
	known["traits"].(properties)["locale"] = p.words.locale
	past := []properties{known}
	for n := range 4 {
		e := her(ordered(fmt.Sprint("isabelle-cream-", n), shadePrice, cream))
		e["timestamp"] = monday.AddDate(0, 0, -19-31*(3-n))
		past = append(past, e)
	}
	if err := p.tell(ctx, past...); err != nil {
		return err
	}
	if err := p.until(ctx, monday); err != nil {
		return err
	}
	answers, err := p.visit(ctx, her(properties{"type": "page", "name": "Lips"}), "hero")
	if err != nil {
		return err
	}
	if err := p.tell(ctx, her(looked(shade)), her(triedOn(shade))); err != nil {
		return err
	}
	return p.shown(ctx, p.scene("tries-on", p.words.tries), answers, "")
}

// aWeekLater: what comes, if anything, she opens in the evening; she does not buy.
func (p *play) aWeekLater(ctx context.Context) error {
	if err := p.until(ctx, monday.Add(7*24*time.Hour+time.Minute)); err != nil {
		return err
	}
	s := p.scene("recall", p.words.week)
	if len(p.letters) == 0 {
		return p.silence(ctx, s)
	}
	l := p.letters[len(p.letters)-1]
	if err := p.letter(ctx, s, &l); err != nil {
		return err
	}
	if err := p.until(ctx, p.now.Add(2*time.Hour)); err != nil {
		return err
	}
	return p.open(ctx, p.scene("opens", p.words.opens), &l, "mail.png")
}

// passesBy: on Sunday afternoon she passes within 150 metres of the shop.
func (p *play) passesBy(ctx context.Context) error {
	sunday := time.Date(2026, 11, 15, 15, 10, 0, 0, paris)
	if err := p.until(ctx, sunday); err != nil {
		return err
	}
	had := len(p.letters)
	if err := p.tell(ctx, her(located(inside))); err != nil {
		return err
	}
	if err := p.until(ctx, sunday.Add(5*time.Second)); err != nil {
		return err
	}
	s := p.scene("passes-by", p.words.passes)
	if len(p.letters) == had {
		return p.silence(ctx, s)
	}
	l := p.letters[len(p.letters)-1]
	if err := p.letter(ctx, s, &l); err != nil {
		return err
	}
	if l.Image != "" {
		picture, _, err := p.house.fetch(ctx, l.Image)
		if err != nil {
			return err
		}
		s.Picture, p.story.Pictures["push.png"] = "push.png", picture
	}
	_, _, err := p.house.fetch(ctx, l.Link) // she taps it, to see where the shop is
	return err
}

// buys: an hour later the till rings up what she takes. What led there is asked of the journeys.
func (p *play) buys(ctx context.Context) error {
	if err := p.until(ctx, p.now.Add(time.Hour)); err != nil {
		return err
	}
	earlier, err := p.credits(ctx)
	if err != nil {
		return err
	}
	till := her(ordered("till-1", shadeOffer, shade, cream))
	till["context"] = properties{"app": properties{"name": "till"}}
	if err := p.tell(ctx, till, her(located(outside))); err != nil {
		return err
	}
	if err := p.until(ctx, p.now.Add(time.Minute)); err != nil {
		return err
	}
	later, err := p.credits(ctx)
	if err != nil {
		return err
	}
	s := p.scene("till", p.words.buys)
	for _, c := range later {
		if share := c.Share - of(earlier, c.Name); share > 1e-9 || share < -1e-9 {
			s.Facts = append(s.Facts, fmt.Sprintf(p.words.credit, c.Name, 100*share))
			p.story.Credits = append(p.story.Credits, Credit{c.Name, share})
		}
	}
	return nil
}

// opensAgain: the mail of last week, opened once more the next morning.
func (p *play) opensAgain(ctx context.Context) error {
	if err := p.until(ctx, time.Date(2026, 11, 16, 8, 40, 0, 0, paris)); err != nil {
		return err
	}
	for i := range p.letters {
		if p.letters[i].HTML != "" {
			return p.open(ctx, p.scene("opens-again", p.words.again), &p.letters[i], "mail-again.png")
		}
	}
	p.scene("opens-again", p.words.noMail)
	return nil
}

// shares: she looks at her order; where she is offered to share she does, and three friends come by the link.
func (p *play) shares(ctx context.Context) error {
	if err := p.until(ctx, p.now.Add(20*time.Minute)); err != nil {
		return err
	}
	answers, err := p.visit(ctx, her(properties{"type": "page", "name": "My orders"}), "thanks")
	if err != nil {
		return err
	}
	if err := p.shown(ctx, p.scene("shares", p.words.orders), answers, "thanks.png"); err != nil {
		return err
	}
	link, item := "", ""
	for _, d := range answers {
		link, item = d.Elements["address"], d.Item
	}
	if link == "" {
		return nil
	}
	if err := p.tell(ctx, her(shared(item))); err != nil {
		return err
	}
	p.shared = len(p.letters)
	for n, device := range []string{"camille", "ines", "louise"} {
		if err := p.until(ctx, p.now.Add(time.Duration(1+n)*time.Hour)); err != nil {
			return err
		}
		answers, err := p.follow(ctx, device, link)
		if err != nil {
			return err
		}
		p.friends = append(p.friends, device)
		if err := p.shown(ctx, p.scene("friend", fmt.Sprintf(p.words.friend, strings.ToUpper(device[:1])+device[1:])), answers, ""); err != nil {
			return err
		}
		if err := p.tell(ctx, properties{"type": "track", "anonymousId": device, "event": "Product Tried On", "properties": properties{"product_id": shades[n]}}); err != nil {
			return err
		}
	}
	return nil
}

// isThanked: what has come to Isabelle since her friends came, if anything; then one of them orders, and a week later what has come to
// the others is told.
func (p *play) isThanked(ctx context.Context) error {
	if len(p.friends) == 0 {
		return nil
	}
	if err := p.until(ctx, p.now.Add(4*time.Hour)); err != nil {
		return err
	}
	thanked := p.scene("thanked", p.words.thanked)
	if len(p.letters) > p.shared {
		if err := p.letter(ctx, thanked, &p.letters[p.shared]); err != nil {
			return err
		}
	} else if err := p.silence(ctx, thanked); err != nil {
		return err
	}
	if err := p.tell(ctx, who(properties{"anonymousId": "camille"}, ordered("camille-1", shadePrice, "rouge-12"))); err != nil {
		return err
	}
	if err := p.until(ctx, p.now.Add(8*24*time.Hour)); err != nil {
		return err
	}
	s := p.scene("after", p.words.after)
	for _, friend := range p.friends {
		if friend == "camille" {
			continue
		}
		latest, err := p.decisions(ctx, "anonymousId:"+friend, 1)
		if err != nil {
			return err
		}
		for i := range latest {
			s.Decided = append(s.Decided, p.told(&latest[i], nil))
		}
	}
	var person struct {
		Audiences []string `json:"audiences"`
	}
	if err := p.house.call(ctx, "GET", "/v1/admin/people/"+isabelle, p.house.SecretKey, nil, &person); err != nil {
		return err
	}
	p.story.Audiences = person.Audiences
	for _, a := range person.Audiences {
		s.Facts = append(s.Facts, fmt.Sprintf(p.words.audience, a))
	}
	return nil
}
