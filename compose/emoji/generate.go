//go:build ignore

// Generate writes signs.png, the emoji of banners, from a copy of NotoColorEmoji.ttf:
//
//	go run emoji/generate.go NotoColorEmoji.ttf
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"
	"golang.org/x/image/draw"
)

const (
	side    = 60 // of a sign, in pixels
	columns = 20
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run emoji/generate.go NotoColorEmoji.ttf")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		log.Fatal(err)
	}
	face.SetPpem(109, 109)
	signs, err := os.ReadFile("emoji/signs.txt")
	if err != nil {
		log.Fatal(err)
	}
	signs = bytes.TrimSpace(signs)
	rows := (utf8.RuneCount(signs) + columns - 1) / columns
	sheet := image.NewNRGBA(image.Rect(0, 0, columns*side, rows*side))
	seen := map[rune]bool{}
	for i, r := range []rune(string(signs)) {
		if seen[r] {
			log.Fatalf("%c is there twice", r)
		}
		seen[r] = true
		img, err := sign(face, r)
		if err != nil {
			log.Fatalf("%c: %v", r, err)
		}
		x, y := i%columns*side, i/columns*side
		draw.CatmullRom.Scale(sheet, place(img.Bounds(), x, y), img, img.Bounds(), draw.Src, nil)
	}
	for i, v := range sheet.Pix {
		sheet.Pix[i] = coarse(v)
	}
	out, err := os.Create("emoji/signs.png")
	if err != nil {
		log.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(out, sheet); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}

// coarse is a sample in 32 steps, which nobody sees at this size and which halves the file.
func coarse(v uint8) uint8 { return v>>3<<3 | v>>5 }

// place is where a picture stands in the square of a sign at x, y, as large as it can be.
func place(b image.Rectangle, x, y int) image.Rectangle {
	w, h := side, side
	if b.Dx() > b.Dy() {
		h = (b.Dy()*side + b.Dx()/2) / b.Dx()
	} else {
		w = (b.Dx()*side + b.Dy()/2) / b.Dy()
	}
	x, y = x+(side-w)/2, y+(side-h)/2
	return image.Rect(x, y, x+w, y+h)
}

func sign(face *font.Face, r rune) (image.Image, error) {
	id, ok := face.NominalGlyph(r)
	if !ok {
		return nil, fmt.Errorf("the font has no such sign")
	}
	bitmap, ok := face.GlyphData(id).(font.GlyphBitmap)
	if !ok || bitmap.Format != font.PNG {
		return nil, fmt.Errorf("no PNG: %T", face.GlyphData(id))
	}
	return png.Decode(bytes.NewReader(bitmap.Data))
}
