package compose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/aparte-dev/aparte"
)

// said renders a template of a kind in the scene, as Elements, HTML and Link do.
func said(t testing.TB, c *Composer, kind templateKind, source string, s *Scene) (string, error) {
	t.Helper()
	sc, err := c.scope(s)
	if err != nil {
		t.Fatal(err)
	}
	return c.fill(sc, kind, source, maxMarkupBytes)
}

func TestWordsSayWhatTheyShould(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	s.Person = person("firstName", "Zoé", "birthday", "1990-05-01", "seen", "2026-12-24T23:30:00Z", "blank", "   ", "evil", "a\r\nb\u202ec")
	s.Person.Traits = append(s.Person.Traits,
		aparte.Trait{Name: "total", Value: aparte.NumberValue(1234.5)},
		aparte.Trait{Name: "vip", Value: aparte.BoolValue(true)},
		aparte.Trait{Name: "sizes", Value: aparte.Value{Kind: aparte.JSON, Str: `["S","M",{"no":1}]`}},
		aparte.Trait{Name: "address.city", Value: aparte.TextValue("Nîmes")},
		aparte.Trait{Name: "income", Value: aparte.NumberValue(30000), Provenance: aparte.Inferred},
		aparte.Trait{Name: "bought", Value: aparte.TextValue("x"), Provenance: aparte.BoughtIn},
	)
	slices.SortFunc(s.Person.Traits, func(a, b aparte.Trait) int { return strings.Compare(a.Name, b.Name) })
	for _, test := range []struct{ source, want string }{
		{"sans Liquid, { } et %", "sans Liquid, { } et %"},
		{`{{ person.firstName | default: "Vous" }}`, "Zoé"},
		{`{{ person.lastName | default: "Vous" }}`, "Vous"},
		{`{{ person.blank | default: "Vous" }}`, "Vous"},
		{`{{ person.income | default: "?" }}{{ person.bought | default: "?" }}`, "??"},
		{`{{ person.address.city | default: "" | upcase }}`, "NÎMES"},
		{`{{ person["address"].city | default: "" }}`, "Nîmes"},
		{`{{ person.evil | default: "" }}`, "a  bc"},
		{`{% if person.firstName %}{{ person.firstName }}{% endif %}`, "Zoé"},
		{`{% unless person.lastName %}-{% else %}{{ person.lastName }}{% endunless %}`, "-"},
		{`{% if person.vip == true %}oui{% else %}non{% endif %}`, "oui"},
		{`{% case person.firstName %}{% when "Ana", "Zoé" %}{{ person.firstName }} !{% else %}–{% endcase %}`, "Zoé !"},
		{`{% for size in person.sizes %}{{ forloop.index }}{{ size }}{% unless forloop.last %}/{% endunless %}{% endfor %}`, "1S/2M"},
		{`{{ person.sizes | join: " ou " | default: "–" }}`, "S ou M"},
		{`{% for i in (1..3) %}{{ i }}{% if i == 2 %}{% break %}{% endif %}{% endfor %}`, "12"},
		{`{% assign n = person.firstName | default: "Vous" | upcase %}{{ n }}`, "ZOÉ"},
		{`{% capture n %}<b>{{ item.name }}</b>{% endcapture %}{{ n | size }} {{ n }}`, "19 <b>Rouge Grenat</b>"},
		{`{% comment %}{{ nonsense | x }}{% endcomment %}{% raw %}{{ x }}{% endraw %}`, "{{ x }}"},
		{"a {{- item.name -}} b", "aRouge Grenatb"},
		{"{{ item.name }} {{ item.price }} {{ item.was }} {{ item.discount }} {{ item.stock }}", "Rouge Grenat 24,90\u00a0€ 32,00\u00a0€ 22\u00a0% 7"},
		{`{{ person.total | default: 0 | money }} {{ 12 | money: "USD" }}`, "1\u00a0234,50\u00a0€ 12,00\u00a0$"},
		{`{{ person.birthday | default: now | date: "day" }}`, "1er mai"},
		{`{{ person.seen | default: now | date: "%A %d %H:%M" }}`, "vendredi 25 00:30"},
		{`{{ now | date }}, {{ now | date: "time" }}`, "24 décembre 2026, 18:05"},
		{`{{ 0 | plural: "# clou", "# clous" }}, {{ 2 | plural: "# clou", "# clous" }}`, "0\u00a0clou, 2\u00a0clous"},
		{`{{ "Rouge à lèvres" | truncate: 8 }}`, "Rouge à…"},
		{`{{ "a & b" | escape }}`, "a & b"},
	} {
		got, err := said(t, composer, wordsTemplate, test.source, s)
		if err != nil || got != test.want {
			t.Errorf("%s\n got %q, %v\nwant %q", test.source, got, err, test.want)
		}
	}
}

