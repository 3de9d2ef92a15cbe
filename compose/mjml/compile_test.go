package mjml_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	xhtml "golang.org/x/net/html"

	"github.com/aparte-dev/aparte/compose/mjml"
)

const letter = `<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all color="#333333" />
      <mj-text font-size="16px" />
      <mj-class name="loud" font-weight="bold" font-size="24px" />
    </mj-attributes>
  </mj-head>
  <mj-body>
    <mj-section background-color="{{ brand.paper }}" padding="24px 0">
      <mj-column width="40%"><mj-image src="https://a.example/lipstick.jpg" alt="A lipstick" padding="0 12px" border-radius="6px" href='{{ link | default: "https://a.example" }}' /></mj-column>
      <mj-column width="60%">
        <mj-text mj-class="loud">{{ elements.headline }}</mj-text>
        <mj-text>Bonjour <b>{{ person.firstName | default: "vous" }}</b>,<br/>il reste {{ item.stock }} pièces.</mj-text>
        <mj-button href="{{ link }}" border-radius="20px">{{ elements.cta }}</mj-button>
      </mj-column>
    </mj-section>
    <mj-section><mj-column><mj-divider border-color="#dddddd" /><mj-spacer height="12px" /><mj-raw><p>{% if item.was %}Soldé{% endif %}</p></mj-raw></mj-column></mj-section>
  </mj-body>
</mjml>`

func TestALetterIsCompiledToWhatMailClientsKeep(t *testing.T) {
	got, err := mjml.Compile(letter)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/letter.html") // looked at in a browser, beside what mjml 5.4 makes of the same
	if os.Getenv("APARTE_UPDATE") != "" {
		err = os.WriteFile("testdata/letter.html", []byte(got), 0o600)
		want = []byte(got)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
	balanced(t, got)
}

// balanced reports elements that do not end, or end twice.
func balanced(t testing.TB, source string) {
	t.Helper()
	var open []string
	for tokens := xhtml.NewTokenizer(strings.NewReader(source)); ; {
		switch tokens.Next() {
		case xhtml.ErrorToken:
			if len(open) > 0 {
				t.Fatalf("%v do not end", open)
			}
			return
		case xhtml.StartTagToken:
			if name, _ := tokens.TagName(); string(name) != "img" && string(name) != "br" {
				open = append(open, string(name))
			}
		case xhtml.EndTagToken:
			name, _ := tokens.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> ends %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestColumnsShareTheRoom(t *testing.T) {
	for source, want := range map[string][]string{
		`<mj-section padding="0"><mj-column></mj-column><mj-column></mj-column></mj-section>`:                              {"max-width:256px", "max-width:256px"},
		`<mj-section padding="0 6px"><mj-column width="30%"></mj-column><mj-column width="70%"></mj-column></mj-section>`:  {"max-width:150px", "max-width:350px"},
		`<mj-section padding="0"><mj-column width="200px"></mj-column><mj-column width="9999px"></mj-column></mj-section>`: nil,
		`<mj-section padding="0"><mj-column width="200px"></mj-column></mj-section>`:                                       {"max-width:200px"},
	} {
		html, err := mjml.Compile("<mjml><mj-body>" + source + "</mj-body></mjml>")
		if (err != nil) != (want == nil) {
			t.Errorf("%s: %v", source, err)
		}
		rest := html
		for _, x := range want {
			_, after, found := strings.Cut(rest, x)
			if !found {
				t.Errorf("%s: no %s in %s", source, x, html)
			}
			rest = after
		}
	}
}

func TestWhatIsWrongIsSaidWithItsLine(t *testing.T) {
	in := func(body string) string { return "<mjml>\n<mj-body>\n" + body + "\n</mj-body>\n</mjml>" }
	section := func(inner string) string {
		return in("<mj-section><mj-column>\n" + inner + "\n</mj-column></mj-section>")
	}
	for source, want := range map[string]string{
		"":                                  "line 1: there is no <mjml>",
		"<html></html>":                     "line 1: <html> where <mjml> must begin",
		"hello <mjml></mjml>":               "text before <mjml>",
		"<mjml>\n<mj-body>":                 "line 2: <mj-body> does not end",
		in("<mj-hero></mj-hero>"):           "line 3: <mj-hero> in <mj-body>, where mj-section, mj-raw may stand",
		in("words"):                         "text in <mj-body>: it belongs into an <mj-text>",
		in("</mj-section>"):                 "</mj-section> where <mj-body> of line 2 must end",
		section("<mj-text>never ends"):      "line 4: <mj-text> does not end",
		section(`<mj-image alt="x"/>`):      "line 4: <mj-image>: src is missing",
		section(`<mj-image src="a.png"/>`):  "alt is missing",
		section(`<mj-button>x</mj-button>`): "href is missing",
		section(`<mj-text color="red;background:url(x)">x</mj-text>`): "is no colour",
		section(`<mj-text font-size="2em">x</mj-text>`):               `font-size: "2em" is no length`,
		section(`<mj-text padding="1px 2px 3px 4px 5px">x</mj-text>`): "is not one to four lengths",
		section(`<mj-text align="justify">x</mj-text>`):               `align: "justify" is none of left, center, right`,
		section(`<mj-text css-class="x">x</mj-text>`):                 "css-class is not known here",
		section(`<mj-image src="a" alt="" width="0%"/>`):              "width",
		strings.Repeat("x", mjml.MaxBytes+1):                          "bytes, at most",
		in(strings.Repeat("<mj-section></mj-section>", 2001)):         "more than 2000 elements",
	} {
		html, err := mjml.Compile(source)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", source, err, want)
		}
		if html != "" {
			t.Errorf("%.80q: there is HTML all the same", source)
		}
	}
}

// Whatever is written, it is HTML that is whole, or errors that name lines.
func FuzzCompile(f *testing.F) {
	f.Add(letter)
	f.Add(`<mjml><mj-body><mj-section><mj-column width="1px"><mj-image src="{{" alt='"'/></mj-column></mj-section></mj-body></mjml>`)
	f.Fuzz(func(t *testing.T, source string) {
		html, err := mjml.Compile(source)
		if err == nil && !strings.Contains(source, "<mj-raw") && !strings.Contains(source, "<mj-text") && !strings.Contains(source, "<mj-button") { // what those hold is the author's
			balanced(t, html)
		}
		if err != nil && len(source) <= mjml.MaxBytes && !strings.Contains(err.Error(), "line ") {
			t.Fatalf("%v names no line", err)
		}
	})
}
