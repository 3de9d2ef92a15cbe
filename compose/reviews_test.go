package compose

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func reviewed(t testing.TB) *aparte.Brand {
	t.Helper()
	brand := ondine(t)
	on := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 10, 0, 0, 0, time.UTC) }
	brand.Items[0].Reviews = &aparte.Reviews{
		Stars: []int64{9, 4, 17, 52, 131},
		Latest: []aparte.Review{
			{Stars: 5, At: on(12, 2), By: "Solène", Text: "La teinte tient vraiment la journée, et mes lèvres restent souples.", Language: "fr"},
			{Stars: 1, At: on(11, 30), By: "M. K.", Text: "Le raisin s’est cassé à la deuxième utilisation. <Déçue>", Language: "fr"},
			{Stars: 3, At: on(11, 12), By: "Inès", Text: "Belle couleur, mais bien plus sombre que sur la photo.", Language: "fr"},
			{Stars: 4, At: on(10, 1), By: "Paul", Text: "Un cadeau qui a plu.", Language: "fr"},
		},
	}
	return brand
}

// text is what a reader of HTML reads.
func readable(t *testing.T, markup string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func withReviews(s *Scene, markup string) *Scene {
	layout := *s.Layout
	layout.HTML = markup
	s.Layout = &layout
	return s
}

func TestReviewsAreShownWithAllOfTheirDistribution(t *testing.T) {
	c, brand := newComposer(t), reviewed(t)
	s := withReviews(scene(t, brand, "hero"), "{% if reviews %}{{ reviews }}{% endif %}")
	out, err := c.HTML(s)
	if err != nil {
		t.Fatal(err)
	}
	got := readable(t, string(out))
	want := "4,4 ★★★★ ★ sur 5 · 213 avis 5 ★ 131 4 ★ 52 3 ★ 17 2 ★ 4 1 ★ 9"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s…", got, want)
	}
	for _, told := range []string{"Solène, 2 décembre 2026", "Le raisin s’est cassé à la deuxième utilisation. <Déçue>", "Inès, 12 novembre 2026"} {
		if !strings.Contains(got, told) {
			t.Errorf("%q is not in %s", told, got)
		}
	}
	if strings.Contains(got, "Paul") {
		t.Error("two of one opinion are told")
	}
	s.Locale = "en"
	if out, err = c.HTML(s); err != nil || !strings.Contains(readable(t, string(out)), "4.4 ★★★★ ★ out of 5 · 213 reviews") {
		t.Errorf("in English: %s, %v", readable(t, string(out)), err)
	}
}

func TestAnyDistributionIsToldAsItIs(t *testing.T) {
	c, brand := newComposer(t), reviewed(t)
	s := withReviews(scene(t, brand, "hero"), "{% if reviews %}{{ reviews }}{% endif %}")
	s.Locale = "en"
	rapid.Check(t, func(rt *rapid.T) {
		item := brand.Items[0]
		item.Reviews = &aparte.Reviews{Stars: rapid.SliceOfN(rapid.Int64Range(0, 999), 5, 5).Draw(rt, "stars")}
		s.Item = &item
		out, err := c.HTML(s)
		if err != nil {
			rt.Fatal(err)
		}
		got := readable(t, string(out))
		if item.Reviews.Count() == 0 {
			if got != "" {
				rt.Fatalf("of no reviews: %s", got)
			}
			return
		}
		rows := ""
		for n := 5; n >= 1; n-- {
			rows += fmt.Sprintf(" %d ★ %d", n, item.Reviews.Stars[n-1])
		}
		if !strings.HasSuffix(got, rows) {
			rt.Fatalf("got %s, want …%s", got, rows)
		}
	})
}

func TestNoTemplateCanNarrowReviews(t *testing.T) {
	for _, markup := range []string{
		"{{ reviews | truncate: 40 }}", "{{ reviews | default: 'x' }}", "{{ reviews | remove: '1' }}", "{{ reviews.latest }}", "{{ reviews[0] }}",
		"{{ reviews.stars }}", "{{ item.reviews }}", "{{ item.reviews.mean }}", "{% assign r = reviews %}", "{% capture r %}{{ reviews }}{% endcapture %}",
		"{% for r in reviews %}x{% endfor %}", "{% if reviews contains '5' %}{{ reviews }}{% endif %}", "{% if reviews == '' %}x{% endif %}",
		"{% case reviews %}{% when 'x' %}y{% endcase %}", "{% unless reviews contains '1 ★' %}{{ reviews }}{% endunless %}",
		`<p title="{{ reviews }}">`, "<!-- {{ reviews }} -->", "{{ 'x' | append: reviews }}",
		"{% if reviews.size > 3 %}{{ reviews }}{% endif %}", "{% if item.reviews.mean > 4 %}{{ reviews }}{% endif %}",
	} {
		if _, err := newLibrary().template(markupTemplate, markup); err == nil {
			t.Errorf("%s may be written", markup)
		}
	}
	if _, err := newLibrary().template(wordsTemplate, "{{ reviews }}"); err == nil {
		t.Error("words may print them")
	}
	for _, markup := range []string{"{{ reviews }}", "{% if reviews %}{{ reviews }}{% endif %}", "{% if item.was and reviews %}{{ reviews }}{% else %}x{% endif %}"} {
		if _, err := newLibrary().template(markupTemplate, markup); err != nil {
			t.Errorf("%s: %v", markup, err)
		}
	}
}

