package compose

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// withoutQuick is the same template, left to the library.
func withoutQuick(t *template) *template {
	slow := *t
	slow.quick = nil
	return &slow
}

// drawTemplate draws a template of which quick knows most.
func drawTemplate(t *rapid.T, markup bool, depth int) string {
	paths := []string{"person.a", "person.b", "person.n", "person.list", "item.name", "item.was", "item.price", "item.stock", "brand.name", "incentive.code", "now"}
	path := func() string { return rapid.SampledFrom(paths).Draw(t, "path") }
	filters := []string{
		`default: "–"`, `default: 3`, "escape", "url_encode", `append: "<é>"`, "money", `money: "GBP"`, `date: "full"`, "date",
		`plural: "# x", "# xs"`, `replace: "a", "'"`, "truncate: 4", "upcase", `join: "+"`, `prepend: "&"`,
	}
	var b strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, "parts") {
		switch rapid.IntRange(0, 3).Draw(t, "part") {
		case 0:
			b.WriteString(rapid.SampledFrom([]string{"a", " <b>é</b> ", "\n", "&amp;", "l’été "}).Draw(t, "text"))
		case 1:
			b.WriteString(`{{ ` + path() + ` | default: ""`)
			for range rapid.IntRange(0, 2).Draw(t, "filters") {
				b.WriteString(" | " + rapid.SampledFrom(filters).Draw(t, "filter"))
			}
			b.WriteString(" }}")
		case 2:
			if markup {
				b.WriteString(`{{ ` + path() + ` | default: "" | newline_to_br }}`)
			}
		case 3:
			if depth > 0 {
				tag := rapid.SampledFrom([]string{"if", "unless"}).Draw(t, "tag")
				condition := rapid.SampledFrom([]string{path(), "item", "incentive"}).Draw(t, "condition")
				if rapid.Bool().Draw(t, "and") {
					condition += " and " + path()
				}
				b.WriteString("{% " + tag + " " + condition + " %}" + drawTemplate(t, markup, depth-1))
				if rapid.Bool().Draw(t, "else") {
					b.WriteString("{% else %}" + drawTemplate(t, markup, depth-1))
				}
				b.WriteString("{% end" + tag + " %}")
			}
		}
	}
	return b.String()
}

func TestQuickTemplatesSayWhatTheLibrarySays(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	quickly := 0
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]templateKind{wordsTemplate, markupTemplate}).Draw(t, "kind")
		source := drawTemplate(t, kind == markupTemplate, 2)
		parsed, err := composer.library.template(kind, source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		s.Person = drawPerson(t)
		s.Item = rapid.SampledFrom([]*aparte.Item{nil, &brand.Items[0], &brand.Items[1]}).Draw(t, "item")
		sc, err := composer.bareScope(s)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.quick != nil {
			quickly++
		}
		got, gotErr := parsed.render(sc, maxMarkupBytes)
		want, wantErr := withoutQuick(parsed).render(sc, maxMarkupBytes)
		if (gotErr == nil) != (wantErr == nil) || gotErr == nil && got != want {
			t.Fatalf("%s\nquick:   %q, %v\nlibrary: %q, %v", source, got, gotErr, want, wantErr)
		}
	})
	if quickly == 0 {
		t.Error("no template was quick")
	}
}

func drawPerson(t *rapid.T) *aparte.Person {
	p := &aparte.Person{}
	for _, name := range []string{"a", "b", "list", "n"} {
		v := rapid.SampledFrom([]aparte.Value{
			{}, aparte.TextValue("Zoé & <Ana>"), aparte.TextValue("a\"'b\nc"), aparte.NumberValue(3), aparte.NumberValue(2.5),
			aparte.BoolValue(true), aparte.BoolValue(false), aparte.TextValue("2026-03-01"), {Kind: aparte.JSON, Str: `["x","y",1]`},
		}).Draw(t, name)
		p.Traits = append(p.Traits, aparte.Trait{Name: name, Value: v})
	}
	return p
}

func TestWhatQuickDoesNotKnowIsLeftToTheLibrary(t *testing.T) {
	for _, source := range []string{
		"{{- item.name }}", "{% for i in (1..2) %}x{% endfor %}", "{% if item.stock > 3 %}x{% endif %}", "{{ item.name | upcase }}",
		"{% if item.was or item.name %}x{% endif %}", "{% assign x = 1 %}{{ x }}", `{{ "a" }}`, `{{ item.name | append: item.id }}`,
		`{{ item.stock | plural: "a", "b", few: "c" }}`, `{{ item.name | append: "\n" }}`, "{% raw %}x{% endraw %}",
	} {
		seen, err := inspect(wordsTemplate, source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if q, ok := compileQuick(seen.rewritten, seen.bare); ok {
			t.Errorf("%s is quick: %v", source, q)
		}
	}
}

// FuzzTemplate feeds any source to the inspector and, where it is accepted, to both renderers: nothing
// panics, output is bounded, and no hostile value changes the markup around it.
func FuzzTemplate(f *testing.F) {
	for _, source := range []string{nastyLayout, `{{ person.x | default: "a" }}`, "{% for i in (1..3) %}{{ i }}{% endfor %}", `<a href="{{ link }}">`, "{{ 99999999999999999999 }}", `{% case item.stock %}{% when 1 %}a{% else %}b{% endcase %}`} {
		f.Add(source)
	}
	brand, composer := ondine(f), newComposer(f)
	s := scene(f, brand, "hero")
	f.Fuzz(func(t *testing.T, source string) {
		for _, kind := range []templateKind{wordsTemplate, markupTemplate, addressTemplate} {
			parsed, err := composer.library.template(kind, source)
			if err != nil {
				continue
			}
			var shapes []string
			for _, x := range []string{"zoe", `"'><script>alert(1)</script><a b="`} {
				s.Person = person("firstName", x, "x", x)
				sc, err := composer.scope(s)
				if err != nil {
					t.Fatal(err)
				}
				out, err := parsed.render(sc, maxWordsBytes)
				if len(out) > maxWordsBytes {
					t.Fatalf("%d bytes", len(out))
				}
				if slow, slowErr := withoutQuick(parsed).render(sc, maxWordsBytes); parsed.quick != nil && err == nil && slowErr == nil && slow != out {
					t.Fatalf("quick says %q, the library %q", out, slow)
				}
				if err == nil {
					shapes = append(shapes, structure(out))
				}
			}
			branches := strings.Contains(source, "%") || strings.Contains(source, "size") || strings.Contains(source, "slice") || strings.Contains(source, "truncate")
			if kind == markupTemplate && len(shapes) == 2 && !branches && shapes[0] != shapes[1] {
				t.Fatalf("the markup depends on the trait:\n%s\n%s", shapes[0], shapes[1])
			}
		}
	})
}
