package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/console"
)

// plainBrand reads a brand, and refuses what is none.
func plainBrand(body []byte) (*aparte.Brand, error) {
	var b aparte.Brand
	if json.Unmarshal(body, &b) != nil {
		return nil, errors.New("/rules: is not JSON from line 3 on")
	}
	return &b, nil
}

// settled is a stage on which people were told things, and the time in which that counts is over.
func settled(t *testing.T) *stage {
	t.Helper()
	s := open(t)
	s.serve(console.Config{ReadBrand: plainBrand})
	for i := range 50 {
		s.decide(fmt.Sprint("visitor-", i))
	}
	later := time.Now().UTC().Add(time.Hour)
	if err := s.engine.Accept(t.Context(), []aparte.Event{{
		Type: aparte.Track, Name: "Product Viewed", MessageID: "later", UserID: "later", Timestamp: later, ReceivedAt: later, Source: "test",
		Properties: []byte(`{"product_id": "85123A"}`),
	}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends the form of what would have been, as the page does for an answer.
func (s *stage) ask(form url.Values, lang string, header ...string) (int, string) {
	s.t.Helper()
	return s.submit("/console/whatif", form, lang, header...)
}

// submit sends a form to a page, with headers by name and value.
func (s *stage) submit(path string, form url.Values, lang string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", lang)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestWhatWouldHaveBeenIsAskedInAForm(t *testing.T) {
	s := settled(t)
	for lang, wants := range map[string][]string{
		"en": {"Without “Who we are”", "people, from", "Effective sample size", "The log cannot tell"},
		"fr": {"Sans «\u00a0Qui nous sommes\u00a0»", "personnes, du", "Taille effective", "Le journal ne peut le dire"},
	} {
		status, page, _ := s.get("/console/whatif?change=content&content=our-story", lang)
		if status != http.StatusOK || !strings.Contains(page, wants[0]) || !strings.Contains(page, `hx-post="/console/whatif?change=content&amp;content=our-story"`) {
			t.Errorf("in %s the question is not put: %d", lang, status)
		}
		status, page = s.ask(url.Values{"change": {"content"}, "content": {"our-story"}}, lang)
		for _, want := range wants {
			if status != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("in %s the answer is %d, without %q", lang, status, want)
			}
		}
		if m := keyShown(page); m != "" {
			t.Errorf("in %s the answer shows a key: %s", lang, m)
		}
		if strings.Contains(page, `class="judged"`) {
			t.Errorf("in %s a handful of decisions are compared", lang)
		}
	}
}

func TestBeforeAnythingCanBeJudgedThatIsSaid(t *testing.T) {
	s := open(t)
	if status, page := s.ask(url.Values{"change": {"rule"}, "rule": {"not-too-often"}}, "en"); status != http.StatusOK || !strings.Contains(page, "No decision can be judged yet") {
		t.Errorf("answered %d", status)
	}
}

// field is the markup of a field and of what is wrong with it.
var wrongField = regexp.MustCompile(`name="when"[^>]*aria-invalid="true" aria-describedby="wrong"[^>]*></label>\s*<div class="wrong" id="wrong" role="alert">`)

func TestAConditionThatCannotBeReadIsToldAtItsField(t *testing.T) {
	s := open(t)
	for lang, want := range map[string]string{"en": "This cannot be read", "fr": "Ceci ne peut être lu"} {
		_, page, _ := s.get("/console/whatif?change=where&content=our-story&when="+url.QueryEscape(`person.order == "<b>"`), lang)
		if !wrongField.MatchString(page) || !strings.Contains(page, want) || !strings.Contains(page, "person.orders") {
			t.Errorf("in %s it is not told at the field:\n%s", lang, page)
		}
		if strings.Contains(page, "<b>\"") || !strings.Contains(page, `value="person.order == &#34;&lt;b&gt;&#34;"`) {
			t.Errorf("in %s what was written is not kept as it was written", lang)
		}
		if strings.Contains(page, "hx-post=\"/console/whatif?") {
			t.Errorf("in %s an answer is promised", lang)
		}
	}
}

func TestAWholeBrandIsPastedOrRefusedWithItsFaults(t *testing.T) {
	s := settled(t)
	_, body, header := s.get("/console/whatif/brand.json", "en")
	if !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Error("the brand in force is not given as a file")
	}
	if status, page := s.ask(url.Values{"change": {"brand"}, "brand": {body}}, "en"); status != http.StatusOK || !strings.Contains(page, "Nothing would have been decided otherwise") {
		t.Errorf("the brand in force: answered %d", status)
	}
	for pasted, want := range map[string]string{
		"{":  "/rules: is not JSON from line 3 on",
		"{}": "/currency: ",
		strings.Replace(body, "person.orders == 0", "person.order == 0", 1): "/rules/0/when: ",
		strings.Replace(body, `"after": "Product Added"`, `"after": ""`, 1): "/scenarios/0/after: ",
	} {
		status, page := s.ask(url.Values{"change": {"brand"}, "brand": {pasted}}, "en")
		if status != http.StatusOK || !strings.Contains(page, "<li><code>"+want) || !strings.Contains(page, "<textarea") {
			t.Errorf("%.20s: answered %d, without %q", pasted, status, want)
		}
	}
	s.serve(console.Config{})
	if _, page, _ := s.get("/console/whatif", "en"); strings.Contains(page, "<textarea") {
		t.Error("a brand can be pasted where nobody can read it")
	}
}

func TestNoOtherSiteHasTheLogRead(t *testing.T) {
	s := open(t)
	if status, _ := s.ask(url.Values{"change": {"rule"}, "rule": {"loyal"}}, "en", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("answered %d", status)
	}
}

func TestTheAnswerComesToThePageThatAsks(t *testing.T) {
	ctx := browser(t)
	s := settled(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/whatif?change=content&content=our-story"), chromedp.WaitReady("#page")); err != nil {
		t.Fatal(err)
	}
	told, err := chromedp.Run(ctx, chromedp.Poll[string](`(document.querySelector("#answer .verdict") || {}).textContent`, chromedp.WithPollingTimeout(patience)))
	if err != nil || told != "The log cannot tell" {
		t.Errorf("told %q: %v", told, err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/whatif?change=where&content=our-story&when=nonsense"), chromedp.WaitReady("#wrong")); err != nil {
		t.Fatal(err)
	}
	if at, err := chromedp.Run(ctx, chromedp.Poll[string](`document.activeElement.name`, chromedp.WithPollingTimeout(patience))); err != nil || at != "when" {
		t.Errorf("who wrote what cannot be read stands at %q: %v", at, err)
	}
}
