package api

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/compose/film"
	"github.com/aparte-dev/aparte/store/pebble"
)

func coloured(c color.Color) *fstest.MapFile {
	img := image.NewNRGBA(image.Rect(0, 0, 160, 90))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // to memory
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

// Ann lives in Lyon and Bob does not: a film has a shot for those who do. Each is led to a film of their own, which players read part by
// part, and which is seen once.
func TestAFilmIsMadeForWhoLooksAndReadPartByPart(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("there is no ffmpeg")
	}
	studio, err := film.Open(film.Config{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(studio.Close)
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	composer, err := compose.New(fstest.MapFS{"all.png": coloured(color.Black), "lyon.png": coloured(color.White)})
	if err != nil {
		t.Fatal(err)
	}
	composer.Use(studio)
	b := loopBrand()
	b.Layouts[0].HTML = ""
	b.Layouts[0].Video = &aparte.Video{Width: 160, Height: 90, Shots: []aparte.Shot{
		{Asset: "all.png", Seconds: 0.4}, {Asset: "lyon.png", Seconds: 0.4, When: `traits.city == "Lyon"`},
	}}
	h, _ := openOver(t, testKeys, s, composer, b)

	films := map[string]string{}
	for _, user := range []string{"ann", "bob", "cyd"} {
		city := map[string]string{"ann": "Lyon", "cyd": "Lyon"}[user]
		identify := fmt.Sprintf(`{"type":"identify","userId":%q,"messageId":"i-%s","traits":{"city":%q}}`, user, user, city)
		if w := call(h, "POST", "/v1/batch", "wk", `{"batch":[`+identify+`]}`); w.Code != 200 {
			t.Fatal(w.Body)
		}
		html, image := said(t, h, user)
		address := strings.TrimSuffix(image, ".png") + ".mp4"
		if !strings.Contains(html, "<video") || !strings.Contains(html, address) {
			t.Fatalf("the page shows %s", html)
		}
		w := as(h, "GET", address)
		if w.Code != 302 {
			t.Fatalf("the film: %d %s", w.Code, w.Body)
		}
		films[user] = w.Header().Get("Location")
		if again := as(h, "GET", address).Header().Get("Location"); again != films[user] {
			t.Errorf("asked again it is %s, not %s", again, films[user])
		}
	}
	if films["ann"] == films["bob"] || films["ann"] != films["cyd"] {
		t.Errorf("films: %v", films)
	}
	u, err := url.Parse(films["ann"])
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", u.Path, nil)
	r.Header.Set("Range", "bytes=4-7")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 206 || w.Body.String() != "ftyp" || w.Header().Get("Content-Type") != "video/mp4" {
		t.Errorf("a part of the film: %d %q %s", w.Code, w.Body, w.Header().Get("Content-Type"))
	}
	for _, nobodys := range []string{"/film/0123456789abcdef.mp4", "/film/..%2f..%2fetc.mp4", "/film/x.txt"} {
		if w := as(h, "GET", nobodys); w.Code != 404 {
			t.Errorf("%s: %d", nobodys, w.Code)
		}
	}
}

// said asks until something is said to somebody, and is its page and the address of its picture.
func said(t *testing.T, h http.Handler, user string) (html, image string) {
	t.Helper()
	type answer struct {
		Decisions []struct {
			HTML, Image string
			Silent      bool
		}
	}
	for range 100 {
		w := call(h, "POST", "/v1/decide", "wk", fmt.Sprintf(`{"person":{"userId":%q},"slots":["hero"]}`, user))
		if w.Code != 200 {
			t.Fatal(w.Body)
		}
		if d := decoded[answer](t, w).Decisions[0]; !d.Silent {
			return d.HTML, d.Image
		}
	}
	t.Fatal("nothing is ever said")
	return "", ""
}
