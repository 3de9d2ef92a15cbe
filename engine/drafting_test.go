package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// drawBrand draws a brand of few objects, so that two of them share some.
func drawBrand(t *rapid.T, name string) *aparte.Brand {
	b := &aparte.Brand{Name: rapid.SampledFrom([]string{"A", "B"}).Draw(t, name+" name"), Holdout: float64(rapid.IntRange(0, 3).Draw(t, name+" holdout")) / 10}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID[string]).Draw(t, name+" rules") {
		b.Rules = append(b.Rules, aparte.Rule{ID: aparte.RuleID(id), When: rapid.SampledFrom([]string{"true", "false"}).Draw(t, name+" when")})
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3, rapid.ID[string]).Draw(t, name+" contents") {
		c := aparte.Content{ID: aparte.ContentID(id), Link: rapid.SampledFrom([]string{"", "l"}).Draw(t, name+" link")}
		if rapid.Bool().Draw(t, name+" element") {
			c.Elements = []aparte.Element{{Name: "visual", Variants: []aparte.Variant{{Asset: "a:[].png"}, {Words: aparte.Words{"en": ":null"}}}}}
		}
		b.Contents = append(b.Contents, c)
	}
	return b
}

// byIDs is a brand as what stands under which id, in no order.
func byIDs(t *rapid.T, b *aparte.Brand) map[string]string {
	all := map[string]string{"name": b.Name, "holdout": fmt.Sprint(b.Holdout)}
	put := func(kind, id string, object any) {
		body, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all[kind+"/"+id] = string(body)
	}
	for _, r := range b.Rules {
		put("rules", string(r.ID), r)
	}
	for _, c := range b.Contents {
		put("contents", string(c.ID), c)
	}
	return all
}

func TestAPatchMakesTheOtherBrandAndTellsWhatOthersDidToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, mine, theirs := drawBrand(t, "base"), drawBrand(t, "mine"), drawBrand(t, "theirs")
		mine.Rules = inOrder(base.Rules, mine.Rules) // of a list whose objects change places, all are one
		theirs.Rules = inOrder(base.Rules, theirs.Rules)
		mine.Contents, theirs.Contents = inOrder(base.Contents, mine.Contents), inOrder(base.Contents, theirs.Contents)
		p, err := engine.PatchOf(base, mine)
		if err != nil {
			t.Fatal(err)
		}
		before := byIDs(t, base)
		made, err := p.On(base)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(byIDs(t, mine), byIDs(t, made)); diff != "" {
			t.Fatalf("applied to what it was made of: %s", diff)
		}
		if diff := cmp.Diff(before, byIDs(t, base)); diff != "" {
			t.Fatalf("it changed what it was applied to: %s", diff)
		}
		// The oracle: an object is overtaken where mine, theirs and the base are three things, or mine changed it and so did they.
		want := map[string]bool{}
		a, b, c := byIDs(t, base), byIDs(t, mine), byIDs(t, theirs)
		for key := range union(a, b, c) {
			if a[key] != b[key] && a[key] != c[key] && b[key] != c[key] {
				want[key] = true
			}
		}
		found, err := p.Overtakes(theirs)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, f := range found {
			key := f.Kind
			if f.ID != "" {
				key += "/" + f.ID
			}
			got[key] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("overtaken: %s\nbase %v\nmine %v\ntheirs %v", diff, a, b, c)
		}
		if len(want) > 0 {
			return
		}
		both, err := p.On(theirs)
		if err != nil {
			t.Fatal(err)
		}
		merged := byIDs(t, both)
		for key := range union(a, b, c) {
			should, from := c[key], "theirs"
			if a[key] != b[key] {
				should, from = b[key], "mine"
			}
			if merged[key] != should {
				t.Fatalf("%s is %q, %s is %q", key, merged[key], from, should)
			}
		}
	})
}

func union(all ...map[string]string) map[string]bool {
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m {
			keys[key] = true
		}
	}
	return keys
}

// inOrder are objects in the order of others, those that are not among these last.
func inOrder[T aparte.Rule | aparte.Content](as, all []T) (out []T) {
	id := func(x T) string {
		switch x := any(x).(type) {
		case aparte.Rule:
			return string(x.ID)
		case aparte.Content:
			return string(x.ID)
		}
		return ""
	}
	used := map[string]bool{}
	for _, a := range as {
		for _, x := range all {
			if id(x) == id(a) {
				out, used[id(x)] = append(out, x), true
			}
		}
	}
	for _, x := range all {
		if !used[id(x)] {
			out = append(out, x)
		}
	}
	return out
}

