package console

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte"
)

// aboutEvent is what an event is about in a few words: the product, the page, the order.
func aboutEvent(e *aparte.Event) string {
	var p struct {
		Name      string            `json:"name"`
		ProductID any               `json:"product_id"`
		Path      string            `json:"path"`
		Query     string            `json:"query"`
		OrderID   any               `json:"order_id"`
		Content   string            `json:"content"`
		Products  []json.RawMessage `json:"products"`
	}
	if len(e.Properties) > 0 && json.Unmarshal(e.Properties, &p) != nil {
		return ""
	}
	switch {
	case p.Query != "":
		return "“" + p.Query + "”"
	case p.Content != "":
		return p.Content
	case p.Name != "" && e.Type == aparte.Track:
		return p.Name
	case p.OrderID != nil:
		return "№ " + strings.Trim(jsonText(p.OrderID), `"`)
	case p.ProductID != nil:
		return strings.Trim(jsonText(p.ProductID), `"`)
	case p.Path != "":
		return p.Path
	}
	return ""
}

// eventName is what the console calls an event: Aparté's own in the reader's language, others as they came.
func eventName(e *aparte.Event, lang string) string {
	if _, own := words["event."+e.Name]; own {
		return word(lang, "event."+e.Name)
	}
	if e.Name != "" {
		return e.Name
	}
	return string(e.Type)
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
