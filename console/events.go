package console

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// aboutEvent is what an event is about in a few words: the product by its name in the catalogue, the page,
// the order by what it came to.
func aboutEvent(plan *decide.Plan, e *aparte.Event, lang string) string {
	var p struct {
		Name      string  `json:"name"`
		ProductID any     `json:"product_id"`
		Path      string  `json:"path"`
		Query     string  `json:"query"`
		OrderID   any     `json:"order_id"`
		Revenue   float64 `json:"revenue"`
		Currency  string  `json:"currency"`
		Content   string  `json:"content"`
		Audience  string  `json:"audience"`
		Place     string  `json:"place"`
	}
	if len(e.Properties) > 0 && json.Unmarshal(e.Properties, &p) != nil {
		return ""
	}
	item := strings.Trim(jsonText(p.ProductID), `"`)
	switch {
	case p.Audience != "" && e.Source == aparte.OwnSource:
		return nameOfAudience(plan, aparte.AudienceID(p.Audience), lang)
	case p.Place != "" && e.Source == aparte.OwnSource:
		return p.Place
	case p.Query != "":
		return quoted(lang, p.Query)
	case p.Content != "":
		return p.Content
	case p.ProductID != nil && itemName(plan, aparte.ItemID(item), lang) != item:
		return itemName(plan, aparte.ItemID(item), lang)
	case p.Name != "" && e.Type == aparte.Track:
		return p.Name
	case p.OrderID != nil && p.Revenue > 0 && p.Currency != "":
		minor := p.Revenue * math.Pow10(aparte.MinorDigits(p.Currency))
		return moneyText(lang, aparte.Money{Amount: int64(math.Round(minor)), Currency: p.Currency})
	case p.OrderID != nil:
		return "№ " + strings.Trim(jsonText(p.OrderID), `"`)
	case p.ProductID != nil:
		return item
	case e.Type == aparte.Page && e.Name != "":
		return strings.TrimSpace(e.Name + " " + p.Path)
	}
	return p.Path
}

func quoted(lang, text string) string {
	if lang == "fr" {
		return "«\u00a0" + text + "\u00a0»"
	}
	return "“" + text + "”"
}

// eventName is what the console calls an event: those of Aparté and of the Segment specification in the
// reader's language, others as they came.
func eventName(e *aparte.Event, lang string) string {
	if e.Type == aparte.Track {
		return named(lang, "event", e.Name)
	}
	return named(lang, "event", string(e.Type))
}

// contentOf is the content one of Aparté's own events is about.
func contentOf(e *aparte.Event) aparte.ContentID {
	if !strings.HasPrefix(e.Name, "Aparte ") {
		return ""
	}
	var p struct {
		Content aparte.ContentID `json:"content"`
	}
	if json.Unmarshal(e.Properties, &p) != nil {
		return ""
	}
	return p.Content
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// writeFrame writes the document of a preview's frame.
func writeFrame(w http.ResponseWriter, body string) {
	const before = `<!doctype html><meta charset="utf-8"><base target="_blank"><style>body{margin:0}</style>`
	if _, err := io.WriteString(w, before+body); err != nil {
		return // the reader went away
	}
}
