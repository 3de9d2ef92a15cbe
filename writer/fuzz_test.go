package writer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aparte-dev/aparte"
)

// Whatever a model answers, drafts have words, or there are none.
func FuzzDraft(f *testing.F) {
	for _, said := range []string{`{"drafts":[{"en":"Still there?","fr":"Toujours là ?"}]}`, "Here you are:\n```json\n{\"drafts\":[{}]}\n```", `{"drafts":null}`, "}{", `{"drafts":[{"en":""}]}`, `{"en":"A point"}`, "\xff"} {
		f.Add(said, false)
		f.Add(said, true)
	}
	said := ""
	whole := false
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if whole {
			_, _ = w.Write([]byte(said)) // the caller has gone
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": said}}}})
	}))
	f.Cleanup(model.Close)
	w, err := New(Config{URL: model.URL, Model: "small"})
	if err != nil {
		f.Fatal(err)
	}
	b := Brief{Brand: &aparte.Brand{Name: "Lantern"}, Content: &aparte.Content{ID: "c"}, Element: "headline", Drafts: 2}
	f.Fuzz(func(t *testing.T, answer string, asItIs bool) {
		said, whole = answer, asItIs
		drafts, err := w.Draft(t.Context(), b)
		if err == nil && (len(drafts) == 0 || len(drafts) > b.Drafts) {
			t.Fatalf("%d drafts", len(drafts))
		}
		for _, d := range drafts {
			if len(d.Words) == 0 {
				t.Fatal("a draft without words")
			}
		}
		_, _ = w.Describe(t.Context(), []byte("x"), "image/png")
	})
}
