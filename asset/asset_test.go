package asset_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/store/pebble"
)

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// open opens a library twice over: as it is, and as it is after a restart.
func open(t *testing.T, below fs.FS) (l *asset.Library, again func() *asset.Library) {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	again = func() *asset.Library {
		l, err := asset.Open(t.Context(), s, below, func() time.Time { return noon })
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	return again(), again
}

func painted(w, h int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

func encoded(t testing.TB, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return png.Encode(w, img) })
}

func asJPEG(t testing.TB, img image.Image) []byte {
	return encoded(t, func(w io.Writer) error { return jpeg.Encode(w, img, nil) })
}

var shown = aparte.Words{"en": "A red lipstick", "fr": "Un rouge à lèvres"}

func TestWhatWasUploadedIsThereAfterARestartBesideTheFolder(t *testing.T) {
	l, again := open(t, fstest.MapFS{"logo.png": {Data: []byte("logo")}})
	e, err := l.Put(t.Context(), `C:\Été\Rouge À Lèvres 01.PNG`, asPNG(t, painted(20, 10, color.NRGBA{200, 0, 0, 128})), shown)
	if err != nil {
		t.Fatal(err)
	}
	want := asset.Entry{Name: "rouge-a-levres-01.png", Type: "image/png", Bytes: e.Bytes, Width: 20, Height: 10, Alt: shown, At: noon, Version: 1, Sum: e.Sum}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	l = again()
	if diff := cmp.Diff([]asset.Entry{e}, l.List()); diff != "" {
		t.Error(diff)
	}
	body, err := fs.ReadFile(l, e.Name)
	if err != nil || int64(len(body)) != e.Bytes {
		t.Errorf("%d bytes of %d: %v", len(body), e.Bytes, err)
	}
	if logo, err := fs.ReadFile(l, "logo.png"); err != nil || string(logo) != "logo" {
		t.Errorf("of the folder: %q, %v", logo, err)
	}
	for _, name := range []string{"gone.png", "../secret", "/etc/passwd"} {
		if _, err := l.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAssetNeverChangesUnderItsName(t *testing.T) {
	l, again := open(t, fstest.MapFS{"logo.png": {Data: []byte("logo")}})
	red, blue := asPNG(t, painted(4, 4, color.NRGBA{200, 0, 0, 255})), asPNG(t, painted(4, 4, color.NRGBA{0, 0, 200, 255}))
	put := func(name string, body []byte, alt aparte.Words) error {
		_, err := l.Put(t.Context(), name, body, alt)
		return err
	}
	if err := put("box.png", red, shown); err != nil {
		t.Fatal(err)
	}
	if err := put("box.png", red, aparte.Words{"en": "A box"}); err != nil || l.Alt("box.png")["en"] != "A box" {
		t.Errorf("the same again: %v, %v", err, l.Alt("box.png"))
	}
	if err := l.Describe(t.Context(), "box.png", aparte.Words{"fr": "Une boîte"}); err != nil || l.Alt("box.png")["fr"] != "Une boîte" {
		t.Errorf("described: %v, %v", err, l.Alt("box.png"))
	}
	if err := l.Describe(t.Context(), "gone.png", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there is described: %v", err)
	}
	if err := put("BOX.gif", blue, nil); !errors.Is(err, asset.ErrTaken) {
		t.Errorf("another of the same name: %v", err)
	}
	if err := put("logo.png", blue, nil); !errors.Is(err, asset.ErrTaken) {
		t.Errorf("the name of a file of the folder: %v", err)
	}
	if err := l.Remove(t.Context(), "box.png"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Open("box.png"); !errors.Is(err, fs.ErrNotExist) || len(l.List()) != 0 {
		t.Errorf("removed, it is still there: %v", err)
	}
	if err := l.Remove(t.Context(), "box.png"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed twice: %v", err)
	}
	l = again()
	if err := put("box.png", blue, nil); !errors.Is(err, asset.ErrTaken) {
		t.Errorf("another of a name that was removed: %v", err)
	}
	if err := put("box.png", red, shown); err != nil {
		t.Fatal(err)
	}
	if body, err := fs.ReadFile(l, "box.png"); err != nil || !bytes.Equal(body, red) {
		t.Errorf("brought back it is %d bytes, not %d: %v", len(body), len(red), err)
	}
}

// withExif is a JPEG that says how the camera was held, and where.
func withExif(picture []byte, held uint16) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08")
	tiff = binary.BigEndian.AppendUint16(tiff, 2)
	tiff = append(tiff, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 99) // a place
	tiff = append(tiff, 0x01, 0x12, 0, 3, 0, 0, 0, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, held)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, picture[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), picture[2:]...)
}

func TestAPictureIsUprightSmallAndTellsNothingOfItsCamera(t *testing.T) {
	l, _ := open(t, nil)
	img := painted(64, 32, color.White)
	draw.Draw(img, image.Rect(0, 0, 16, 16), image.NewUniform(color.Black), image.Point{}, draw.Src) // black at its top left, as it was taken
	for held, corner := range map[uint16]image.Point{
		1: {4, 4}, 2: {59, 4}, 3: {59, 27}, 4: {4, 27}, 5: {4, 4}, 6: {27, 4}, 7: {27, 59}, 8: {4, 59},
	} {
		e, err := l.Put(t.Context(), "held-"+string(rune('0'+held)), withExif(asJPEG(t, img), held), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := fs.ReadFile(l, e.Name)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := image.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, _, _ := got.At(corner.X, corner.Y).RGBA(); r > 0x4000 {
			t.Errorf("held as %d: it is not black at %v of %v", held, corner, got.Bounds())
		}
		if bytes.Contains(body, []byte("Exif")) {
			t.Errorf("held as %d: what the camera added is kept", held)
		}
	}
	e, err := l.Put(t.Context(), "large.jpg", asJPEG(t, painted(4000, 1000, color.White)), nil)
	if err != nil || e.Width != 1600 || e.Height != 400 || e.Type != "image/jpeg" {
		t.Errorf("a large one: %+v, %v", e, err)
	}
}

func TestWhatCannotBeTakenSaysWhy(t *testing.T) {
	l, _ := open(t, nil)
	red := asPNG(t, painted(4, 4, color.NRGBA{200, 0, 0, 255}))
	bomb := bytes.Clone(red)
	binary.BigEndian.PutUint32(bomb[16:], 100_000) // as wide as that, it says
	binary.BigEndian.PutUint32(bomb[20:], 100_000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for _, x := range []struct {
		name string
		body []byte
		alt  aparte.Words
		want string
	}{
		{"a.png", nil, nil, "the file is empty"},
		{"a.svg", []byte(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>`), nil, "SVG is not taken"},
		{"a.png", []byte("hello"), nil, "no picture"},
		{"a.png", red[:40], nil, "damaged"},
		{"a.png", bomb, nil, "million are taken"},
		{"a.png", make([]byte, asset.MaxUpload+1), nil, "over 32 MB"},
		{"…", red, nil, "name: has no letter"},
		{strings.Repeat("a", 101), red, nil, "name: is over 100 bytes"},
		{"a.png", red, aparte.Words{"en": " "}, `alt: in "en" it is empty`},
	} {
		if _, err := l.Put(t.Context(), x.name, x.body, x.alt); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
	if n := len(l.List()); n != 0 {
		t.Errorf("%d of them were kept", n)
	}
}

// A file may be a picture and something else at once: a program, a page, an archive. Of such nothing but the picture is kept.
func TestWhatIsAPictureAndSomethingElseIsKeptAsThePictureAlone(t *testing.T) {
	l, _ := open(t, nil)
	const program, page = `=1;alert("7731");/*`, `<script>alert("7731")</script>`
	frame := image.NewPaletted(image.Rect(0, 0, 0x2a2f, 1), color.Palette{color.Black, color.White}) // as wide as "/*": GIF89a/*…*/=1 is JavaScript
	drawn := encoded(t, func(w io.Writer) error { return gif.Encode(w, frame, nil) })
	red := asPNG(t, painted(4, 4, color.NRGBA{200, 0, 0, 255}))
	words := binary.BigEndian.AppendUint32(nil, uint32(len("Comment\x00"+page)))
	chunk := append([]byte("tEXt"), "Comment\x00"+page...)
	words = binary.BigEndian.AppendUint32(append(words, chunk...), crc32.ChecksumIEEE(chunk))
	photo := asJPEG(t, painted(8, 8, color.White))
	remark := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xfe}, uint16(len(page)+2)), page...)
	for name, body := range map[string][]byte{
		"a program behind a GIF.js":    append(bytes.Clone(drawn), "*/"+program...),
		"a page behind a PNG.html":     append(bytes.Clone(red), page...),
		"a page in words of a PNG.svg": append(append(bytes.Clone(red[:33]), words...), red[33:]...),
		"a page in a remark.php":       append(append(bytes.Clone(photo[:2]), remark...), photo[2:]...),
		"an archive behind a JPEG.zip": append(bytes.Clone(photo), "PK\x03\x04 7731 PK\x05\x06"...),
	} {
		e, err := l.Put(t.Context(), name, body, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kept, err := fs.ReadFile(l, e.Name)
		if err != nil || bytes.Contains(kept, []byte("7731")) || bytes.Contains(kept, []byte("PK\x03")) {
			t.Errorf("%s: kept with what it hides (%v)", name, err)
		}
		if end := e.Name[strings.LastIndexByte(e.Name, '.'):]; e.Type != "image/png" && e.Type != "image/jpeg" || end != ".png" && end != ".jpg" {
			t.Errorf("%s is %s, %s", name, e.Name, e.Type)
		}
	}
}

// What says that it is a picture and is none, or would be without end, is refused by what it is, whatever it is called.
func TestWhatIsNoPictureIsRefusedWhateverItIsCalled(t *testing.T) {
	l, _ := open(t, nil)
	wide := func(picture string, at int, order binary.ByteOrder, size int) []byte {
		b := []byte(picture)
		if size == 2 {
			order.PutUint16(b[at:], 0xffff)
			order.PutUint16(b[at+2:], 0xffff)
		}
		return b
	}
	webp := []byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff") // 16 million pixels each way
	for name, body := range map[string][]byte{
		"page.png":         []byte("<!doctype html><script>alert(1)</script>"),
		"program.gif":      []byte(`GIF89a/*`),
		"picture.svg":      []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><foreignObject/></svg>`),
		"late.svg":         []byte("<!--" + strings.Repeat(" ", 4096) + `--><svg onload="alert(1)"/>`),
		"entities.svg":     []byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>`),
		"outside.svg":      []byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>`),
		"packed.svgz":      []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"),
		"archive.zip":      []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"),
		"program.exe":      []byte("MZ\x90\x00\x03\x00\x00\x00"),
		"script.sh":        []byte("#!/bin/sh\nrm -rf /\n"),
		"document.pdf":     []byte("%PDF-1.7\n1 0 obj"),
		"endless.gif":      wide("GIF89a\x00\x00\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00", 6, binary.LittleEndian, 2),
		"endless.webp":     webp,
		"endless-jpeg.jpg": wide("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x00\x01\x01\x11\x00", 7, binary.BigEndian, 2),
	} {
		if e, err := l.Put(t.Context(), name, body, nil); !errors.Is(err, asset.ErrUnfit) {
			t.Errorf("%s is kept as %s: %v", name, e.Name, err)
		}
	}
}

func TestANameIsThatOfAFileAndLeadsNowhere(t *testing.T) {
	l, _ := open(t, nil)
	red := asPNG(t, painted(4, 4, color.NRGBA{200, 0, 0, 255}))
	for _, name := range []string{"../../etc/passwd", `..\..\windows\win.ini`, "/etc/cron.d/x", "a\x00.php", ".htaccess", "CON", "%2e%2e%2fsecret", "x.png/../../y.png", "a\r\nSet-Cookie: b", "<img onerror=alert(1)>.png", "=cmd|calc.png"} {
		e, err := l.Put(t.Context(), name, red, nil)
		if err != nil && !errors.Is(err, asset.ErrUnfit) {
			t.Errorf("%q: %v", name, err)
		}
		if err == nil && (strings.Trim(strings.TrimSuffix(e.Name, ".png"), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || !strings.HasSuffix(e.Name, ".png")) {
			t.Errorf("%q is kept as %q", name, e.Name)
		}
	}
}

func TestEachKindIsKeptAsWhatShowsIt(t *testing.T) {
	l, _ := open(t, nil)
	moving := encoded(t, func(w io.Writer) error {
		frame := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
		return gif.EncodeAll(w, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{10, 10}})
	})
	for name, x := range map[string]struct {
		body []byte
		want string
	}{
		"moving.gif": {moving, "moving.png"},
		"film.mov":   {append([]byte{0, 0, 0, 24}, "ftypisom rest"...), "film.mp4"},
		"song.bin":   {[]byte("ID3 rest"), "song.mp3"},
		"photo.jpeg": {asJPEG(t, painted(8, 8, color.White)), "photo.jpg"},
	} {
		if e, err := l.Put(t.Context(), name, x.body, nil); err != nil || e.Name != x.want {
			t.Errorf("%s is kept as %s: %v", name, e.Name, err)
		}
	}
}

func TestWhatSpeaksOfAnAssetIsFound(t *testing.T) {
	b := &aparte.Brand{
		Style:    aparte.Style{Logo: "a.png"},
		Items:    []aparte.Item{{Image: "b.png"}, {Image: "a.png"}},
		Contents: []aparte.Content{{Fallback: aparte.Fallback{Asset: "a.png"}, Elements: []aparte.Element{{Variants: []aparte.Variant{{}, {Asset: "a.png"}}}}}},
		Layouts:  []aparte.Layout{{}, {Video: &aparte.Video{Sound: "a.png", Shots: []aparte.Shot{{Asset: "a.png"}}}}},
	}
	want := []string{"/style/logo", "/contents/0/fallback/asset", "/contents/0/elements/0/variants/1/asset", "/layouts/1/video/sound", "/layouts/1/video/shots/0/asset", "/items/1/image"}
	if diff := cmp.Diff(want, asset.Uses(b, "a.png", 10)); diff != "" {
		t.Error(diff)
	}
	if got := asset.Uses(b, "a.png", 2); len(got) != 2 {
		t.Errorf("at most 2: %v", got)
	}
}

// Whatever is uploaded is taken or refused, and what is taken as a picture can be shown.
func FuzzPut(f *testing.F) {
	f.Add(asPNG(f, painted(3, 3, color.White)))
	f.Add(withExif(asJPEG(f, painted(3, 2, color.White)), 6))
	f.Fuzz(func(t *testing.T, body []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(body)); err == nil && c.Width*c.Height > 1<<20 {
			return // takes long, and no more is learned of it
		}
		l, err := asset.Open(t.Context(), new(nowhere), nil, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Put(t.Context(), "a", body, nil)
		if err != nil || !strings.HasPrefix(e.Type, "image/") {
			return
		}
		kept, err := fs.ReadFile(l, e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if img, _, err := image.Decode(bytes.NewReader(kept)); err != nil || img.Bounds().Dx() != e.Width {
			t.Fatalf("what was kept cannot be shown: %v", err)
		}
	})
}
