package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/writer"
)

// A model drafts, a human takes one, and only then it is part of the brand. What the brand never says is refused, whoever wrote it.
func TestADraftIsSaidOnlyAfterAHumanTookIt(t *testing.T) {
	s := open(t)
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"choices":[{"message":{"content":"{\"drafts\":[{\"en\":\"Light for tonight\",\"fr\":\"De la lumière ce soir\"},{\"en\":\"So cheap\",\"fr\":\"Si bon marché\"}]}"}}]}`)
	}))
	t.Cleanup(model.Close)
	wr, err := writer.New(writer.Config{URL: model.URL, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Writer: wr})
	b := *s.engine.Plan().Brand()
	b.Voice.Never = []string{"cheap"}
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	content := b.Contents[0]
	element := ""
	for _, e := range content.Elements {
		if len(e.Variants[0].Words) > 0 {
			element = e.Name
			break
		}
	}
	variants := func() []aparte.Variant {
		c, _ := s.engine.Plan().Content(content.ID)
		for _, e := range c.Elements {
			if e.Name == element {
				return e.Variants
			}
		}
		return nil
	}
	before := len(variants())
	address := "/console/contents/" + url.PathEscape(string(content.ID))
	version := func() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }

	_, page := s.post(address+"/drafts", url.Values{"element": {element}, "wish": {"evening"}})
	if !strings.Contains(page, "Light for tonight") || !strings.Contains(page, "the brand never says") || keyShown(page) != "" {
		t.Fatalf("drafts: key %q, %s", keyShown(page), page)
	}
	if len(variants()) != before {
		t.Error("a draft was taken by nobody")
	}
	_, page = s.post(address+"/variants", url.Values{"element": {element}, "version": {version()}, "english": {"So cheap"}})
	if !strings.Contains(page, "/voice/never") || len(variants()) != before {
		t.Error("what the brand never says was added")
	}
	_, page = s.post(address+"/variants", url.Values{"element": {element}, "version": {"1"}, "english": {"Light for tonight"}})
	if !strings.Contains(page, "Somebody published another version meanwhile") || len(variants()) != before {
		t.Error("it was added to another brand than the page was of")
	}
	_, page = s.post(address+"/variants", url.Values{"element": {element}, "version": {version()}, "english": {"Light for tonight"}, "french": {"De la lumière ce soir"}})
	if now := variants(); !strings.Contains(page, "Added") || len(now) != before+1 || now[before].Words["fr"] != "De la lumière ce soir" {
		t.Errorf("taken, there are %d variants", len(variants()))
	}
	for lang, want := range map[string]string{"en": "Draft four", "fr": "En rédiger quatre"} {
		if _, page, _ := s.get(address, lang); !strings.Contains(page, want) || keyShown(page) != "" {
			t.Errorf("%s: %q", lang, keyShown(page))
		}
	}
}

func TestWithoutAModelPeopleWrite(t *testing.T) {
	s := open(t)
	address := "/console/contents/" + url.PathEscape(string(s.engine.Plan().Brand().Contents[0].ID))
	_, page, _ := s.get(address, "en")
	if strings.Contains(page, "Draft four") || !strings.Contains(page, "Write one yourself") {
		t.Error("the page offers a model that is not there, or no form")
	}
	if status, _ := s.post(address+"/drafts", url.Values{"element": {"headline"}}); status != http.StatusNotFound {
		t.Errorf("drafts: %d", status)
	}
}
