package compose

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLinksLeadToHTTPOnly(t *testing.T) {
	for _, test := range []struct{ ref, want string }{
		{"/p/1", "https://ondine.example/p/1"}, {"", "https://ondine.example/"}, {"?a=1", "https://ondine.example/?a=1"},
		{"https://other.example/x y", "https://other.example/x%20y"}, {"//cdn.example/x", "https://cdn.example/x"},
		{" /p/1 ", "https://ondine.example/p/1"},
		{"mailto:a@b.example", ""}, {"javascript:alert(1)", ""}, {"data:text/html,x", ""}, {"file:///etc/passwd", ""},
		{`/\evil.example`, ""}, {"/a\nb", ""}, {"https://", ""}, {"ftp://a.example", ""}, {"http://[::1", ""},
	} {
		got, err := absolute(test.ref, "https://ondine.example/")
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q leads to %q, %v, want %q", test.ref, got, err, test.want)
		}
	}
}

func TestContentLinksAreFilledIn(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	for _, test := range []struct{ link, want string }{
		{"", "https://ondine.example/p/rouge-grenat"},
		{"{{ item.link }}?qui={{ person.firstName | default: \"\" }}", "https://ondine.example/p/rouge-grenat?qui=Zo%C3%A9%26x%3D1"},
		{"/s/{{ item.name }}", "https://ondine.example/s/Rouge%20Grenat"},
		{"https://shop.example/{% if item.was %}soldes/{% endif %}{{ item.id }}", "https://shop.example/soldes/rouge-grenat"},
	} {
		s := scene(t, brand, "hero")
		content := *s.Content
		content.Link, s.Content, s.Person = test.link, &content, person("firstName", "Zoé&x=1")
		if got, err := composer.Link(s); got != test.want || err != nil {
			t.Errorf("%s leads to %q, %v, want %q", test.link, got, err, test.want)
		}
	}
}

// TestNoExpressionChoosesWhereAnAddressLeads writes an address of literals and encoded values, as
// templates do, and compares scheme and host with those of the literals alone. A mailto address has no
// host (RFC 6068, section 2), though url.Parse reads one out of literals that begin it with two slashes.
func TestNoExpressionChoosesWhereAnAddressLeads(t *testing.T) {
	literals := rapid.SampledFrom([]string{"https:", "//", "h.example", "/", "?a=", "#", "&", "x", ":", "mailto:", "http://a.example/", "javascript:", " "})
	rapid.Check(t, func(t *rapid.T) {
		var at address
		var with, without strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			if rapid.Bool().Draw(t, "expression") {
				filter, err := at.expression()
				if err != nil {
					return
				}
				if filter == "url" {
					return // its own check is tested elsewhere
				}
				with.WriteString(escapeComponent(rapid.SampledFrom([]string{"//evil.example", "@evil.example", ":", "\\", "é ?#&", ".."}).Draw(t, "value")))
				continue
			}
			literal := literals.Draw(t, "literal")
			if at.literal(literal) != nil {
				return
			}
			with.WriteString(literal)
			without.WriteString(literal)
		}
		a, err1 := url.Parse(strings.TrimSpace(with.String()))
		b, err2 := url.Parse(strings.TrimSpace(without.String()))
		if err1 != nil || err2 != nil || a.Scheme == "mailto" && b.Scheme == "mailto" {
			return
		}
		if a.Scheme != b.Scheme || a.Host != b.Host {
			t.Fatalf("%q leads to another host than %q", with.String(), without.String())
		}
	})
}
