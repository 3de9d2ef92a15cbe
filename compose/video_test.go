package compose

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose/film"
)

// reel is the scene in a layout with a film: a shot for all, then one of two, with words over each.
func reel(t testing.TB) *Scene {
	t.Helper()
	s := scene(t, ondine(t), "strip")
	layout := *s.Layout
	layout.HTML = ""
	layout.Video = &aparte.Video{Width: 640, Height: 360, Shots: []aparte.Shot{
		{Seconds: 1.5, Boxes: []aparte.Box{
			{Kind: "fill", X: 0, Y: 250, W: 640, H: 110, Background: "#00000099"},
			{Kind: "text", Element: "headline", X: 32, Y: 262, W: 576, H: 88, Size: 34, MinSize: 20, Bold: true, Color: "#ffffff", VAlign: "middle"},
		}},
		{Seconds: 1, When: "person.orders > 0"},
		{Seconds: 1.5, Boxes: []aparte.Box{
			{Kind: "fill", W: 640, H: 360, Background: "accent"},
			{Kind: "price", X: 170, Y: 90, W: 300, H: 90, Size: 56, MinSize: 30, Bold: true, Color: "onAccent", Align: "centre"},
			{Kind: "button", Element: "cta", X: 210, Y: 220, W: 220, H: 56, Size: 20, MinSize: 14, Background: "paper", Color: "accent", Radius: 28},
		}},
	}}
	s.Layout, s.Shots = &layout, []int{0, 2}
	return s
}

