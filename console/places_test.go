package console_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte"
)

// shoot keeps a picture of the page that is open.
func shoot(ctx context.Context, t *testing.T, file string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](unlazy, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// unlazy has what is shown once it is scrolled to shown at once.
const unlazy = `Promise.all(Array.from(document.querySelectorAll("[loading=lazy]"), function (e) {
	return new Promise(function (done) {
		var now = e.cloneNode()
		now.addEventListener("load", done); now.addEventListener("error", done)
		now.loading = "eager"; e.replaceWith(now)
		setTimeout(done, 3000) // what is nowhere to be seen may never load
	})
})).then(function () { return true })`

// fewPlaces are a circle in Paris, a triangle beside it, and one over the antimeridian.
func fewPlaces() []aparte.Place {
	return []aparte.Place{
		{ID: "germain", Name: aparte.Words{"en": "Saint-Germain", "fr": "Saint-Germain"}, Kind: "shop", At: &aparte.Point{Lat: 48.85333, Lon: 2.33219}, Radius: 150, Zone: "Europe/Paris",
			Hours: []aparte.Hours{{Day: 1, From: "10:00", Until: "19:30"}, {Day: 7, From: "10:00", Until: "13:00"}}, Address: "1 rue du Four, 75006 Paris",
			Items: []aparte.OnShelf{{Item: "85123A", Stock: 3, Offer: aparte.Money{Amount: 190, Currency: "GBP"}}}},
		{ID: "garden", Name: aparte.Words{"en": "The <garden>", "fr": "Le jardin"}, Kind: "town", Zone: "Europe/Paris",
			Polygon: aparte.Polygon{{{2.33, 48.845}, {2.34, 48.845}, {2.335, 48.85}, {2.33, 48.845}}}},
	}
}

func TestPlacesAreDrawnListedAndLetGo(t *testing.T) {
	s := open(t)
	if _, page, _ := s.get("/console/places", "fr"); !strings.Contains(page, "Aucun lieu encore") || strings.Contains(page, "<svg class=\"map\"") {
		t.Error("a house without places is not told so")
	}
	if err := s.engine.PutPlaces(t.Context(), fewPlaces(), nil); err != nil {
		t.Fatal(err)
	}
	for lang, wants := range map[string][]string{
		"en": {"2 places", "circle of 150\u00a0m", "area with 3 corners", `href="/console/places/germain"`, "The &lt;garden&gt;", `<path class="fence"`, `<circle class="fence`, "1 rue du Four"},
		"fr": {"2 lieux", "cercle de 150\u00a0m", "surface à 3 sommets", "boutique", "ville", "Le jardin", "°\u00a0E"},
	} {
		_, page, _ := s.get("/console/places", lang)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is not on the page", lang, want)
			}
		}
	}
	_, page, _ := s.get("/console/places/germain", "fr")
	for _, want := range []string{"lundi", "10:00–19:30", "mardi", "fermé", "Photophore cœur blanc à suspendre", "1,90\u00a0£", "48,85333°\u00a0N, 2,33219°\u00a0E"} {
		if !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("%q is not on the page of a place", want)
		}
	}
	if status, _, _ := s.get("/console/places/none", "en"); status != http.StatusNotFound {
		t.Errorf("a place that is not there: %d", status)
	}
	if s.send("/console/places/germain/delete", nil); len(fewOf(s)) != 1 {
		t.Errorf("let go, there are %d", len(fewOf(s)))
	}
}

func fewOf(s *stage) []aparte.Place {
	all, _ := s.engine.Places("", 100)
	return all
}