func TestAuthorsAreToldWhatIsWrong(t *testing.T) {
	library := newLibrary()
	for _, test := range []struct {
		kind   templateKind
		source string
		want   string
	}{
		{wordsTemplate, "{{ user.name }}", `unknown variable "user.name"`},
		{wordsTemplate, "a\nb {{ item.colour }}", `line 2: unknown variable "item.colour"`},
		{wordsTemplate, "{{ person }}", `unknown variable "person"`},
		{wordsTemplate, "{{ elements.headline }}", "offered to layouts only"},
		{wordsTemplate, "{{ item.name | shout }}", `unknown filter "shout"`},
		{wordsTemplate, "{{ item.name | safe }}", `unknown filter "safe"`},
		{wordsTemplate, "{{ item.name | newline_to_br }}", "for HTML only"},
		{wordsTemplate, "{% include 'x' %}", "not offered"},
		{wordsTemplate, "{% increment x %}", "unknown tag"},
		{wordsTemplate, "{% if item.was %}", "if is not closed"},
		{wordsTemplate, "{% endif %}", "closes nothing"},
		{wordsTemplate, "{% if item.was %}{% endfor %}", "closes nothing"},
		{wordsTemplate, "{% if item.was %}{% else %}{% else %}{% endif %}", "does not fit"},
		{wordsTemplate, "Bonjour {{ person.firstName", "not closed"},
		{wordsTemplate, "{{ now | date: 'never' }}", "date style"},
		{wordsTemplate, "{{ now | date: '%Q' }}", "no %Q"},
		{wordsTemplate, "{{ now | date: item.name }}", "written out"},
		{wordsTemplate, `{{ item.stock | plural: "pièces" }}`, "write plural"},
		{wordsTemplate, "{{ 99999999999999999999 }}", "15 digits"},
		{wordsTemplate, "{{ (1..9) }}", "a range may stand only"},
		{wordsTemplate, "{% assign x = (1..999999999) %}", "a range may stand only"},
		{wordsTemplate, "{% for i in (1..100000000) %}{% endfor %}", "more than 100 numbers"},
		{wordsTemplate, "{% for i in (1..item.stock) %}{% endfor %}", "written out with whole numbers"},
		{wordsTemplate, "{% for i in (1..50) %}{% for j in (1..50) %}{% endfor %}{% endfor %}", "more than 2000 rounds"},
		{wordsTemplate, "{% for i in (1..9) limit: item.stock %}{% endfor %}", "takes a whole number"},
		{wordsTemplate, strings.Repeat("{% if item.was %}", 9) + strings.Repeat("{% endif %}", 9), "more than 8 blocks"},
		{wordsTemplate, "{% assign item = 1 %}", "the name item is taken"},
		{wordsTemplate, "{% if item.was %}{% assign x = 1 %}{% endif %}{{ x }}", `unknown variable "x"`},
		{wordsTemplate, "{{ forloop.index }}", "unknown variable"},
		{wordsTemplate, "{% break %}", "outside of a loop"},
		{wordsTemplate, strings.Repeat("x{{ item.name }}", maxSource/16+1), "longer than"},
		{wordsTemplate, "{{ item.name || }}", "a filter's name"},
		{wordsTemplate, "{{ item.name item.name }}", "not valid Liquid"},
		{markupTemplate, "<a href={{ link }}>x</a>", "in quotes"},
		{markupTemplate, "<p {{ item.name }}>x</p>", "may stand in text"},
		{markupTemplate, "<{{ item.name }}>", "may stand in text"},
		{markupTemplate, "<script>var x = '{{ item.name }}'</script>", "a <script>"},
		{markupTemplate, "<!-- {{ item.name }} -->", "a comment"},
		{markupTemplate, `<a onclick="f('{{ item.name }}')">x</a>`, "the attribute onclick"},
		{markupTemplate, `<img srcset="{{ image }} 2x">`, "the attribute srcset"},
		{markupTemplate, `<meta http-equiv="refresh" content="0;url={{ link }}">`, "an attribute of <meta>"},
		{markupTemplate, `<p style="color:{{ item.name }}">x</p>`, "in CSS only"},
		{markupTemplate, "<style>p { color: {{ elements.headline }} }</style>", "in CSS only"},
		{markupTemplate, `{{ item.name }}<a href="javascript:alert(1)">x</a>`, "javascript"},
		{markupTemplate, `<a href="java{{ item.name }}">x</a>`, "may not choose the scheme"},
		{markupTemplate, `<a href="https://{{ item.name }}/">x</a>`, "may not choose the scheme or the host"},
		{markupTemplate, `<a href="{{ link }}{{ item.id }}">x</a>`, "between two expressions"},
		{markupTemplate, `<a href="{% if item %}/a{% else %}"{% endif %}>{{ link }}`, "end in different places"},
		{markupTemplate, `{{ item.name }}<a href="x`, "ends inside a tag"},
		{markupTemplate, `<b title="{{ elements.body | newline_to_br }}">`, "may not stand in an attribute"},
		{markupTemplate, `{{ elements.body | newline_to_br | upcase }}`, "must be the last filter"},
		{addressTemplate, "{{ person.site }}", "a link may begin with"},
		{addressTemplate, "https://{{ person.site }}/x", "may not choose the scheme or the host"},
		{addressTemplate, "javascript:{{ item.id }}", "javascript"},
	} {
		_, err := library.template(test.kind, test.source)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80s\n got %v\nwant %s", test.source, err, test.want)
		}
	}
}

