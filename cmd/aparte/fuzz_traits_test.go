package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/record"

	"github.com/go-json-experiment/json/jsontext"
)

// TestWhatPeopleSayOfThemselvesIsNeverRun gives people names that are templates, mark-up, conditions and further headers, and has the
// brand call them by name wherever it may: in pages, mails, the console and the page of their own. Names are shown, and stay names.
func TestWhatPeopleSayOfThemselvesIsNeverRun(t *testing.T) {
	h := besiege(t)
	calls := aparte.Words{"en": "Hear, {{ person.firstName | default: 'you' }}!", "fr": "Hear, {{ person.firstName | default: 'vous' }} !"}
	for i := range h.brand.Contents {
		c := &h.brand.Contents[i]
		c.Elements = slices.Clone(c.Elements)
		for j := range c.Elements {
			e := &c.Elements[j]
			if e.Name != "headline" && e.Name != "subject" && e.Name != "body" {
				continue
			}
			e.Variants = slices.Clone(e.Variants)
			for k := range e.Variants {
				e.Variants[k].Words = calls
			}
		}
	}
	h.publish()
	shown, mails := 0, 0
	for i, name := range slices.Concat(injections, headerInjections, formulas) {
		quoted, err := json.Marshal(name)
		h.must(err)
		who := fmt.Sprintf("mallory-%d", i)
		h.ok("POST", "/v1/batch", siegeWriteKey, fmt.Sprintf(`{"batch":[
			{"type":"identify","userId":%[1]q,"messageId":"%[1]s-1","traits":{"firstName":%[2]s,"lastName":%[2]s,"city":%[2]s,"email":"%[1]s@house.example","locale":"en-GB"}},
			{"type":"track","event":"Product Added","userId":%[1]q,"messageId":"%[1]s-2","properties":{"product_id":%[3]q,"name":%[2]s,"quantity":1}}]}`, who, quoted, h.brand.Items[0].ID))
		var person struct{ ID string }
		h.must(json.Unmarshal([]byte(h.ok("GET", "/v1/admin/people/"+who, siegeSecretKey, "")), &person))
		var page struct{ URL string }
		h.must(json.Unmarshal([]byte(h.ok("POST", "/v1/admin/people/"+who+"/page", siegeSecretKey, "")), &page))
		for where, text := range map[string]string{
			"a page":                        inHTML(t, h.ok("POST", "/v1/decide", siegeWriteKey, fmt.Sprintf(`{"person":{"userId":%q},"surface":"web","slots":["hero"],"formats":["html"]}`, who))),
			"a mail":                        h.ok("GET", "/console/contents/basket/mail/"+person.ID, "", ""),
			"the console":                   h.ok("GET", "/console/people/"+person.ID, "", ""),
			"the content's page":            h.ok("GET", "/console/contents/basket?person="+person.ID, "", ""),
			"the page of their own":         h.ok("GET", strings.TrimPrefix(page.URL, siegeBase), "", ""),
			"the file that they take along": h.ok("GET", strings.TrimPrefix(page.URL, siegeBase)+"/export.html", "", ""),
		} {
			if strings.Contains(text, evaluated) {
				t.Errorf("%s runs %q", where, name)
			}
			for _, raw := range []string{rawScript, rawSVG, "<img src=x onerror", "</script><script>", "%!", "<no value>"} {
				if strings.Contains(text, raw) {
					t.Errorf("%s has %q as it came, of %q", where, raw, name)
				}
			}
			if plain := strings.Join(strings.Fields(name), " "); strings.Contains(strings.Join(strings.Fields(html.UnescapeString(text)), " "), plain) {
				shown++
				if where == "a mail" {
					mails++
				}
			}
		}
	}
	if n := len(injections) + len(headerInjections) + len(formulas); shown < 3*n || mails < n/2 {
		t.Errorf("of %d names, %d were shown in mails and %d in all: too few to say anything", n, mails, shown)
	}
	for _, p := range h.post {
		for _, m := range p.all() {
			if strings.ContainsAny(m.Subject+m.To+m.From+m.ReplyTo, "\r\n\x00\u0085\u2028") {
				t.Errorf("a message to %q leaves with a line break in its header: %q", m.To, m.Subject)
			}
		}
	}
}

// A file of people that a spreadsheet opens has no cell that the spreadsheet would run.
func TestNoCellOfAFileIsAFormula(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	w, err := record.NewWriter(&file, record.CSV, []record.Column{{Name: "name", Kind: record.Text}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range formulas {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write([]jsontext.Value{quoted}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	if err != nil || len(rows) != len(formulas)+1 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(row[0])[0]) {
			t.Errorf("a cell begins as a formula: %q", row[0])
		}
	}
}

// inHTML is the HTML that an answer of /v1/decide holds.
func inHTML(t *testing.T, answer string) string {
	t.Helper()
	var found strings.Builder
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				if text, ok := inner.(string); ok && k == "html" {
					found.WriteString(text)
				}
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	look(decoded[any](t, []byte(answer)))
	return found.String()
}
