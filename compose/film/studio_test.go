package film_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte/compose/film"
)

const key, other, third = "00000000000000aa", "00000000000000bb", "00000000000000cc"

// sheet is a PNG of one colour, with a window of another in its middle.
func sheet(w, h int, around, within color.Color) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(around), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(w/4, h/4, 3*w/4, 3*h/4), image.NewUniform(within), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // to memory
	}
	return b.Bytes()
}

var (
	red   = color.NRGBA{200, 30, 30, 255}
	blue  = color.NRGBA{30, 30, 200, 255}
	green = color.NRGBA{30, 160, 30, 255}
	clear = color.NRGBA{}
)

func assets() fstest.MapFS {
	return fstest.MapFS{"red.png": {Data: sheet(400, 300, red, red)}, "blue.png": {Data: sheet(300, 400, blue, blue)}, "list.mp4": {Data: []byte("#EXTM3U\nhttp://127.0.0.1:1/secret.ts\n")}}
}

// two is a film of two stills, the second with a green frame laid over it.
func two() (*film.Film, error) {
	return &film.Film{Width: 320, Height: 180, Assets: assets(), Shots: []film.Shot{
		{File: "red.png", Seconds: 1}, {File: "blue.png", Seconds: 1.5, Over: sheet(320, 180, green, clear)},
	}}, nil
}

// studio is one with a real ffmpeg.
func studio(t testing.TB, c film.Config) *film.Studio {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("there is no ffmpeg")
	}
	return open(t, c)
}