func TestALayoutThatMayHideReviewsIsRefused(t *testing.T) {
	const shown = "{% if reviews %}{{ reviews }}{% endif %}"
	for _, test := range []struct{ markup, want string }{
		{"<div>" + shown + "</div>", ""},
		{`<td style="padding:3px;font-size:0px">` + shown + "</td>", ""},
		{`<div style="max-height: 90px">` + shown + "</div>", "/layouts/0/html: the reviews stand in <div> with max-height"},
		{`<div style="overflow:hidden"><p>x</p><section>` + shown + "</section></div>", "with overflow"},
		{`<section hidden>` + shown + "</section>", "with hidden"},
		{"<details><summary>x</summary>" + shown + "</details>", "<details>"},
		{shown[:0] + "{{ reviews }}", "reviews is not known here"},
		{"<div>{{ item.reviews }}</div>", "reviews are shown whole or not at all"},
	} {
		brand := reviewed(t)
		brand.Layouts[0].HTML = test.markup
		err := newComposer(t).Check(brand)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.markup, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.markup, err, test.want)
		}
	}
}

func reviewBanner(width, height int, boxes ...aparte.Box) *aparte.Banner {
	return &aparte.Banner{Width: width, Height: height, Background: "paper", Boxes: boxes}
}

func TestAPictureOfReviewsThatCouldHideSomeIsRefused(t *testing.T) {
	whole := aparte.Box{Kind: "reviews", W: 300, H: 250, Size: 14}
	for _, test := range []struct {
		banner *aparte.Banner
		want   string
	}{
		{reviewBanner(300, 250, whole), ""},
		{reviewBanner(300, 250, aparte.Box{Kind: "fill", W: 300, H: 250, Background: "accent"}, whole), ""},
		{reviewBanner(300, 250, aparte.Box{Kind: "reviews", W: 300, H: 120, Size: 14}), "/layouts/0/banner/boxes/0: reviews of size 14 take at least 238 × 177"},
		{reviewBanner(300, 250, whole, aparte.Box{Kind: "fill", X: 20, Y: 180, W: 40, H: 40}), "box 1 is painted over the reviews"},
		{reviewBanner(300, 250, aparte.Box{Kind: "reviews", W: 300, H: 250, Size: 14, Color: "paper"}), "reviews must be read"},
		{reviewBanner(300, 250, aparte.Box{Kind: "reviews", W: 300, H: 250, Size: 14, Background: "#ffffff80"}), "reviews must be read"},
	} {
		brand := reviewed(t)
		brand.Layouts[0].Banner = test.banner
		err := newComposer(t).Check(brand)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%v: %v", test.banner.Boxes, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%v: %v, want %s", test.banner.Boxes, err, test.want)
		}
	}
}

func TestReviewsInAMailAreToldInItsTextAsWell(t *testing.T) {
	c, brand := newComposer(t), reviewed(t)
	s := &MailScene{Scene: *withReviews(scene(t, brand, "letter"), "<h1>{{ elements.headline }}</h1>{% if reviews %}{{ reviews }}{% endif %}"), Unsubscribe: "https://a.example/u/token"}
	m, err := c.Mail(s)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(m.Text, noBreakSpace, " ")
	for _, want := range []string{"4,4 sur 5, 213 avis\n5 ★ 131\n4 ★ 52\n3 ★ 17\n2 ★ 4\n1 ★ 9\n", "1 sur 5, M. K., 30 novembre 2026 :\nLe raisin s’est cassé"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	if !strings.Contains(m.HTML, "data-aparte-reviews") {
		t.Error("the HTML has no reviews")
	}
}

func TestReviewsLookAsTheyDid(t *testing.T) {
	for name, test := range map[string]struct {
		banner *aparte.Banner
		locale string
	}{
		"reviews-beside": {reviewBanner(600, 300, aparte.Box{Kind: "reviews", W: 600, H: 300, Size: 15}), "fr"},
		"reviews-below":  {reviewBanner(320, 480, aparte.Box{Kind: "reviews", W: 320, H: 480, Size: 14, Background: "#f7f1ee", Radius: 14}), "fr"},
		"reviews-small":  {reviewBanner(300, 250, aparte.Box{Kind: "reviews", X: 10, Y: 10, W: 280, H: 230, Size: 15}), "en"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scene(t, reviewed(t), "hero")
			s.Layout, s.Locale = &aparte.Layout{ID: "reviews", Banner: test.banner}, test.locale
			var out bytes.Buffer
			if err := newComposer(t).PNG(&out, s); err != nil {
				t.Fatal(err)
			}
			checkPicture(t, name, out.Bytes())
		})
	}
}
