package compose

import (
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/aparte-dev/aparte"
)

// root is a variable that templates are offered, by its first name.
type root struct {
	open  bool   // any property may be asked for
	alone bool   // it may stand without property
	names string // its properties, separated by spaces
}

// thereProperty is what the inspector makes of a variable with properties that stands alone, as in
// {% if item %}: whether it is there.
const thereProperty = "_there"

// roots are the variables that templates are offered. liquid.md says what each is.
var roots = map[string]root{
	"person":    {open: true},
	"elements":  {open: true},
	"item":      {alone: true, names: "id name price was discount category brand link stock"},
	"companion": {alone: true, names: "id name price was discount category brand link stock"},
	"place":     {alone: true, names: "id name kind address link offer"},
	"nearest":   {alone: true, names: "id name address link distance"},
	"incentive": {alone: true, names: "percent code"},
	"brand":     {names: "name home ink paper accent onAccent fontFamily postal"},
	"link":      {alone: true},
	"image":     {alone: true},
	"video":     {alone: true},
	"form":      {alone: true},
	"reviews":   {alone: true},
	"share":     {alone: true},
	"me":        {alone: true},
	"now":       {alone: true},
}

func (r root) check(path, property string) error {
	if r.offers(property) {
		return nil
	}
	return fmt.Errorf("unknown variable %q%s", path, meant(nearPath(path)))
}

// offers reports whether a property may be asked for; an empty one is the variable itself.
func (r root) offers(property string) bool {
	if property == "" || property == thereProperty {
		return r.alone || property != "" && r.open
	}
	return r.open || slices.Contains(strings.Fields(r.names), property)
}

// scope is what the variables of one scene stand for.
type scope struct {
	scene    *Scene
	voice    voice
	elements map[string]string
	form     any // the question's markup; nil: nothing is asked

	reviewing *htmltemplate.Template // what reviews are set in
}

// bindings are the values of the variables needed; one that is not known is bound to nil, since an
// unbound one is an error to the library.
func (sc *scope) bindings(needs []need) map[string]any {
	vars := make(map[string]any, 4)
	vars[voiceVariable] = &sc.voice
	for _, n := range needs {
		bind(vars, n.parts, sc.value(n.path))
	}
	return vars
}

// bind sets a value at its path. No path is the way to another: the inspector sees to that.
func bind(vars map[string]any, parts []string, value any) {
	for _, part := range parts[:len(parts)-1] {
		inner, ok := vars[part].(map[string]any)
		if !ok {
			inner = make(map[string]any, 4)
			vars[part] = inner
		}
		vars = inner
	}
	vars[parts[len(parts)-1]] = value
}

// value is what a path stands for, nil where that is not known.
func (sc *scope) value(path string) any {
	first, rest, _ := strings.Cut(path, ".")
	s := sc.scene
	switch first {
	case "person":
		return trait(s.Brand, s.Person, rest)
	case "elements":
		return known(sc.elements[rest])
	case "item":
		return sc.item(s.Item, rest)
	case "companion":
		return sc.item(s.Companion, rest)
	case "place":
		return sc.place(rest)
	case "nearest":
		return sc.nearest(rest)
	case "incentive":
		return sc.incentive(rest)
	case "brand":
		return brandValue(s.Brand, rest)
	case "link":
		return known(s.Link)
	case "image":
		return known(s.ImageURL)
	case "video":
		return known(s.VideoURL)
	case "share":
		return known(s.Share)
	case "me":
		return known(s.Me)
	case "form":
		return sc.form
	case "reviews":
		return sc.reviews()
	case "now":
		return s.Now.In(sc.voice.zone)
	}
	return nil
}

