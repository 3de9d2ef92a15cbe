package compose

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestABrowserPlaysACountdownOnce has a browser's own decoder read it: it stays at the last of 60 frames of a second each, and
// frame 7 is the picture of its second.
func TestABrowserPlaysACountdownOnce(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	composer, s := newComposer(t), voucher(t)
	s.Seen = s.Content.Until.Add(-3 * time.Hour)
	shown, err := composer.Picture(s, AsWebP)
	if err != nil {
		t.Fatal(err)
	}
	still := *s
	still.Seen = s.Seen.Add(7 * time.Second)
	var seventh bytes.Buffer
	if err := composer.PNG(&seventh, &still); err != nil {
		t.Fatal(err)
	}
	served := map[string][]byte{"/": []byte("<!doctype html><title>Countdown</title>"), "/moving.webp": shown.Body, "/seventh.png": seventh.Bytes()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(served[r.URL.Path]) // the browser has gone
	}))
	t.Cleanup(server.Close)

	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/")); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[map[string]int](`(async () => {
		const pixels = (image, width, height) => {
			const canvas = new OffscreenCanvas(width, height).getContext("2d")
			canvas.drawImage(image, 0, 0)
			return canvas.getImageData(0, 0, width, height).data
		}
		const decoder = new ImageDecoder({type: "image/webp", data: await (await fetch("/moving.webp")).arrayBuffer()})
		await decoder.completed
		await decoder.tracks.ready
		const {frameCount, repetitionCount} = decoder.tracks.selectedTrack
		const {image} = await decoder.decode({frameIndex: 7})
		const still = await createImageBitmap(await (await fetch("/seventh.png")).blob())
		const moving = pixels(image, still.width, still.height), want = pixels(still, still.width, still.height)
		return {frames: frameCount, again: repetitionCount, lasts: image.duration / 1000, wide: image.displayWidth - still.width,
			differ: moving.filter((v, i) => Math.abs(v - want[i]) > 1).length}
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]int{"frames": frames, "again": 0, "lasts": 1000, "wide": 0, "differ": 0} {
		if got[what] != want {
			t.Errorf("%s: %d, want %d", what, got[what], want)
		}
	}
}
