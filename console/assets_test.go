package console_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/store/pebble"
)

// withAssets is a console with a library that has nothing yet.
func withAssets(t *testing.T) (*stage, *asset.Library) {
	t.Helper()
	s := stand(t)
	docs, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := docs.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := asset.Open(t.Context(), docs, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Assets: l})
	return s, l
}

// hand sends a form to the console and is what it answers, not where that leads.
func (s *stage) hand(path, kind string, body io.Reader) (code int, page, to string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(answer), res.Header.Get("Location")
}

// upload sends the form of the page.
func (s *stage) upload(name string, body []byte, fields map[string]string) (code int, page, to string) {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	file, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = file.Write(body)
	}
	for field, value := range fields {
		if err == nil {
			err = form.WriteField(field, value)
		}
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s.hand("/console/assets", form.FormDataContentType(), &b)
}

// dot is a picture of a size.
func dot(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, width, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPictureIsUploadedShownAndRemovedUnlessItIsUsed(t *testing.T) {
	s, l := withAssets(t)
	if code, page, _ := s.upload("Red Box.PNG", dot(t, 3), nil); code != http.StatusUnprocessableEntity || !strings.Contains(page, "for those who do not see it") {
		t.Errorf("without words: %d", code)
	}
	code, _, to := s.upload("Red Box.PNG", dot(t, 3), map[string]string{"english": "A red box"})
	if code != http.StatusSeeOther || to != "/console/assets?done=uploaded&name=red-box.png" {
		t.Fatalf("%d to %s", code, to)
	}
	if _, page, _ := s.get(to, "en"); !strings.Contains(page, "A red box") || !strings.Contains(page, "3 × 2") || keyShown(page) != "" {
		t.Errorf("the page does not show it, or shows %q", keyShown(page))
	}
	if code, _, header := s.get("/console/assets/red-box.png", "en"); code != http.StatusOK || header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture: %d %s", code, header.Get("Content-Type"))
	}
	if code, page, _ := s.upload("bad.svg", []byte("<svg/>"), map[string]string{"decorative": "1"}); code != http.StatusUnprocessableEntity || !strings.Contains(page, "SVG is not taken") {
		t.Errorf("an SVG: %d", code)
	}
	if code, page, _ := s.upload("red-box.png", dot(t, 4), map[string]string{"decorative": "1"}); code != http.StatusUnprocessableEntity || !strings.Contains(page, "never changes") {
		t.Errorf("another of its name: %d", code)
	}

	used := strings.ToLower(s.engine.Plan().Brand().Items[1].Image) // one that is lower case already
	if _, err := l.Put(t.Context(), used, dot(t, 3), nil); err != nil {
		t.Fatal(err)
	}
	remove := func(name string) (int, string) {
		code, page, _ := s.hand("/console/assets/"+name+"/delete", "application/x-www-form-urlencoded", nil)
		return code, page
	}
	if code, page := remove(used); code != http.StatusConflict || !strings.Contains(page, "/items/1/image") {
		t.Errorf("what is used is removed: %d", code)
	}
	if code, _ := remove("red-box.png"); code != http.StatusSeeOther {
		t.Errorf("removed: %d", code)
	}
	if _, found := l.Find("red-box.png"); found {
		t.Error("it is still there")
	}
}