func TestADraftIsInForceOnlyOncePublishedAndNotOverWhatOthersPublished(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	d, err := h.BeginDraft(ctx, "Winter", "u1", "Ada", false)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(change func(*aparte.Brand)) *aparte.Brand {
		t.Helper()
		plan, err := h.DraftPlan(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		b := *plan.Brand()
		b.Rules = append([]aparte.Rule(nil), b.Rules...)
		b.Contents = append([]aparte.Content(nil), b.Contents...)
		change(&b)
		return &b
	}
	keep := func(change func(*aparte.Brand)) {
		t.Helper()
		kept, err := h.KeepDraft(ctx, d.ID, d.Revision, edit(change), "Ada")
		if err != nil {
			t.Fatal(err)
		}
		d = kept
	}
	before := h.Plan().Version()
	keep(func(b *aparte.Brand) { b.Name = "Winter shop" })
	keep(func(b *aparte.Brand) { b.Rules = append(b.Rules, aparte.Rule{ID: "cold", When: "person.known"}) })
	keep(func(b *aparte.Brand) { b.Contents[0].Link = "https://say.example/winter" })
	if h.Plan().Version() != before || h.Plan().Brand().Name == "Winter shop" {
		t.Fatal("a draft is in force")
	}
	if plan, err := h.DraftPlan(ctx, d.ID); err != nil || plan.Brand().Name != "Winter shop" || plan.Version() != d.Revision {
		t.Fatalf("the draft makes %v, %v", plan, err)
	}
	var overtaken *engine.Overtaken
	if _, err := h.KeepDraft(ctx, d.ID, 1, edit(func(*aparte.Brand) {}), "Bob"); !errors.As(err, &overtaken) {
		t.Errorf("kept over another revision: %v", err)
	}
	if _, err := h.KeepDraft(ctx, d.ID, d.Revision, edit(func(b *aparte.Brand) { b.Rules[0].When = "nonsense(" }), "Ada"); err == nil {
		t.Error("a draft that could never be published was kept")
	}
	// Others publish something else, and something of the same.
	publish := func(change func(*aparte.Brand)) {
		t.Helper()
		b := *h.Plan().Brand()
		b.Contents = append([]aparte.Content(nil), b.Contents...)
		change(&b)
		if _, err := h.Publish(ctx, &b); err != nil {
			t.Fatal(err)
		}
	}
	publish(func(b *aparte.Brand) { b.Holdout = 0.25; b.Contents[0].Link = "https://say.example/sale" })
	keep(func(b *aparte.Brand) { b.Rules = append(b.Rules, aparte.Rule{ID: "icy", When: "true"}) }) // what is kept later takes nothing over
	var conflict *engine.Conflict
	if _, err := h.PublishDraft(ctx, d.ID, d.Revision, "Ada"); !errors.As(err, &conflict) || len(conflict.Theirs) != 1 || conflict.Theirs[0].Kind != "contents" {
		t.Fatalf("published over what others did: %v", err)
	}
	if d, err = h.SettleDraft(ctx, d.ID, d.Revision, "contents", string(h.Plan().Brand().Contents[0].ID), true, "Ada"); err != nil {
		t.Fatal(err)
	}
	version, err := h.PublishDraft(ctx, d.ID, d.Revision, "Ada")
	b := h.Plan().Brand()
	if err != nil || version != h.Plan().Version() || b.Name != "Winter shop" || b.Holdout != 0.25 || b.Contents[0].Link != "https://say.example/winter" || b.Rules[len(b.Rules)-1].ID != "icy" {
		t.Fatalf("published it is %v, %+v", err, b.Contents[0])
	}
	if all, err := h.Editions(ctx, 1); err != nil || all[0].By != "Ada" || len(all[0].Changes) != 4 {
		t.Errorf("who published what: %+v, %v", all, err)
	}
	if _, err := h.Draft(ctx, d.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the draft is still there: %v", err)
	}
	// What others have is taken instead; a draft can be thrown away; there is an end to how many there are.
	if d, err = h.BeginDraft(ctx, "Spring", "u1", "Ada", true); err != nil {
		t.Fatal(err)
	}
	keep(func(b *aparte.Brand) { b.Name = "Spring shop" })
	publish(func(b *aparte.Brand) { b.Name = "Shop" })
	if d, err = h.SettleDraft(ctx, d.ID, d.Revision, "name", "", false, "Ada"); err != nil || len(d.Patch) != 0 {
		t.Fatalf("settled: %+v, %v", d, err)
	}
	if err := h.DropDraft(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	for range engine.MaxDrafts {
		if _, err := h.BeginDraft(ctx, "x", "", "", false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.BeginDraft(ctx, "x", "", "", false); !errors.Is(err, engine.ErrTooManyDrafts) {
		t.Errorf("one more draft: %v", err)
	}
	h.stop()
	h.start()
	if all, err := h.Drafts(ctx); err != nil || len(all) != engine.MaxDrafts {
		t.Errorf("after a restart there are %d, %v", len(all), err)
	}
}
