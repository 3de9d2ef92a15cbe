package brand_test

import (
	"fmt"
	"image"
	_ "image/png"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/demo/brand"
)

func open(t testing.TB) *aparte.Brand {
	t.Helper()
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBrandIsFurnished(t *testing.T) {
	b := open(t)
	if len(b.Items) != 90 || len(b.Contents) != 18 || len(b.Layouts) < 10 || len(b.Objectives) != 2 || len(b.Scenarios) != 2 {
		t.Errorf("%d items, %d contents, %d layouts, %d objectives, %d scenarios",
			len(b.Items), len(b.Contents), len(b.Layouts), len(b.Objectives), len(b.Scenarios))
	}
	if b.Holdout != .05 || len(b.Pressure.Caps) == 0 || b.Pressure.QuietFrom == b.Pressure.QuietUntil {
		t.Errorf("holdout %v, pressure %+v", b.Holdout, b.Pressure)
	}
}

// A content that names a scenario is said for it and for nothing else: on a channel that none of its
// scenarios speaks on, it would never be said.
func TestWhatAScenarioSaysIsForItsChannel(t *testing.T) {
	b := open(t)
	channels := map[aparte.ScenarioID]aparte.Channel{}
	for _, s := range b.Scenarios {
		channels[s.ID] = s.Channel
	}
	for _, c := range b.Contents {
		for _, ch := range c.Channels {
			if len(c.Scenarios) > 0 && !slices.ContainsFunc(c.Scenarios, func(s aparte.ScenarioID) bool { return channels[s] == ch }) {
				t.Errorf("%s is never said on %s", c.ID, ch)
			}
		}
	}
}

func TestTheBrandCompiles(t *testing.T) {
	if _, err := decide.Compile(open(t), 1); err != nil {
		t.Error(err)
	}
}

func TestTheBrandComposes(t *testing.T) {
	c, err := compose.New(brand.Assets())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(open(t)); err != nil {
		t.Error(err)
	}
}

func TestEverythingIsSaidInEnglishAndFrench(t *testing.T) {
	all := 0
	words(reflect.ValueOf(open(t)), "", func(at string, w aparte.Words) {
		if len(w) == 0 && strings.Contains(at, "/Variants/") {
			return // a picture
		}
		all++
		en, fr := w["en"], w["fr"]
		if len(w) != 2 || strings.TrimSpace(en) == "" || strings.TrimSpace(fr) == "" {
			t.Errorf("%s: %v", at, w)
		}
		if strings.Count(en, "{{") != strings.Count(fr, "{{") {
			t.Errorf("%s: the two languages name different variables: %v", at, w)
		}
		if strings.ContainsAny(en+fr, "'\"") {
			t.Errorf("%s: a straight quotation mark: %v", at, w)
		}
	})
	if all < 250 {
		t.Errorf("only %d texts were looked at", all)
	}
}

// words visits every Words below v.
func words(v reflect.Value, at string, visit func(string, aparte.Words)) {
	if w, ok := v.Interface().(aparte.Words); ok {
		visit(at, w)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			words(v.Elem(), at, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			words(v.Index(i), fmt.Sprintf("%s/%d", at, i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				words(v.Field(i), at+"/"+v.Type().Field(i).Name, visit)
			}
		}
	}
}

func TestEveryNameLeadsSomewhere(t *testing.T) {
	b := open(t)
	layouts, rules, scenarios := map[aparte.LayoutID]aparte.Layout{}, map[aparte.RuleID]bool{}, map[aparte.ScenarioID]bool{}
	for _, l := range b.Layouts {
		layouts[l.ID] = l
	}
	for _, r := range b.Rules {
		rules[r.ID] = false
	}
	for _, s := range b.Scenarios {
		scenarios[s.ID] = true
	}
	used := map[aparte.LayoutID]bool{}
	for _, c := range b.Contents {
		for _, id := range c.Layouts {
			if _, ok := layouts[id]; !ok {
				t.Errorf("content %q: there is no layout %q", c.ID, id)
			}
			used[id] = true
		}
		for _, id := range c.Rules {
			if _, ok := rules[id]; !ok {
				t.Errorf("content %q: there is no rule %q", c.ID, id)
			}
			rules[id] = true
		}
		for _, id := range c.Scenarios {
			if !scenarios[id] {
				t.Errorf("content %q: there is no scenario %q", c.ID, id)
			}
		}
		for _, slot := range c.Slots {
			if !slices.ContainsFunc(c.Layouts, func(id aparte.LayoutID) bool { return slices.Contains(layouts[id].Slots, slot) }) {
				t.Errorf("content %q: no layout fits slot %q", c.ID, slot)
			}
		}
	}
	for id, named := range rules {
		if !named {
			t.Errorf("no content names rule %q", id)
		}
	}
	for id := range layouts {
		if !used[id] {
			t.Errorf("no content has layout %q", id)
		}
	}
}

// Every slot that can speak has several things to say, each of several kinds of person something.
func TestEverySlotHasAChoice(t *testing.T) {
	kinds := map[string]map[string]bool{}
	for _, c := range open(t).Contents {
		for _, slot := range c.Slots {
			if kinds[slot] == nil {
				kinds[slot] = map[string]bool{}
			}
			kinds[slot][string(c.ID)] = true
		}
	}
	for slot, least := range map[string]int{"hero": 12, "aside": 12, "email": 2, "email-hero": 10} {
		if len(kinds[slot]) < least {
			t.Errorf("slot %q: %d contents, want %d", slot, len(kinds[slot]), least)
		}
	}
}

func TestEveryPictureIsThereAndLight(t *testing.T) {
	const most = 24 << 10 // bytes of an item's picture
	b, assets := open(t), brand.Assets()
	wanted := map[string]int{b.Style.Logo: 0}
	for _, i := range b.Items {
		wanted[i.Image] = 600
	}
	for _, c := range b.Contents {
		wanted[c.Fallback.Asset] = 1200
		for _, e := range c.Elements {
			for _, v := range e.Variants {
				if v.Asset != "" {
					wanted[v.Asset] = 1200
				}
			}
		}
	}
	for name, width := range wanted {
		f, err := assets.Open(name)
		if err != nil {
			t.Error(err)
			continue
		}
		img, _, err := image.Decode(f)
		_ = f.Close()
		if err != nil || width != 0 && (img.Bounds().Dx() != width || img.Bounds().Dy() != 600) {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := fs.Stat(assets, name); err != nil || width == 600 && info.Size() > most {
			t.Errorf("%s has %d bytes (%v)", name, info.Size(), err)
		}
	}
	entries, err := fs.ReadDir(assets, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := wanted[e.Name()]; !ok {
			t.Errorf("nothing shows %s", e.Name())
		}
	}
}

// aBrand is a brand of next to nothing, laid out as Read wants it.
func aBrand(changed map[string]string) fs.FS {
	files := map[string]string{
		"brand.json":        `{"name": "Shop", "currency": "EUR", "objectives": [{"id": "order", "window": "1d"}]}`,
		"items.json":        `[{"id": "a", "price": {"amount": 100, "currency": "EUR"}}]`,
		"contents.json":     `[{"id": "hello", "kind": "story"}]`,
		"rules.json":        `[]`,
		"layouts.json":      `[{"id": "card"}]`,
		"layouts/card.html": `<p>{{ elements.headline }}</p>`,
	}
	maps.Copy(files, changed)
	dir := fstest.MapFS{}
	for name, body := range files {
		if body != "" {
			dir[name] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	return dir
}

func TestDocumentsMakeABrand(t *testing.T) {
	b, err := brand.Read(aBrand(nil))
	if err != nil {
		t.Fatal(err)
	}
	if b.Name != "Shop" || b.Items[0].Price.Amount != 100 || b.Contents[0].Kind != "story" || !strings.HasPrefix(b.Layouts[0].HTML, "<p>") {
		t.Errorf("%+v", b)
	}
}

func TestAMistakeIsNamedByFileAndPlace(t *testing.T) {
	for name, c := range map[string]struct{ file, body, want string }{
		"a member that is not known":  {"contents.json", `[{"id": "a"}, {"kinds": "story"}]`, "contents.json#/1/kinds: is not known here"},
		"a number where a text is":    {"brand.json", `{"style": {"ink": 7}}`, "brand.json#/style/ink: "},
		"a duration without a unit":   {"brand.json", `{"objectives": [{"window": "soon"}]}`, `brand.json#/objectives/0/window: duration "soon"`},
		"no JSON":                     {"items.json", `[{"id" "a"}]`, "items.json#/0/id: "},
		"a member said twice":         {"items.json", `[{"id": "a", "id": "b"}]`, "items.json#/0/id: duplicate"},
		"items in the wrong document": {"brand.json", `{"items": [{"id": "a"}]}`, "brand.json: items.json is the place"},
		"HTML said twice":             {"layouts.json", `[{"id": "card", "html": "<p>"}]`, "layouts.json#/0/html: layouts/card.html says it too"},
		"a document missing":          {"rules.json", "", "rules.json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := brand.Read(aBrand(map[string]string{c.file: c.body}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want it to say %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`[{"id": "a", "elements": [{"name": "headline", "variants": [{"id": "x", "words": {"en": "y"}}]}]}]`)
	f.Add(`[{"from": "2026-01-01T00:00:00Z"}]`)
	f.Fuzz(func(t *testing.T, contents string) {
		if b, err := brand.Read(aBrand(map[string]string{"contents.json": contents})); err == nil && b == nil {
			t.Error("neither a brand nor an error")
		}
	})
}

func ExampleBrand() {
	b, err := brand.Brand()
	if err != nil {
		panic(err)
	}
	fmt.Println(b.Name, "·", b.Items[0].Name["fr"], "·", b.Items[0].Price)
	// Output: Linnet & Thyme · Photophore cœur blanc à suspendre · 2.95 GBP
}

// What French sets off with a space stays on the line of its word: narrow before ; ! ? and %, wide before : and within
// quotation marks.
func TestFrenchIsTied(t *testing.T) {
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	all := []aparte.Words{}
	for i := range b.Items {
		all = append(all, b.Items[i].Name)
	}
	for i := range b.Contents {
		all = append(all, b.Contents[i].Name)
		for _, e := range b.Contents[i].Elements {
			for _, v := range e.Variants {
				all = append(all, v.Words)
			}
		}
	}
	tied := 0
	for _, w := range all {
		for _, loose := range []string{" :", " ;", " !", " ?", " »", "« ", " %", "\u202f:", "\u00a0!", "\u00a0?", "\u00a0;"} {
			if strings.Contains(w["fr"], loose) {
				t.Errorf("%q holds %q", w["fr"], loose)
			}
		}
		if strings.ContainsAny(w["fr"], "\u00a0\u202f") {
			tied++
		}
	}
	if tied < 20 {
		t.Errorf("only %d texts hold such a space: they were not looked at", tied)
	}
}

// Regulars would order anyway: they are served, not paid.
func TestRegularsAreServedAndGetNoDiscount(t *testing.T) {
	b := open(t)
	b.Holdout = 0
	plan, err := decide.Compile(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)
	said := func(orders int64) (services, discounts int) {
		p := &aparte.Person{ID: aparte.PersonID{1}, FirstSeen: now.AddDate(-1, 0, 0), LastSeen: now}
		if orders > 0 {
			p.Orders = aparte.Orders{Count: orders, Revenue: aparte.Money{Amount: 9000, Currency: b.Currency}, FirstAt: p.FirstSeen, LastAt: now.AddDate(0, 0, -5)}
		}
		d := plan.Decide(&decide.Question{Person: p, Slot: "hero", Moment: aparte.Moment{Channel: aparte.Web, At: now}}, nil)
		for _, c := range d.Candidates {
			content, _ := plan.Content(c.Action.Content)
			switch {
			case c.Action.Silent() || c.Excluded != "":
			case content.Incentive.Percent > 0:
				discounts++
			case content.Kind == "service" && content.Cost > 0:
				services++
			}
		}
		return services, discounts
	}
	if services, discounts := said(5); services == 0 || discounts > 0 {
		t.Errorf("a regular may be told of %d services and %d discounts", services, discounts)
	}
	if services, discounts := said(0); services > 0 || discounts == 0 {
		t.Errorf("a stranger may be told of %d services and %d discounts", services, discounts)
	}
}
