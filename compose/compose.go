package compose

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose/film"
)

// Scene is what is said, to whom, and where: all that composing may draw from. Brand and Content are
// required; the rest may be left at its zero value. A brand is not changed once something of it has been
// composed, nor are the content, the layout and the item of it: another brand takes its place.
type Scene struct {
	Brand     *aparte.Brand
	Content   *aparte.Content
	Layout    *aparte.Layout
	Item      *aparte.Item
	Companion *aparte.Item // spoken of beside it; nil: nothing is

	Place    *aparte.Place // where the person is; nil: nowhere that is known
	Opening  Opening       // of the place
	Nearest  *aparte.Place // the shop nearest to them where they are at no place; nil: none that is known
	Distance int64         // to it, in metres

	Offer  aparte.Money   // the item's price there while it is on offer; zero: it is not
	Action aparte.Action  // which variants were chosen; one that is out of range is the first
	Person *aparte.Person // declared and observed traits are offered to templates, never others

	Locale   string    // BCP 47; empty: the person's, else the brand's
	Zone     string    // IANA time zone; empty: the person's, else the brand's, else UTC
	Now      time.Time // of the decision
	Seen     time.Time // the instant at which a picture is looked at, for countdowns; zero: Now
	Link     string    // where a click goes: the click address, not what it leads to
	ImageURL string    // where the picture of this message is fetched
	VideoURL string    // where its film is; empty: there is none
	Shots    []int     // of the layout's film, those shown
	Share    string    // a link of the person's own to share; empty: none is offered
	Me       string    // where the person chooses what reaches them; empty: nowhere, as in an advertisement
	Answer   string    // where the answer to what the content asks goes; empty: nowhere, and nothing is asked
	Scale    int       // of pictures: 1, or 2 for dense screens; 0 is 1
}

// Composer composes messages for a brand. It is safe for concurrent use; what it caches is bounded.
type Composer struct {
	library  *library
	pages    atomic.Pointer[pages] // of the brand composed last
	pictures *pictures
	types    *typecase
	easels   sync.Pool // of *easel
	press    *press
	frame    *htmltemplate.Template // of e-mails
	asking   *htmltemplate.Template // of questions in pages
	address  *htmltemplate.Template // of the addresses in those
	opinions *htmltemplate.Template // of reviews
	tongues  *cache[string, *tongue]
	zones    *cache[string, *time.Location]
	english  *tongue      // where no locale is one
	alts     describer    // nil: nobody says what pictures show
	studio   *film.Studio // nil: there are no films
}

// New is a composer that finds the brand's assets in assets, by name. It fails only where what
// comes with the package cannot be read.
func New(assets fs.FS) (*Composer, error) {
	types, err := newTypecase()
	if err != nil {
		return nil, err
	}
	english, err := newTongue("en")
	if err != nil {
		return nil, err
	}
	frame, err := newFrame()
	if err != nil {
		return nil, err
	}
	asking, err := newForm()
	if err != nil {
		return nil, err
	}
	address, err := newAddress()
	if err != nil {
		return nil, err
	}
	opinions, err := newReviews()
	if err != nil {
		return nil, err
	}
	alts, _ := assets.(describer)
	return &Composer{
		alts:     alts,
		frame:    frame,
		asking:   asking,
		address:  address,
		opinions: opinions,
		library:  newLibrary(),
		pictures: newPictures(assets),
		press:    newPress(),
		types:    types,
		tongues:  newCache[string, *tongue](64),
		zones:    newCache[string, *time.Location](512),
		english:  english,
	}, nil
}

// Elements are the words of the scene's content, by the name of the element: plain text, not escaped.
// An element that is a picture gives the scene's ImageURL. One that has nothing to say is left out.
func (c *Composer) Elements(s *Scene) (map[string]string, error) {
	if page := c.settled(s); page != nil {
		return page.elementsFor(s), nil
	}
	sc, err := c.scope(s)
	if err != nil {
		return nil, err
	}
	return sc.elements, nil
}

// HTML is the scene in its layout, with all that comes from outside escaped. A layout that has a
// banner and no HTML shows its picture, linked.
func (c *Composer) HTML(s *Scene) ([]byte, error) {
	sc, err := c.scope(s)
	if err != nil {
		return nil, err
	}
	html, err := c.html(sc)
	if err != nil {
		return nil, err
	}
	return []byte(html), nil
}