// Whoever comes to a place is counted there until they leave; who they are is nowhere on the page.
func TestWhoIsAtAPlaceIsCountedAndNotTold(t *testing.T) {
	s := open(t)
	if err := s.engine.PutPlaces(t.Context(), fewPlaces(), nil); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	tell := func(n int, user string, lat float64) {
		t.Helper()
		events := []aparte.Event{
			{Type: aparte.Identify, MessageID: aparte.MessageID(fmt.Sprint("i-", user, n)), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test",
				Traits: []byte(`{"firstName": "Grace", "consents": [{"purpose": "location", "granted": true, "source": "test"}]}`)},
			{Type: aparte.Track, Name: aparte.EventLocated, MessageID: aparte.MessageID(fmt.Sprint("l-", user, n)), UserID: user, Timestamp: now.Add(time.Duration(n-4) * time.Minute), ReceivedAt: now, Source: "test",
				Properties: []byte(fmt.Sprintf(`{"lat": %g, "lon": 2.33219, "accuracy": 20}`, lat))},
		}
		if err := s.engine.Accept(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	inside := func(want string) {
		t.Helper()
		_, page, _ := s.get("/console/places/germain", "en")
		if !strings.Contains(page, "<dt>Inside now</dt><dd>"+want+"</dd>") || !strings.Contains(page, "<dt>Came in 7 days</dt><dd>2</dd>") || strings.Contains(page, "Grace") {
			_, told, _ := strings.Cut(page, `<dl class="figures">`)
			t.Errorf("want %s inside, told %.400s", want, told)
		}
	}
	tell(1, "grace", 48.85333)
	tell(2, "hedy", 48.85333)
	inside("2")
	tell(3, "grace", 48.8555) // 240 m on, within two minutes
	inside("1")
	id, err := s.engine.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "hedy"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	inside("0")
}

// bring sends a file by the form of the page.
func (s *stage) bring(name, lang, body string) (int, string) {
	s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := part.Write([]byte(body)); err != nil {
		s.t.Fatal(err)
	}
	for field, value := range map[string]string{"kind": "shop", "radius": "150", "zone": "Europe/Paris"} {
		if err := w.WriteField(field, value); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.URL+"/console/places", &form)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Accept-Language", lang)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(res.Body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, html.UnescapeString(page.String())
}

func TestAFileOfPlacesIsTakenAndWhatIsWrongIsToldLineByLine(t *testing.T) {
	s := open(t)
	table := "id,name,lat,lon,radius,hours\na,One,48.85,2.33,,Mo-Fr 10:00-19:00\nb,Two,98,2.33,,\nc,Three,48.85,2.33,2,\nd,Four,there,2.33,,\ne,Five,48.86,2.35,200,whenever\nf,Six,48.87,2.36,,\n"
	status, page := s.bring("shops.csv", "fr", table)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	for _, want := range []string{
		"<strong>2</strong> en place", "<strong>6</strong> lignes lues", "la latitude 98 n’est pas entre −90 et 90", "2 n’est pas entre 10 et 100000 mètres", "n’est pas un nombre",
		`"whenever" ne s’écrit pas comme Mo-Fr 09:30-19:00`, `<td class="num">3</td>`, `<td class="num">6</td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not told", want)
		}
	}
	if all := fewOf(s); len(all) != 2 || all[0].Radius != 150 || all[0].Zone != "Europe/Paris" || all[0].Kind != "shop" {
		t.Errorf("there are %+v", all)
	}
	for _, wrong := range []struct{ name, body, told string }{
		{"shops.pdf", "x", "ni CSV"}, {"shops.geojson", "{", "places"}, {"shops.csv", "", "fichier"},
	} {
		if _, page := s.bring(wrong.name, "fr", wrong.body); !strings.Contains(page, wrong.told) {
			t.Errorf("%s: %q is not told", wrong.name, wrong.told)
		}
	}
	shape := `{"type":"FeatureCollection","features":[{"type":"Feature","id":"g","geometry":{"type":"Polygon","coordinates":[[[2.1,48.8],[2.2,48.8],[2.2,48.9],[2.1,48.8]]]},"properties":{"name":"Jardin"}}]}`
	if _, page := s.bring("shapes.geojson", "en", shape); !strings.Contains(page, "Jardin") || len(fewOf(s)) != 3 {
		t.Error("GeoJSON is not taken")
	}
}

// Of very many places the map shows how many are where, and stays light.
func TestAMapOfManyPlacesStaysLight(t *testing.T) {
	s := open(t)
	var many []aparte.Place
	for i := range 3000 {
		many = append(many, aparte.Place{ID: aparte.PlaceID(fmt.Sprintf("p%04d", i)), Name: aparte.Words{"en": fmt.Sprint("Place ", i)}, Zone: "Europe/Paris", Radius: 100,
			At: &aparte.Point{Lat: 43 + 7*math.Mod(float64(i)*0.618, 1), Lon: -4 + 11*math.Mod(float64(i)*0.755, 1)}})
	}
	if err := s.engine.PutPlaces(t.Context(), many, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/console/places", "/console/places?at=46.5,2&span=2", "/console/places?at=0,179.9&span=4", "/console/places?at=x&span=-1", "/console/places?after=p2990"} {
		status, page, _ := s.get(path, "en")
		if status != http.StatusOK || len(page) > 300_000 {
			t.Errorf("%s: %d, %d bytes", path, status, len(page))
		}
	}
	_, page, _ := s.get("/console/places", "en")
	counted := 0
	for _, part := range strings.Split(page, `class="counted"`)[1:] {
		_, number, _ := strings.Cut(part, ">")
		var n int
		if _, err := fmt.Sscan(number[:strings.IndexByte(number, '<')], &n); err != nil {
			t.Fatal(err)
		}
		counted += n
	}
	if counted != len(many) {
		t.Errorf("the map counts %d of %d", counted, len(many))
	}
}
