package shop

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

//go:embed static
var static embed.FS

//go:embed pages.html
var pages string

// shop serves the pages below /shop/.
type shop struct {
	brand    *aparte.Brand
	writeKey string
	items    map[aparte.ItemID]*aparte.Item
	pages    *template.Template
}

// New is the shop of a brand, to be mounted at /shop/. Its pages carry the tag with the write key.
func New(brand *aparte.Brand, assets fs.FS, writeKey string) (http.Handler, error) {
	s := &shop{brand: brand, writeKey: writeKey, items: map[aparte.ItemID]*aparte.Item{}}
	for i := range brand.Items {
		s.items[brand.Items[i].ID] = &brand.Items[i]
	}
	var err error
	if s.pages, err = template.New("shop").Funcs(template.FuncMap{"price": price}).Parse(pages); err != nil {
		return nil, fmt.Errorf("shop pages: %w", err)
	}
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("shop: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /shop/static/", http.StripPrefix("/shop/static/", http.FileServerFS(files)))
	mux.Handle("GET /shop/assets/", http.StripPrefix("/shop/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("GET /shop/{$}", s.home)
	mux.HandleFunc("GET /shop/about/{category}", s.category)
	mux.HandleFunc("GET /shop/item/{id}", s.item)
	mux.HandleFunc("GET /shop/basket", s.basket)
	mux.HandleFunc("GET /shop/", s.nowhere)
	return mux, nil
}

// price is an amount as the shop prints it in a language.
func price(lang string, m aparte.Money) string {
	amount, currency, _ := strings.Cut(m.String(), " ")
	if currency == "GBP" {
		currency = "£"
	}
	if lang == "fr" {
		return strings.ReplaceAll(amount, ".", ",") + "\u00a0" + currency
	}
	return currency + amount
}

// page is what a page shows.
type page struct {
	Lang, WriteKey, Brand, Title string
	Categories                   []category // in the order of the catalogue
	Category                     string     // by its key; empty: none
	Item                         *view
	Items                        []view
	Words                        map[string]string
}

// view is an item in the page's language.
type view struct {
	*aparte.Item
	Label string
	Major string // the price as the Segment e-commerce spec wants it: major units, as a number
}

func (s *shop) view(item *aparte.Item, lang string) view {
	major, _, _ := strings.Cut(item.Price.String(), " ")
	return view{Item: item, Label: item.Name.In(lang, s.brand.Locale), Major: major}
}

// category is a shelf of the shop: its key in the catalogue, and its name in the page's language.
type category struct{ Key, Label string }

// shelf is how many items a page shows.
const shelf = 16

func (s *shop) page(r *http.Request, title string) page {
	lang := "en"
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "fr") {
		lang = "fr"
	}
	p := page{Lang: lang, WriteKey: s.writeKey, Brand: s.brand.Name, Title: title, Words: words[lang]}
	for i := range s.brand.Items {
		key := s.brand.Items[i].Category
		c := category{key, s.brand.CategoryName(key, lang)}
		if !slices.Contains(p.Categories, c) {
			p.Categories = append(p.Categories, c)
		}
	}
	return p
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	p := s.page(r, s.brand.Name)
	best := slices.Clone(s.brand.Items)
	slices.SortStableFunc(best, func(a, b aparte.Item) int {
		switch {
		case a.Popularity > b.Popularity:
			return -1
		case a.Popularity < b.Popularity:
			return 1
		}
		return 0
	})
	for _, item := range best[:min(shelf, len(best))] {
		p.Items = append(p.Items, s.view(s.items[item.ID], p.Lang))
	}
	s.show(w, http.StatusOK, "home", p)
}

func (s *shop) category(w http.ResponseWriter, r *http.Request) {
	p := s.page(r, "")
	p.Category = r.PathValue("category")
	if i := slices.IndexFunc(p.Categories, func(c category) bool { return c.Key == p.Category }); i >= 0 {
		p.Title = p.Categories[i].Label
	}
	for i := range s.brand.Items {
		if s.brand.Items[i].Category == p.Category {
			p.Items = append(p.Items, s.view(&s.brand.Items[i], p.Lang))
		}
	}
	if len(p.Items) == 0 {
		s.nowhere(w, r)
		return
	}
	s.show(w, http.StatusOK, "home", p)
}

func (s *shop) item(w http.ResponseWriter, r *http.Request) {
	item := s.items[aparte.ItemID(r.PathValue("id"))]
	if item == nil {
		s.nowhere(w, r)
		return
	}
	p := s.page(r, "")
	v := s.view(item, p.Lang)
	p.Item, p.Title, p.Category = &v, v.Label, item.Category
	s.show(w, http.StatusOK, "item", p)
}

func (s *shop) basket(w http.ResponseWriter, r *http.Request) {
	p := s.page(r, "")
	p.Title = p.Words["basket"]
	s.show(w, http.StatusOK, "basket", p)
}

// nowhere answers what no page answers.
func (s *shop) nowhere(w http.ResponseWriter, r *http.Request) {
	p := s.page(r, "")
	p.Title = p.Words["nowhere"]
	s.show(w, http.StatusNotFound, "nowhere", p)
}

func (s *shop) show(w http.ResponseWriter, status int, name string, p page) {
	var body bytes.Buffer
	if err := s.pages.ExecuteTemplate(&body, name, p); err != nil {
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// Layouts have styles of their own; scripts come from files alone, as they may on any careful site.
	w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src * data:; media-src *; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader may go away
}

// words are what the shop says, by language.
var words = map[string]map[string]string{
	"en": {
		"all": "Everything", "add": "Add to basket", "basket": "Basket", "buy": "Place the order", "empty": "The basket is empty.",
		"thanks": "Thank you! The order is placed (nothing is really sold). Look at the home page again.", "news": "Letters, now and then",
		"mail": "Your e-mail address", "join": "Write to me", "joined": "Thank you, we will write rarely.", "demo": "A demonstration shop. The goods are real, the shop is not.",
		"best": "What people take home", "stock": "In stock", "sold out": "Sold out", "nowhere": "We have no such page", "added": "In the basket.",
	},
	"fr": {
		"all": "Tout", "add": "Ajouter au panier", "basket": "Panier", "buy": "Passer commande", "empty": "Le panier est vide.",
		"thanks": "Merci ! La commande est passée (rien n’est vraiment vendu). Revoyez la page d’accueil.", "news": "Une lettre, de temps en temps",
		"mail": "Votre adresse e-mail", "join": "Écrivez-moi", "joined": "Merci, nous écrirons peu.", "demo": "Une boutique de démonstration. Les articles sont réels, la boutique non.",
		"best": "Ce que l’on emporte", "stock": "En stock", "sold out": "Épuisé", "nowhere": "Nous n’avons pas cette page", "added": "Dans le panier.",
	},
}
