package quality_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// Whatever is put aside, taken, erased and reopened in whatever order, what is kept is what a list in memory keeps.
func TestWhatIsKeptAsideIsWhatAListWouldKeep(t *testing.T) {
	s := quality.Memory()
	people := []string{"ann", "bob", "cy"}
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		k := open(rt, s)
		if _, err := k.Take(ctx, ids(k)); err != nil { // of the round before
			rt.Fatal(err)
		}
		var want []quality.Record
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				var these []quality.Record
				for range rapid.IntRange(1, 4).Draw(rt, "n") {
					these = append(these, quality.Record{
						Reason: rapid.SampledFrom(quality.Reasons[:]).Draw(rt, "reason"), At: noon, Source: "web",
						Body: fmt.Appendf(nil, `{"userId":%q}`, rapid.SampledFrom(people).Draw(rt, "who")),
					})
				}
				if err := k.Aside(ctx, these, make([]*quality.Broken, len(these))); err != nil {
					rt.Fatal(err)
				}
				want = append(want, these...)
			},
			"take": func(rt *rapid.T) {
				if len(want) == 0 {
					return
				}
				i := rapid.IntRange(0, len(want)-1).Draw(rt, "which")
				if n, err := k.Take(ctx, []quality.ID{want[i].ID, 7}); n != 1 || err != nil {
					rt.Fatalf("took %d: %v", n, err)
				}
				want = slices.Delete(want, i, i+1)
			},
			"erase": func(rt *rapid.T) {
				who := rapid.SampledFrom(people).Draw(rt, "who")
				about := func(r quality.Record) bool { return bytes.Contains(r.Body, []byte(who)) }
				n, err := k.Erase(ctx, []aparte.Identifier{{Kind: aparte.KindUserID, Value: strings.ToUpper(who)}})
				had := len(want)
				want = slices.DeleteFunc(want, about)
				if err != nil || n != had-len(want) {
					rt.Fatalf("erased %d of %d: %v", n, had-len(want), err)
				}
			},
			"reopen": func(rt *rapid.T) {
				if err := k.Close(); err != nil {
					rt.Fatal(err)
				}
				k = open(rt, s)
			},
			"": func(rt *rapid.T) {
				slices.SortFunc(want, func(a, b quality.Record) int { return int(int64(b.ID) - int64(a.ID)) })
				got := []quality.Record{}
				for _, r := range k.List(quality.Filter{Limit: 1 << 20}) {
					whole, err := k.Record(ctx, r.ID)
					if err != nil {
						rt.Fatal(err)
					}
					got = append(got, whole)
				}
				if diff := cmp.Diff(append([]quality.Record{}, want...), got); diff != "" {
					rt.Fatal(diff)
				}
			},
		})
		if err := k.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func ids(k *quality.Keeper) (all []quality.ID) {
	for _, r := range k.List(quality.Filter{Limit: 1 << 20}) {
		all = append(all, r.ID)
	}
	return all
}

func TestTheOldestGoesFirstAndOneReasonDoesNotPushOutAnothers(t *testing.T) {
	k := open(t, nil)
	put := func(reason quality.Reason, n int) {
		these := make([]quality.Record, n)
		for i := range these {
			these[i] = quality.Record{Reason: reason, At: noon, Source: "web", Body: []byte("{}")}
		}
		if err := k.Aside(t.Context(), these, make([]*quality.Broken, n)); err != nil {
			t.Fatal(err)
		}
	}
	put(quality.Malformed, 3)
	for range 25 {
		put(quality.Crawler, 500)
	}
	first := k.List(quality.Filter{Limit: 1 << 20})
	for _, kept := range k.Kept() {
		want := map[quality.Reason][2]int64{quality.Malformed: {3, 0}, quality.Crawler: {10_000, 2_500}}[kept.Reason]
		if int64(kept.Records) != want[0] || kept.Dropped != want[1] {
			t.Errorf("%s: kept %d, dropped %d", kept.Reason, kept.Records, kept.Dropped)
		}
	}
	if _, err := k.Record(t.Context(), first[len(first)-4].ID); err != nil {
		t.Errorf("the oldest that is kept: %v", err)
	}
	put(quality.Crawler, 500)
	if _, err := k.Record(t.Context(), first[len(first)-4].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that went: %v", err)
	}
}

func TestPagesOfWhatIsKeptAsideFollowOneAnother(t *testing.T) {
	k := open(t, nil)
	for i := range 10 {
		r := quality.Record{Reason: quality.Reasons[i%2], At: noon, Source: fmt.Sprint("s", i%3), Event: "E", Body: []byte("{}")}
		if err := k.Aside(t.Context(), []quality.Record{r}, []*quality.Broken{nil}); err != nil {
			t.Fatal(err)
		}
	}
	reason := quality.Nobody
	for _, f := range []quality.Filter{{}, {Reason: &reason}, {Source: "s1"}, {Event: "E"}, {Event: "none"}} {
		f.Limit = 100
		all := k.List(f)
		var paged []quality.Record
		for f.Limit = 2; ; {
			page := k.List(f)
			paged = append(paged, page...)
			if len(page) < f.Limit {
				break
			}
			f.Before = page[len(page)-1].ID
		}
		if diff := cmp.Diff(all, paged); diff != "" {
			t.Errorf("%+v: %s", f, diff)
		}
	}
}