func filming(t testing.TB) *Composer {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("there is no ffmpeg")
	}
	studio, err := film.Open(film.Config{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(studio.Close)
	c := newComposer(t)
	c.Use(studio)
	return c
}

func TestAFilmIsThatOfWhoLooks(t *testing.T) {
	c := filming(t)
	s := reel(t)
	key, err := c.Video(t.Context(), s, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	file, there := c.VideoFile(key)
	if !there {
		t.Fatal("the film is not there")
	}
	if folder := os.Getenv("APARTE_SHOW"); folder != "" { // to be looked at
		if body, err := os.ReadFile(file); err == nil {
			_ = os.WriteFile(filepath.Join(folder, "film.mp4"), body, 0o600)
		}
	}
	out, err := exec.Command("ffmpeg", "-loglevel", "error", "-ss", "2.6", "-i", file, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	accent := brandColour("accent", &s.Brand.Style)
	if r, g, b, _ := img.At(20, 20).RGBA(); img.Bounds().Size() != image.Pt(640, 360) || far(r>>8, accent.R) || far(g>>8, accent.G) || far(b>>8, accent.B) {
		t.Errorf("the last shot is %v, %d %d %d at its corner, not %v", img.Bounds(), r>>8, g>>8, b>>8, accent)
	}

	same, err := c.Video(t.Context(), reel(t), []byte("secret"))
	if err != nil || same != key {
		t.Errorf("the same film has the key %s, not %s (%v)", same, key, err)
	}
	for what, change := range map[string]func(*Scene){
		"another price": func(s *Scene) { item := *s.Item; item.Price.Amount++; s.Item = &item },
		"other shots":   func(s *Scene) { s.Shots = []int{0, 1, 2} },
		"another name":  func(s *Scene) { s.Person, s.Content = person("firstName", "Ada"), withName(s.Content) },
	} {
		other := reel(t)
		change(other)
		sc, err := c.scope(other)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := c.videoKey(sc, []byte("secret")); err != nil || k == key {
			t.Errorf("%s: the key is the same (%v)", what, err)
		}
	}
	sc, err := c.scope(reel(t))
	if err != nil {
		t.Fatal(err)
	}
	if k, err := c.videoKey(sc, []byte("another")); err != nil || k == key {
		t.Errorf("the key can be guessed without the secret (%v)", err)
	}
}

// withName is a content whose headline speaks to somebody by name.
func withName(c *aparte.Content) *aparte.Content {
	changed := *c
	changed.Elements = append([]aparte.Element(nil), c.Elements...)
	for i := range changed.Elements {
		if changed.Elements[i].Name == "headline" {
			changed.Elements[i].Variants = []aparte.Variant{{ID: "named", Words: aparte.Words{"fr": "{{ person.firstName | default: 'Vous' }}"}}}
		}
	}
	return &changed
}

func far(got uint32, want uint8) bool { return int(got)-int(want) > 10 || int(want)-int(got) > 10 }

func TestAPageShowsTheFilmWhereThereIsOneAndElseThePicture(t *testing.T) {
	c := newComposer(t)
	s := reel(t)
	without, err := c.HTML(s)
	if err != nil {
		t.Fatal(err)
	}
	s.VideoURL = "https://a.example/x/token.mp4"
	with, err := c.HTML(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(without), "<video") || !strings.Contains(string(without), "token.png") {
		t.Errorf("without a film: %s", without)
	}
	if !strings.Contains(string(with), `<video src="https://a.example/x/token.mp4" poster="https://a.example/x/token.png"`) || strings.Contains(string(with), "<img") {
		t.Errorf("with a film: %s", with)
	}
	if page := c.settled(s); page != nil {
		t.Error("a page with a film is settled: all would be shown one film")
	}
}

func TestWithoutFFmpegThereIsNoFilm(t *testing.T) {
	if _, err := newComposer(t).Video(t.Context(), reel(t), nil); !errors.Is(err, film.ErrNoFFmpeg) {
		t.Error(err)
	}
}

func TestAFilmThatCannotBeIsSaidSoToItsAuthor(t *testing.T) {
	for want, spoil := range map[string]func(*aparte.Layout){
		"/video: a film of 641 × 360: both must be even":                   func(l *aparte.Layout) { l.Video.Width++ },
		"/video/shots: 0 shots":                                            func(l *aparte.Layout) { l.Video.Shots = nil },
		"/video/shots: each has a condition":                               func(l *aparte.Layout) { l.Video.Shots = l.Video.Shots[1:2] },
		`/video/shots/0/asset: asset "gone.mp4": there is no such asset`:   func(l *aparte.Layout) { l.Video.Shots[0].Asset = "gone.mp4" },
		`/video/shots/0/asset: asset "list.m3u8": is neither a film`:       func(l *aparte.Layout) { l.Video.Shots[0].Asset = "list.m3u8" },
		"/video/shots/1/seconds: must be more than 0":                      func(l *aparte.Layout) { l.Video.Shots[1].Seconds = 0 },
		"/video/shots: 301 seconds in all: at most 60":                     func(l *aparte.Layout) { l.Video.Shots[1].Seconds = 298 },
		`/video/sound: asset "song.txt": is no sound`:                      func(l *aparte.Layout) { l.Video.Sound = "song.txt" },
		"/video/shots/0/boxes/1: the box (32, 262) 700 × 88 is not inside": func(l *aparte.Layout) { l.Video.Shots[0].Boxes[1].W = 700 },
		"/video: the layout must have a banner as well":                    func(l *aparte.Layout) { l.Banner, l.HTML = nil, "x" },
		`no content that uses this layout has an element "hero"`:           func(l *aparte.Layout) { l.Video.Shots[0].Element = "hero" },
	} {
		s := reel(t)
		b := *s.Brand
		layout := *s.Layout
		video := *layout.Video
		video.Shots = append([]aparte.Shot(nil), video.Shots...)
		video.Shots[0].Boxes = append([]aparte.Box(nil), video.Shots[0].Boxes...)
		layout.Video = &video
		spoil(&layout)
		b.Layouts = append([]aparte.Layout(nil), b.Layouts...)
		for i := range b.Layouts {
			if b.Layouts[i].ID == layout.ID {
				b.Layouts[i] = layout
			}
		}
		if err := newComposer(t).Check(&b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Five seconds of 640 × 360 with a photograph, words and a price; then the same film again, asked for from nothing.
func BenchmarkVideo(b *testing.B) {
	c := filming(b)
	s := reel(b)
	s.Layout.Video.Shots[0].Seconds, s.Layout.Video.Shots[2].Seconds = 2.5, 2.5
	n := byte(0)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			n++
			if _, err := c.Video(b.Context(), s, []byte{n}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Video(b.Context(), s, []byte{1}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
