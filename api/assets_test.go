package api

import (
	"bytes"
	"image"
	"image/png"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/store/pebble"
)

func TestAnAssetIsUploadedListedFetchedAndRemoved(t *testing.T) {
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
	h, err := New(Config{Engine: newFakeEngine(t), Keys: testKeys, Assets: l})
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	put := func(name, query string, body []byte) *httptest.ResponseRecorder {
		return call(h, "PUT", "/v1/admin/assets/"+name+query, "sk", string(body))
	}
	kept := decoded[assetDocument](t, put("Red.png", "?alt.fr=Rouge", picture.Bytes()))
	if kept.Name != "red.png" || kept.Alt["fr"] != "Rouge" || kept.Width != 3 || kept.Uses == nil {
		t.Errorf("kept as %+v", kept)
	}
	if listed := decoded[struct{ Assets []assetDocument }](t, call(h, "GET", "/v1/admin/assets", "sk", "")); len(listed.Assets) != 1 || listed.Assets[0].Name != "red.png" {
		t.Errorf("listed: %+v", listed)
	}
	if w := call(h, "GET", "/v1/admin/assets/red.png", "sk", ""); w.Code != 200 || w.Header().Get("Content-Type") != "image/png" || int64(w.Body.Len()) != kept.Bytes {
		t.Errorf("fetched: %d %s, %d bytes", w.Code, w.Header().Get("Content-Type"), w.Body.Len())
	}
	film := append([]byte("\x00\x00\x00\x18ftypisom"), "<!doctype html><script>alert(1)</script>"...)
	if w := put("page.html", "", film); w.Code != 200 {
		t.Errorf("a film that is a page, too: %d %s", w.Code, w.Body)
	}
	w := call(h, "GET", "/v1/admin/assets/page.mp4", "sk", "")
	if h := w.Header(); w.Code != 200 || h.Get("Content-Type") != "video/mp4" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("it is served as %d %v", w.Code, h)
	}
	call(h, "DELETE", "/v1/admin/assets/page.mp4", "sk", "")
	for _, x := range []struct {
		what string
		w    *httptest.ResponseRecorder
		code int
	}{
		{"with a public key", call(h, "GET", "/v1/admin/assets", "wk", ""), 403},
		{"no picture", put("a.png", "", []byte("hello")), 400},
		{"a language without a name", put("a.png", "?alt.=x", picture.Bytes()), 400},
		{"unknown", call(h, "GET", "/v1/admin/assets/blue.png", "sk", ""), 404},
		{"removed", call(h, "DELETE", "/v1/admin/assets/red.png", "sk", ""), 200},
		{"removed again", call(h, "DELETE", "/v1/admin/assets/red.png", "sk", ""), 404},
		{"brought back", put("red.png", "", picture.Bytes()), 200},
	} {
		if x.w.Code != x.code {
			t.Errorf("%s: %d, not %d: %s", x.what, x.w.Code, x.code, x.w.Body)
		}
	}
	var other bytes.Buffer
	if err := png.Encode(&other, image.NewNRGBA(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	if w := put("red.png", "", other.Bytes()); w.Code != 409 {
		t.Errorf("another of its name: %d %s", w.Code, w.Body)
	}
}