func TestAMissingVariableIsNeverAHole(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	s.Person = nil
	for _, source := range []string{
		"Bonjour {{ person.firstName }}",
		"Bonjour {{ person.firstName | upcase }}",
		`{{ "Bonjour " | append: person.firstName }}`,
		"{% if item.was or person.firstName %}{{ person.firstName }}{% endif %}",
		"{% assign n = person.firstName %}{{ n }}",
		"{{ incentive.code }}",
	} {
		if got, err := said(t, composer, wordsTemplate, source, s); err == nil {
			t.Errorf("%s says %q to a stranger", source, got)
		}
	}
}

// hostile is what somebody may have put into their own trait, or a shop into a product's name.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`&lt;script&gt;`, "</style><script>", "--><script>", "` onclick=x", "java\tscript:alert(1)", `\u003cscript\u003e`,
	"{{ item.name }}", "{% raw %}", "http://evil.example/\"x", "data:text/html,<script>",
}

const nastyLayout = `<section style="color:{{ brand.ink }};font-family:{{ brand.fontFamily }}" title='{{ person.x | default: "" }}'>
<style>p { color: {{ brand.accent }} }</style>{{ person.x | default: "" }}
{% capture c %}<i>{{ person.x | default: "" }}</i>{% endcapture %}{{ c }}{{ c | escape }}
<a href="{{ link }}?x={{ person.x | default: "" }}" data-x="{{ person.x | default: "" | escape }}">{{ elements.headline | newline_to_br }}</a>
<a href="/p/{% if person.x %}{{ person.x }}{% else %}none{% endif %}#top">{{ person.x | default: "" | append: "<b>" }}</a></section>`

func TestNoTraitChangesTheMarkup(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	render := func(x string) string {
		s.Person = person("firstName", x, "x", x)
		out, err := said(t, composer, markupTemplate, nastyLayout, s)
		if err != nil {
			t.Fatalf("%q: %v", x, err)
		}
		return out
	}
	want := structure(render("Zoé"))
	for _, x := range hostile {
		out := render(x)
		if got := structure(out); got != want {
			t.Errorf("the trait %q changes the markup:\n%s", x, out)
		}
	}
}

