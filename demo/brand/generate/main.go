// Command generate draws the pictures of the demo's shop: one for each item, the scenes behind the
// heroes and the logo. Everything is painted by this program from the shapes in its files; nothing is
// taken from elsewhere. Run it by go generate in package demo/brand.
package main

import (
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

const side = 600 // of a product picture, in pixels

func main() {
	out := flag.String("out", "assets", "directory the pictures are written to")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, pic := range pictures {
		g.Go(func() error {
			p := NewPen(side, side, pic.tint)
			p.Backdrop(pic.tint)
			pic.draw(p, pic.tones)
			return write(filepath.Join(out, pic.item+".png"), p.dst)
		})
	}
	for _, s := range scenes {
		g.Go(func() error {
			return write(filepath.Join(out, s.name+".png"), s.draw())
		})
	}
	return g.Wait()
}

func write(name string, img *image.RGBA) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := writeIndexed(f, img); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
