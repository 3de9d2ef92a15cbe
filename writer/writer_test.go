package writer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/writer"
)

// model is an endpoint that answers chat completions as OpenAI's reference has them.
type model struct {
	answer func() (status int, content string)
	asked  struct {
		Model    string
		Messages []struct {
			Role    string
			Content any
		}
	}
	key string
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	m.key = r.Header.Get("Authorization")
	if err := json.NewDecoder(r.Body).Decode(&m.asked); err != nil {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	status, content := m.answer()
	if status != http.StatusOK {
		http.Error(w, content, status)
		return
	}
	body, err := json.Marshal(map[string]any{"choices": []map[string]any{{"index": 0, "message": map[string]any{"role": "assistant", "content": content}, "finish_reason": "stop"}}})
	if err == nil {
		_, err = w.Write(body)
	}
	if err != nil {
		panic(err) // of a test's server
	}
}

func (m *model) says(content string) {
	m.answer = func() (int, string) { return http.StatusOK, content }
}

func start(t *testing.T) (*model, *writer.Writer) {
	t.Helper()
	m := &model{}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	w, err := writer.New(writer.Config{URL: s.URL + "/v1/", Key: "k-1", Model: "small"})
	if err != nil {
		t.Fatal(err)
	}
	return m, w
}

func brief() writer.Brief {
	return writer.Brief{
		Brand: &aparte.Brand{
			Name: "Ondine", Locale: "fr",
			Voice: aparte.Voice{Tone: aparte.Words{"en": "warm and short"}, Never: []string{"cheap"}, Claims: []string{"proven"}, Longest: map[string]int{"headline": 24}},
		},
		Content: &aparte.Content{Name: aparte.Words{"en": "The shade again"}, Kind: "product", Elements: []aparte.Element{
			{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Your {{ item.name }} waits"}}}},
			{Name: "body", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Not for the headline"}}}},
		}},
		Element: "headline", Wish: "with the sea in it", Drafts: 4,
	}
}

func TestDraftsAreHeldAgainstTheBrandsVoice(t *testing.T) {
	m, w := start(t)
	m.says("Here you are:\n```json\n" + `{"drafts": [{"en": "Sea in your lips", "fr": "La mer aux lèvres"}, {"en": "Cheap and proven", "fr": " "}, {"en": "A headline that is far too long for it", "fr": "Court"}, {"de": "Nein"}, {"en": "A fifth"}]}` + "\n```")
	drafts, err := w.Draft(t.Context(), brief())
	if err != nil {
		t.Fatal(err)
	}
	want := []writer.Draft{
		{Words: aparte.Words{"en": "Sea in your lips", "fr": "La mer aux lèvres"}, Breaches: map[string][]aparte.Breach{}},
		{Words: aparte.Words{"en": "Cheap and proven"}, Breaches: map[string][]aparte.Breach{"en": {{Rule: "never", Phrase: "cheap"}, {Rule: "claim", Phrase: "proven"}}}},
		{Words: aparte.Words{"en": "A headline that is far too long for it", "fr": "Court"}, Breaches: map[string][]aparte.Breach{"en": {{Rule: "long", Most: 24}}}},
	}
	if diff := cmp.Diff(want, drafts); diff != "" {
		t.Error(diff)
	}
	if !drafts[0].Fit() || drafts[1].Fit() || drafts[2].Fit() {
		t.Error("which drafts are fit is not told right")
	}
	prompt := fmt.Sprint(m.asked.Messages[0].Content)
	for _, part := range []string{"Ondine", "warm and short", "cheap", "proven", "24", "Your {{ item.name }} waits", "with the sea in it", "The shade again"} {
		if !strings.Contains(prompt, part) {
			t.Errorf("the model is not told %q", part)
		}
	}
	if strings.Contains(prompt, "Not for the headline") || m.asked.Model != "small" || m.key != "Bearer k-1" {
		t.Errorf("asked of %s with %q: %s", m.asked.Model, m.key, prompt)
	}
}

func TestAPictureIsDescribed(t *testing.T) {
	m, w := start(t)
	m.says(`{"en": "A red lipstick on a table", "fr": "Un rouge à lèvres sur une table"}`)
	words, err := w.Describe(t.Context(), []byte("picture"), "image/png")
	if err != nil || words["fr"] != "Un rouge à lèvres sur une table" {
		t.Errorf("%v, %v", words, err)
	}
	if asked := fmt.Sprint(m.asked.Messages[0].Content); !strings.Contains(asked, "data:image/png;base64,cGljdHVyZQ==") {
		t.Errorf("the model is not shown the picture: %s", asked)
	}
}

// Whatever the model answers, what comes of it is drafts or an error that tells neither the key nor what was answered.
func TestAModelThatAnswersNothingUseful(t *testing.T) {
	for name, answer := range map[string]func() (int, string){
		"an error":       func() (int, string) { return 401, "your key k-1 is wrong" },
		"too busy":       func() (int, string) { return 429, "" },
		"words":          func() (int, string) { return 200, "I cannot." },
		"half an object": func() (int, string) { return 200, `{"drafts": [` },
		"no drafts":      func() (int, string) { return 200, `{"drafts": []}` },
		"other things":   func() (int, string) { return 200, `{"drafts": "no"}` },
		"without end":    func() (int, string) { return 200, strings.Repeat("x", 2<<20) },
		"empty ones":     func() (int, string) { return 200, `{"drafts": [{"en": "", "fr": ""}]}` },
	} {
		m, w := start(t)
		m.answer = answer
		drafts, err := w.Draft(t.Context(), brief())
		if !errors.Is(err, writer.ErrAnswer) || drafts != nil || strings.Contains(err.Error(), "k-1") {
			t.Errorf("%s: %v, %v", name, drafts, err)
		}
		if _, err := w.Describe(t.Context(), nil, "image/png"); !errors.Is(err, writer.ErrAnswer) {
			t.Errorf("%s, of a picture: %v", name, err)
		}
	}
}

func TestAModelMustBeNamedByAnAddress(t *testing.T) {
	for _, c := range []writer.Config{
		{URL: "", Model: "m"}, {URL: "ftp://a.example", Model: "m"}, {URL: "https://a.example"}, {URL: "https://user:pass@a.example", Model: "m"}, {URL: "::", Model: "m"},
	} {
		if _, err := writer.New(c); err == nil || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_, w := start(t)
	for _, b := range []writer.Brief{{Drafts: 0}, {Drafts: 9}, {Drafts: 1, Wish: strings.Repeat("x", 501)}} {
		if _, err := w.Draft(t.Context(), b); err == nil {
			t.Errorf("%d drafts of %d bytes were asked for", b.Drafts, len(b.Wish))
		}
	}
}