func known(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (sc *scope) item(item *aparte.Item, property string) any {
	if item == nil {
		return nil
	}
	switch property {
	case thereProperty:
		return true
	case "id":
		return known(string(item.ID))
	case "name":
		return known(item.Name.In(sc.voice.locale, sc.scene.Brand.Locale))
	case "price":
		if item.Price.Currency != "" {
			return sc.voice.money(item.Price)
		}
	case "was":
		if reduced(item) {
			return sc.voice.money(item.WasPrice)
		}
	case "discount":
		if reduced(item) {
			share := 1 - float64(item.Price.Amount)/float64(item.WasPrice.Amount)
			return sc.voice.percentage(math.Round(100 * share))
		}
	case "category":
		return known(item.Category)
	case "brand":
		return known(item.Brand)
	case "link":
		return known(item.Link)
	case "stock":
		return int(item.Stock)
	}
	return nil
}

// place is where the person is: what of it templates are offered.
func (sc *scope) place(property string) any {
	if property == "offer" && sc.scene.Place != nil && sc.scene.Offer.Amount > 0 {
		return sc.voice.money(sc.scene.Offer)
	}
	return sc.of(sc.scene.Place, property)
}

// nearest is the shop nearest to the person: what of it templates are offered.
func (sc *scope) nearest(property string) any {
	if property == "distance" && sc.scene.Nearest != nil {
		return sc.voice.away(sc.scene.Distance)
	}
	return sc.of(sc.scene.Nearest, property)
}

// of is what of a place templates are offered wherever they speak of one.
func (sc *scope) of(p *aparte.Place, property string) any {
	if p == nil {
		return nil
	}
	switch property {
	case thereProperty:
		return true
	case "id":
		return known(string(p.ID))
	case "name":
		return known(p.Name.In(sc.voice.locale, sc.scene.Brand.Locale))
	case "kind":
		return known(p.Kind)
	case "address":
		return known(p.Address)
	case "link":
		return known(p.Link)
	}
	return nil
}

// reduced reports whether the item costs less than before.
func reduced(item *aparte.Item) bool {
	return item.WasPrice.Amount > item.Price.Amount && item.WasPrice.Currency == item.Price.Currency
}

func (sc *scope) incentive(property string) any {
	if sc.scene.Content == nil {
		return nil
	}
	given := sc.scene.Content.Incentive
	switch {
	case given == aparte.Incentive{}:
		return nil
	case property == thereProperty:
		return true
	case property == "code":
		return known(given.Code)
	case property == "percent" && given.Percent > 0:
		return sc.voice.percentage(given.Percent)
	}
	return nil
}

func brandValue(b *aparte.Brand, property string) any {
	switch property {
	case "name":
		return known(b.Name)
	case "home":
		return known(b.Home)
	case "ink":
		return hexOf(brandColour("ink", &b.Style))
	case "paper":
		return hexOf(brandColour("paper", &b.Style))
	case "accent":
		return hexOf(brandColour("accent", &b.Style))
	case "onAccent":
		return hexOf(brandColour("onAccent", &b.Style))
	case "fontFamily":
		return known(unquoted.Replace(fontFamily(&b.Style)))
	case "postal":
		return known(b.Sender.Postal)
	}
	return nil
}

// unquoted takes the quotes from a font-family, which CSS does not need: they would not survive
// escaping inside of a style element.
var unquoted = strings.NewReplacer(`"`, "", "'", "")

// trait is what a person said, or what was observed, under a name. What was inferred or bought in is
// never displayed, so it is not known here, and what the brand's policy forbids or calls sensitive is not, either. A list of texts and
// numbers is given as one.
func trait(b *aparte.Brand, p *aparte.Person, name string) any {
	if p == nil {
		return nil
	}
	t, ok := p.Trait(name)
	if !ok || !b.Policy.Displays(&t) {
		return nil
	}
	switch t.Value.Kind {
	case aparte.Text:
		return known(tidy(t.Value.Str))
	case aparte.Number:
		if n := t.Value.Num; n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int(n)
		}
		return t.Value.Num
	case aparte.Bool:
		return t.Value.Num != 0
	case aparte.JSON:
		return members(t.Value.Str)
	}
	return nil
}

func members(text string) any {
	var all []any
	if len(text) > maxValue || json.Unmarshal([]byte(text), &all) != nil || len(all) == 0 {
		return nil
	}
	kept := make([]any, 0, min(len(all), maxList))
	for _, m := range all {
		switch v := m.(type) {
		case string:
			m = tidy(v)
		case float64, bool:
		default:
			continue
		}
		if len(kept) < maxList {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// maxTrait is how many characters of a trait are shown.
const maxTrait = 200

// tidy makes a text that came from outside fit to be shown: trimmed, short, and without characters
// that end a line, hide, or turn the direction of what follows.
func tidy(s string) string { return tidyUpTo(s, maxTrait) }

// tidyUpTo is tidy for texts of at most so many characters.
func tidyUpTo(s string, most int) string {
	n := 0
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar,
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\ufeff':
			return -1
		}
		if n++; n > most {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(clean)
}