func open(t testing.TB, c film.Config) *film.Studio {
	t.Helper()
	if c.Folder == "" {
		c.Folder = t.TempDir()
	}
	s, err := film.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// frame is what a film shows at a time.
func frame(t testing.TB, file, at string) image.Image {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-loglevel", "error", "-ss", at, "-i", file, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// near reports whether a pixel has a colour, as far as a codec keeps it.
func near(img image.Image, x, y int, want color.NRGBA) bool {
	r, g, b, _ := img.At(x, y).RGBA()
	for _, d := range []int{int(r>>8) - int(want.R), int(g>>8) - int(want.G), int(b>>8) - int(want.B)} {
		if d < -12 || d > 12 {
			return false
		}
	}
	return true
}

func TestShotsFollowEachOtherWithWhatIsLaidOverThem(t *testing.T) {
	s := studio(t, film.Config{})
	file, err := s.Make(t.Context(), key, two)
	if err != nil {
		t.Fatal(err)
	}
	first, second, late := frame(t, file, "0.5"), frame(t, file, "2.2"), frame(t, file, "1.04")
	if first.Bounds().Size() != image.Pt(320, 180) {
		t.Errorf("the film is %v", first.Bounds())
	}
	if !near(first, 10, 10, red) || !near(first, 160, 90, red) {
		t.Error("the first shot is not red")
	}
	if !near(second, 10, 10, green) || !near(second, 160, 90, blue) {
		t.Error("the second shot is not blue within green")
	}
	if near(late, 10, 10, green) {
		t.Error("what is laid over a shot does not fade in")
	}
	again := frame(t, mustMake(t, s, other, func() (*film.Film, error) { // a film of a film, over and over
		return &film.Film{Width: 160, Height: 90, Assets: os.DirFS(filepath.Dir(file)), Shots: []film.Shot{{File: key + ".mp4", Seconds: 4}}}, nil
	}), "3.2") // 0.7 s into its second showing
	if !near(again, 80, 45, red) {
		t.Error("a film that is shorter than its shot is not shown again")
	}
}

func mustMake(t testing.TB, s *film.Studio, key string, shoot func() (*film.Film, error)) string {
	t.Helper()
	file, err := s.Make(t.Context(), key, shoot)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAFilmIsMadeOnceHoweverManyAskAndIsThereAfterARestart(t *testing.T) {
	folder := t.TempDir()
	s := studio(t, film.Config{Folder: folder})
	var made atomic.Int32
	shoot := func() (*film.Film, error) { made.Add(1); return two() }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.Make(t.Context(), key, shoot); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Close()
	if _, err := open(t, film.Config{Folder: folder}).Make(t.Context(), key, shoot); err != nil || made.Load() != 1 {
		t.Errorf("made %d times: %v", made.Load(), err)
	}
}

func TestWhoDoesNotWaitFindsTheFilmLater(t *testing.T) {
	s := studio(t, film.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Make(ctx, key, func() (*film.Film, error) { cancel(); return two() })
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	mustMake(t, s, key, two)
	if _, there := s.Find(key); !there {
		t.Error("the film is not there")
	}
}

func TestFilmsNotAskedForLongestGo(t *testing.T) {
	s := studio(t, film.Config{MaxBytes: 1})
	mustMake(t, s, key, two)
	mustMake(t, s, other, two)
	if _, there := s.Find(key); there {
		t.Error("the first film was kept beyond the bound")
	}
	if _, there := s.Find(other); !there {
		t.Error("the film just made is gone")
	}
}

func TestWhatCannotBeMadeSaysWhy(t *testing.T) {
	s := studio(t, film.Config{})
	for name, x := range map[string]struct {
		shot  film.Shot
		sound string
		want  string
	}{
		"a missing asset":     {film.Shot{File: "gone.mp4", Seconds: 1}, "", `shot 1: there is no asset "gone.mp4"`},
		"a text":              {film.Shot{File: "red.txt", Seconds: 1}, "", "neither a film"},
		"a list of addresses": {film.Shot{File: "list.mp4", Seconds: 1}, "", "ffmpeg: exit status"},
		"too long":            {film.Shot{File: "red.png", Seconds: 61}, "", "61 seconds, at most 60"},
		"no time":             {film.Shot{File: "red.png"}, "", "0 seconds"},
		"a sound that is not": {film.Shot{File: "red.png", Seconds: 1}, "red.png", "is no sound"},
	} {
		_, err := s.Make(t.Context(), third, func() (*film.Film, error) {
			return &film.Film{Width: 64, Height: 64, Assets: assets(), Shots: []film.Shot{x.shot}, Sound: x.sound}, nil
		})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
		if err != nil && strings.Contains(err.Error(), os.TempDir()) {
			t.Errorf("%s: %v tells where films are made", name, err)
		}
	}
	left, err := fs.Glob(os.DirFS(t.TempDir()), "*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// program is a stand-in for ffmpeg.
func program(t *testing.T, script string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	name := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAnFFmpegThatFailsHangsOrMakesNothing(t *testing.T) {
	for script, want := range map[string]string{
		"echo no such codec >&2; exit 3":       "exit status 3: no such codec",
		"exec sleep 60":                        "took longer than",
		"exit 0":                               "made nothing",
		"yes '' | head -c 1000000 >&2; exit 1": "exit status 1",
	} {
		s := open(t, film.Config{FFmpeg: program(t, script), Within: 300 * time.Millisecond})
		if _, err := s.Make(t.Context(), key, two); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 1000 {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
		if _, there := s.Find(key); there {
			t.Errorf("%s: there is a film", script)
		}
	}
}

func TestClosingStopsWhatIsBeingMadeAndNoMoreWaitThanMay(t *testing.T) {
	s := open(t, film.Config{FFmpeg: program(t, "exec sleep 60"), Waiting: 1})
	begun, told := make(chan struct{}), make(chan error, 2)
	go func() {
		_, err := s.Make(t.Context(), key, func() (*film.Film, error) { close(begun); return two() })
		told <- err
	}()
	<-begun
	go func() {
		_, err := s.Make(t.Context(), other, two)
		told <- err
	}()
	for { // until the other waits as well
		if _, making := s.Progress(other); making {
			break
		}
	}
	if _, err := s.Make(t.Context(), third, two); !errors.Is(err, film.ErrBusy) {
		t.Errorf("a third film: %v", err)
	}
	s.Close()
	for range 2 {
		if err := <-told; err == nil {
			t.Error("a film was made by a studio that is closed")
		}
	}
}

func TestWithoutFFmpegThereAreNoFilms(t *testing.T) {
	if _, err := film.Open(film.Config{FFmpeg: filepath.Join(t.TempDir(), "ffmpeg"), Folder: t.TempDir()}); !errors.Is(err, film.ErrNoFFmpeg) {
		t.Error(err)
	}
}

// 5 seconds of 640 × 360, of two stills with pictures laid over them; and the same asked for again.
func BenchmarkFilm(b *testing.B) {
	s := studio(b, film.Config{})
	five := func() (*film.Film, error) {
		over := sheet(640, 360, green, clear)
		return &film.Film{Width: 640, Height: 360, Assets: assets(), Shots: []film.Shot{{File: "red.png", Seconds: 2, Over: over}, {File: "blue.png", Seconds: 3, Over: over}}}, nil
	}
	n := 0
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			n++
			mustMake(b, s, key[:8]+strings.Repeat("0", 8-len(strconv.Itoa(n)))+strconv.Itoa(n), five)
		}
	})
	b.Run("again", func(b *testing.B) {
		mustMake(b, s, key, five)
		for b.Loop() {
			mustMake(b, s, key, five)
		}
	})
}