// Link is where a click leads: the content's link with its variables filled in, else the item's, else
// the brand's home; always absolute, http or https.
func (c *Composer) Link(s *Scene) (string, error) {
	sc, err := c.bareScope(s)
	if err != nil {
		return "", err
	}
	return c.link(sc)
}

// Page is what a web slot shows.
type Page struct {
	Elements map[string]string
	HTML     string // empty where the scene has no layout
	Link     string // where a click leads in the end: see Composer.Link
}

// Page is what Elements, HTML and Link give, for the price of one of them.
func (c *Composer) Page(s *Scene) (Page, error) {
	if settled := c.settled(s); settled != nil {
		if page, err := settled.page(s); err == nil {
			return page, nil
		}
	}
	return c.compose(s)
}

// compose composes a page from nothing.
func (c *Composer) compose(s *Scene) (Page, error) {
	sc, err := c.scope(s)
	if err != nil {
		return Page{}, err
	}
	page := Page{Elements: sc.elements}
	if page.Link, err = c.link(sc); err != nil {
		return Page{}, err
	}
	if s.Layout != nil {
		page.HTML, err = c.html(sc)
	}
	return page, err
}

// bannerMarkup shows a layout's picture where the layout says nothing else.
const bannerMarkup = `<a href="{{ link }}"><img src="{{ image }}" width="%d" height="%d" alt="{{ elements.headline | default: brand.name }}" style="max-width:100%%;height:auto;border:0"></a>`

// videoMarkup shows a layout's film where there is one, and is followed by what is shown else. It is made when somebody plays it.
const videoMarkup = `{%% if video %%}<video src="{{ video }}" poster="{{ image }}" width="%d" height="%d" controls playsinline preload="none" aria-label="{{ elements.headline | default: brand.name }}" style="max-width:100%%;height:auto"></video>{%% if elements.cta %%}<p><a href="{{ link }}">{{ elements.cta }}</a></p>{%% endif %%}{%% else %%}`

// markupOf is the template of a layout.
func markupOf(layout *aparte.Layout) string {
	if layout.HTML == "" && layout.Video != nil && layout.Banner != nil {
		return fmt.Sprintf(videoMarkup, layout.Video.Width, layout.Video.Height) + fmt.Sprintf(bannerMarkup, layout.Banner.Width, layout.Banner.Height) + "{% endif %}"
	}
	if layout.HTML == "" && layout.Banner != nil {
		return fmt.Sprintf(bannerMarkup, layout.Banner.Width, layout.Banner.Height)
	}
	return layout.HTML
}

func (c *Composer) html(sc *scope) (string, error) {
	layout := sc.scene.Layout
	if layout == nil {
		return "", errors.New("html: the scene has no layout")
	}
	out, err := c.fill(sc, markupTemplate, markupOf(layout), maxMarkupBytes)
	if err != nil {
		return "", fmt.Errorf("html of layout %q for content %q: %w", layout.ID, sc.scene.Content.ID, err)
	}
	return strings.TrimSpace(out), nil
}

func (c *Composer) link(sc *scope) (string, error) {
	s := sc.scene
	ref := s.Content.Link
	if ref != "" {
		var err error
		if ref, err = c.fill(sc, addressTemplate, ref, maxWordsBytes); err != nil {
			return "", fmt.Errorf("link of content %q: %w", s.Content.ID, err)
		}
	} else if s.Item != nil {
		ref = s.Item.Link
	}
	link, err := absolute(ref, s.Brand.Home)
	if err != nil {
		return "", fmt.Errorf("link of content %q: %w", s.Content.ID, err)
	}
	return link, nil
}

func (c *Composer) fill(sc *scope, kind templateKind, source string, most int) (string, error) {
	t, err := c.library.template(kind, source)
	if err != nil {
		return "", err
	}
	return t.render(sc, most)
}

