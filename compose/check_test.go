package compose

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestASoundBrandPasses(t *testing.T) {
	if err := newComposer(t).Check(ondine(t)); err != nil {
		t.Error(err)
	}
}

func TestEachMistakeIsNamedByItsPointer(t *testing.T) {
	headline := func(b *aparte.Brand) aparte.Words { return b.Contents[0].Elements[0].Variants[0].Words }
	for _, test := range []struct {
		spoil func(*aparte.Brand)
		want  []string
	}{
		{func(b *aparte.Brand) { b.Home = "ondine" }, []string{"/home: "}},
		{func(b *aparte.Brand) { b.Currency = "Euro" }, []string{"/currency: "}},
		{func(b *aparte.Brand) { b.Locale = "français" }, []string{"/locale: "}},
		{func(b *aparte.Brand) { b.Zone = "Paris" }, []string{"/zone: "}},
		{func(b *aparte.Brand) { b.Style.Ink = "black" }, []string{"/style/ink: "}},
		{func(b *aparte.Brand) { b.Style.FontFamily = "a;color:red" }, []string{"/style/fontFamily: "}},
		{func(b *aparte.Brand) { b.Style.Logo = "logo.png" }, []string{`/style/logo: asset "logo.png": there is no such asset`}},
		{func(b *aparte.Brand) { b.Items[1].Image = "gone.jpg" }, []string{`/items/1/image: asset "gone.jpg"`}},
		{func(b *aparte.Brand) { b.Items[0].Link = "javascript:x" }, []string{"/items/0/link: "}},
		{func(b *aparte.Brand) { b.Items[0].Price.Currency = "€" }, []string{"/items/0/price/currency: "}},
		{func(b *aparte.Brand) { b.Items[1].Price.Currency = "" }, []string{"/contents/0/elements/4/variants/0/words/en: line 1: item.price is not known"}},
		{func(b *aparte.Brand) { headline(b)["fr"] = "{{ person.firstName }}" },
			[]string{"/contents/0/elements/0/variants/0/words/fr: line 1: person.firstName is not known here: give it a default"}},
		{func(b *aparte.Brand) { headline(b)["de"] = "\n{% if %}" }, []string{"/contents/0/elements/0/variants/0/words/de: line 2: "}},
		{func(b *aparte.Brand) { headline(b)["???"] = "x" }, []string{"/contents/0/elements/0/variants/0/words/???: words must be named"}},
		{func(b *aparte.Brand) { headline(b)["fr"] = "{{ item.name | money }}" }, []string{"words/fr: filter money: takes a number"}},
		{func(b *aparte.Brand) { b.Contents[0].Items = aparte.NoItems },
			[]string{"/contents/0/elements/1/variants/0/words/fr: line 1: item.name is not known", "/contents/0/link: line 1: item.link is not known"}},
		{func(b *aparte.Brand) { b.Contents[0].Elements[2].Variants[1].Asset = "x.png" }, []string{"/contents/0/elements/2/variants/1/asset: "}},
		{func(b *aparte.Brand) { b.Contents[0].Elements = b.Contents[0].Elements[:4] }, []string{"/contents/0/elements: a content for e-mail must have an element named subject"}},
		{func(b *aparte.Brand) {
			b.Contents[0].Channels, b.Contents[0].Elements = []aparte.Channel{aparte.WebPush}, b.Contents[0].Elements[2:4]
		}, []string{"/contents/0/elements: a content for push must have an element named headline or body"}},
		{func(b *aparte.Brand) { b.Contents[0].Link = "{{ person.site | default: brand.home }}" }, []string{"/contents/0/link: line 1: a link may begin with"}},
		{func(b *aparte.Brand) { b.Contents[0].Fallback = aparte.Fallback{Asset: "x.png", Link: "ftp://x"} },
			[]string{"/contents/0/fallback/asset: ", "/contents/0/fallback/link: "}},
		{func(b *aparte.Brand) { b.Layouts[0].HTML = "<p>{{ elements.headlin }}</p>" },
			[]string{`/layouts/0/html: no content that uses this layout has an element "headlin"`, "with the content"}},
		{func(b *aparte.Brand) { b.Layouts[3].HTML = `<img src="{{ image }}">` }, []string{`/layouts/3/html: with the content "encore": line 1: image is not known`}},
		{func(b *aparte.Brand) { b.Layouts[3].HTML = "" }, []string{"/layouts/3: a layout must have html or a banner"}},
		{func(b *aparte.Brand) { b.Layouts[1].Banner.Width = 5000 }, []string{"/layouts/1/banner: a banner of 5000 × 250"}},
		{func(b *aparte.Brand) { b.Layouts[1].Banner.Background = "mauve" }, []string{"/layouts/1/banner/background: "}},
		{func(b *aparte.Brand) { b.Layouts[0].Banner.Boxes[5].X = 500 }, []string{"/layouts/0/banner/boxes/5: the box (500, 242) 186 × 38 is not inside"}},
		{func(b *aparte.Brand) { b.Layouts[0].Banner.Boxes[2].Element = "slogan" }, []string{"/layouts/0/banner/boxes/2/element: no content"}},
		{func(b *aparte.Brand) {
			b.Layouts[0].Banner.Boxes[2] = aparte.Box{Kind: "text", W: 9, H: 9, MinSize: 3, Align: "middle", VAlign: "up", Color: "x", Radius: -1, Fit: "fill"}
		}, []string{"boxes/2/element: ", "boxes/2/size: ", "boxes/2/minSize: ", "boxes/2/align: ", "boxes/2/valign: ", "boxes/2/fit: ", "boxes/2/color: ", "boxes/2/radius: "}},
		{func(b *aparte.Brand) { b.Layouts[0].Banner.Boxes[2].Kind = "video" }, []string{"boxes/2/kind: "}},
	} {
		brand := ondine(t)
		test.spoil(brand)
		err := newComposer(t).Check(brand)
		if err == nil {
			t.Errorf("nothing is wrong, want %s", test.want)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got:\n%v\nwant: %s", err, want)
			}
		}
	}
}

func TestTheDocumentationNamesAllThatIsOffered(t *testing.T) {
	doc := readFile(t, "liquid.md")
	for name := range filters {
		if !strings.Contains(doc, "`"+name) {
			t.Errorf("liquid.md does not name the filter %s", name)
		}
	}
	for name, r := range roots {
		for _, property := range strings.Fields(r.names) {
			if !strings.Contains(doc, "`"+name+"."+property+"`") {
				t.Errorf("liquid.md does not name %s.%s", name, property)
			}
		}
	}
}