// structure is the tags and attributes of an HTML document, without their values, and any address that
// leads to a script.
func structure(doc string) string {
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(doc)); z.Next() != html.ErrorToken; {
		token := z.Token()
		if token.Type == html.TextToken {
			continue
		}
		b.WriteString(token.Type.String() + " " + token.Data)
		for _, a := range token.Attr {
			b.WriteString(" " + a.Key)
			if _, err := checkAddress(a.Val); err != nil && (a.Key == "href" || a.Key == "src") {
				b.WriteString(" REFUSED")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestAHostileTraitAtTheStartOfAnAddressIsRefused(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := scene(t, brand, "hero")
	const source = `<a href="{{ person.site | default: brand.home }}">x</a>`
	for _, test := range []struct{ site, want string }{
		{"https://zoe.example/?a=1&b=2", `<a href="https://zoe.example/?a=1&amp;b=2">x</a>`},
		{"/zoe", `<a href="/zoe">x</a>`},
		{"", `<a href="https://ondine.example">x</a>`},
		{"javascript:alert(1)", ""}, {"JaVaScRiPt:alert(1)", ""}, {" javascript:alert(1)", ""}, {"data:text/html,x", ""}, {`\\evil.example`, ""},
	} {
		s.Person = person("site", test.site)
		got, err := said(t, composer, markupTemplate, source, s)
		if (test.want == "") != (err != nil) || got != test.want {
			t.Errorf("%q gives %q, %v", test.site, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "alert") {
			t.Errorf("the error repeats the trait: %v", err)
		}
	}
}

// A template reads no file, no other template, and nothing that it was not given; nor can it call itself.
func TestATemplateReachesNothingThatItWasNotGiven(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	sc, err := composer.scope(scene(t, brand, "hero"))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{
		`{% include "../../../../../../etc/hostname" %}`, `{% include "/etc/hostname" %}`, `{% include "logo.png" %}`, `{% render "self" %}`, `{% render "/etc/hostname" %}`,
		`{% layout "a" %}`, `{% extends "a" %}`, `{% import "a" %}`, `{% macro a() %}{{ a() }}{% endmacro %}`, `{% call a %}`, `{% raw_include "a" %}`,
		`{{ env.HOME }}`, `{{ "x" | exec }}`, `{{ "id" | system }}`, `{{ "/etc/passwd" | read_file }}`, `{{ "http://169.254.169.254/" | fetch }}`, `{{ brand.secret }}`, `{{ settings }}`,
		`{{ "".constructor.constructor("return 1")() }}`, `{{ self }}`, `{{ __proto__ }}`,
	} {
		if got, err := composer.fill(sc, wordsTemplate, source, maxWordsBytes); err == nil {
			t.Errorf("%s yields %q", source, got)
		}
	}
	deep := strings.Repeat(`{% if true %}`, 5000) + "x" + strings.Repeat(`{% endif %}`, 5000)
	if got, err := composer.fill(sc, wordsTemplate, deep, maxWordsBytes); err == nil {
		t.Errorf("5,000 blocks in one another yield %q", got)
	}
}

func TestARenderIsBounded(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	sc, err := composer.scope(scene(t, brand, "hero"))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{
		`{% assign s = "0123456789" %}{% for i in (1..100) %}{% assign s = s | append: s %}{% endfor %}{{ s | size }}`,
		`{% assign s = "0123456789" %}{% for i in (1..100) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}{{ s | size }}`,
		`{% assign s = "aaaaaaaaaa" %}{% for i in (1..100) %}{% assign s = s | replace: "a", "aaaaaaaaaa" %}{% endfor %}{{ s | size }}`,
		`{% for i in (1..40) %}{% for j in (1..40) %}0123456789{% endfor %}{% endfor %}`,
		`{{ "a,a,a,a,a,a,a,a,a,a,a,a" | replace: ",", ",a,a,a,a,a,a,a,a,a,a,a," | split: "," | size }}`,
	} {
		if got, err := composer.fill(sc, wordsTemplate, source, maxWordsBytes); err == nil {
			t.Errorf("%s yields %d bytes", source, len(got))
		}
	}
	w := limited{most: 1 << 20, until: time.Now().Add(-time.Second)}
	var stopped bool
	for range 1000 {
		_, err := w.WriteString("x")
		stopped = stopped || err != nil
	}
	if !stopped {
		t.Error("a render goes on after its time")
	}
}