// scope is what the scene's variables stand for, its elements filled in.
func (c *Composer) scope(s *Scene) (*scope, error) {
	sc, err := c.bareScope(s)
	if err != nil {
		return nil, err
	}
	for i := range s.Content.Elements {
		e := &s.Content.Elements[i]
		text, err := c.element(sc, e, s.variant(i))
		if err != nil {
			return nil, fmt.Errorf("element %q of content %q: %w", e.Name, s.Content.ID, err)
		}
		if text != "" {
			sc.elements[e.Name] = text
		}
	}
	if sc.form, err = c.form(sc); err != nil {
		return nil, fmt.Errorf("question of content %q: %w", s.Content.ID, err)
	}
	return sc, nil
}

func (c *Composer) bareScope(s *Scene) (*scope, error) {
	if s.Brand == nil || s.Content == nil {
		return nil, errors.New("compose: a scene needs a brand and a content")
	}
	return &scope{scene: s, voice: c.voice(s), elements: make(map[string]string, len(s.Content.Elements)), reviewing: c.opinions}, nil
}

// variant is the chosen variant of the i-th element, nil where it has none.
func (s *Scene) variant(i int) *aparte.Variant {
	variants := s.Content.Elements[i].Variants
	if len(variants) == 0 {
		return nil
	}
	chosen := 0
	if i < len(s.Action.Variants) && int(s.Action.Variants[i]) < len(variants) {
		chosen = int(s.Action.Variants[i])
	}
	return &variants[chosen]
}

func (c *Composer) element(sc *scope, e *aparte.Element, v *aparte.Variant) (string, error) {
	switch {
	case v == nil:
		return "", nil
	case len(v.Words) == 0:
		return sc.scene.ImageURL, nil
	}
	words, _ := wordsIn(v.Words, sc.scene.wanted(), sc.scene.Brand.Locale)
	text, err := c.fill(sc, wordsTemplate, words, maxWordsBytes)
	return strings.TrimSpace(text), err
}

// wanted is the locale that the person would like.
func (s *Scene) wanted() string {
	switch {
	case s.Locale != "":
		return s.Locale
	case s.Person != nil && s.Person.Locale != "":
		return s.Person.Locale
	}
	return s.Brand.Locale
}

// zone is the time zone of the scene, empty where it is the brand's.
func (s *Scene) zone() string {
	if s.Zone == "" && s.Person != nil {
		return s.Person.Zone
	}
	return s.Zone
}

// voice is how the scene is spoken: in the language of its words, which is not the person's where
// nothing was written in it.
func (c *Composer) voice(s *Scene) voice {
	locale := s.wanted()
	for i := range s.Content.Elements {
		if v := s.variant(i); v != nil && len(v.Words) > 0 {
			if _, language := wordsIn(v.Words, locale, s.Brand.Locale); baseOf(language) != baseOf(locale) {
				locale = language
			}
			break
		}
	}
	return voice{
		tongue: c.tongue(locale, s.Brand.Locale), locale: locale,
		zone: c.zone(s.zone(), s.Brand.Zone), currency: s.Brand.Currency,
	}
}

// tongue is the first of the locales that is one, else English.
func (c *Composer) tongue(locales ...string) *tongue {
	for _, locale := range locales {
		t, err := c.tongues.get(locale, func() (*tongue, int64, error) {
			t, err := newTongue(locale)
			return t, 1, err
		})
		if err == nil {
			return t
		}
	}
	return c.english
}

// zone is the first of the time zones that is one, else UTC.
func (c *Composer) zone(names ...string) *time.Location {
	for _, name := range names {
		if name == "" || name == "Local" {
			continue
		}
		zone, err := c.zones.get(name, func() (*time.Location, int64, error) {
			zone, err := time.LoadLocation(name)
			return zone, 1, err
		})
		if err == nil {
			return zone
		}
	}
	return time.UTC
}

// wordsIn is what Words.In says, and the language in which it is.
func wordsIn(w aparte.Words, locale, fallback string) (text, language string) {
	for _, l := range []string{locale, baseOf(locale), fallback, baseOf(fallback)} {
		if s, ok := w[l]; ok {
			return s, l
		}
	}
	for l := range w {
		if language == "" || l < language {
			language = l
		}
	}
	return w[language], language
}

func baseOf(locale string) string {
	if i := strings.IndexAny(locale, "-_"); i >= 0 {
		return locale[:i]
	}
	return locale
}