func TestWhoIsErasedIsErasedAsideHoweverTheyAreWritten(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		id   aparte.Identifier
		gone bool
	}{
		"user id":              {`{"userId":"u1"}`, aparte.Identifier{Kind: aparte.KindUserID, Value: "u1"}, true},
		"a number":             {`{"userId":42}`, aparte.Identifier{Kind: aparte.KindUserID, Value: "42"}, true},
		"an e-mail, deep":      {`{"traits":{"x":[{"email":" Ann@Example.com "}]}}`, aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}, true},
		"escaped":              {`{"email":"\u0061nn@example.com"}`, aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}, true},
		"a phone":              {`{"phone":"06 12 34 56 78"}`, aparte.Identifier{Kind: aparte.KindPhone, Value: "+33612345678"}, true},
		"broken off":           {`{"email":"Ann@example.com","x":`, aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}, true},
		"not JSON at all":      {`garbage "ann@example.com" garbage`, aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}, true},
		"part of another":      {`{"userId":"u11"}`, aparte.Identifier{Kind: aparte.KindUserID, Value: "u1"}, false},
		"another's":            {`{"email":"bob@example.com"}`, aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}, false},
		"another phone":        {`{"phone":"06 12 34 56 79"}`, aparte.Identifier{Kind: aparte.KindPhone, Value: "+33612345678"}, false},
		"no identifier at all": {`{"userId":""}`, aparte.Identifier{Kind: aparte.KindUserID}, false},
	} {
		k := open(t, nil)
		r := quality.Record{Reason: quality.Malformed, At: noon, Source: "web", Body: []byte(c.body)}
		if err := k.Aside(t.Context(), []quality.Record{r}, []*quality.Broken{nil}); err != nil {
			t.Fatal(err)
		}
		n, err := k.Erase(t.Context(), []aparte.Identifier{c.id})
		if err != nil || (n == 1) != c.gone || len(ids(k)) != 1-n {
			t.Errorf("%s: erased %d, %d left: %v", name, n, len(ids(k)), err)
		}
	}
}

// A shape tells no letter and no digit of what it is of.
func TestAShapeTellsNothingOfItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		shape := quality.Shape(text)
		if strings.Trim(shape, "aA9·… !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") != "" || len([]rune(shape)) > 26 {
			t.Fatalf("%q looks like %q", text, shape)
		}
	})
}

func TestAnIDIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := quality.ID(rapid.Uint64().Draw(t, "id"))
		if got, ok := quality.ParseID(id.String()); !ok || got != id {
			t.Fatalf("%s is read as %d (%v)", id, got, ok)
		}
	})
	for _, text := range []string{"", "q_", "q_1", "q_+00000000000001", "q_000000000000000G", "q_000000000000000A", "p_0000000000000001"} {
		if _, ok := quality.ParseID(text); ok {
			t.Errorf("%q is read", text)
		}
	}
}

// FuzzPlan: whatever properties come, the plan stays bounded and shows no more than shapes.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":{"c":[{"d":"e"}]}}`, `{"a":[[[[1]]]],"a":null}`, `{`, ``, `{"":{"":{"":{"":1}}}}`} {
		f.Add(seed)
	}
	k := open(f, nil)
	f.Fuzz(func(t *testing.T, body string) {
		observe(k, track("E", body))
		for _, p := range k.Plan()[0].Properties {
			if p.Seen < 1 || len(p.Name) > 200 || len(p.Shapes) > 3 {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// FuzzSchema: whatever is declared and whatever comes, there is an answer.
func FuzzSchema(f *testing.F) {
	f.Add(`{"properties":{"a":{"type":"number"}}}`, `{"a":"x"}`)
	f.Add(`{"$ref":"#"}`, `{}`)
	f.Add(`{"anyOf":[{"required":["a"]},{"not":{}}],"items":{"$ref":"#/$defs/x"},"$defs":{"x":{"uniqueItems":true}}}`, `{"a":[1,1]}`)
	f.Fuzz(func(t *testing.T, schema, body string) {
		if !jsontext.Value(body).IsValid() || jsontext.Value(body).Kind() != '{' {
			return
		}
		k := open(t, nil)
		if err := k.Declare(t.Context(), quality.Schema{Event: "E", Mode: quality.Enforce, Schema: []byte(schema)}); err != nil {
			return
		}
		e := track("E", body)
		if b := k.Check(&e); b != nil && (len(b.Faults) == 0 || len(b.Faults) > 20) {
			t.Fatalf("%+v", b)
		}
	})
}
