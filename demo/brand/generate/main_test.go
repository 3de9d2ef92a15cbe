package main

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/aparte-dev/aparte/demo/brand"
)

func TestEveryItemIsDrawnOnce(t *testing.T) {
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]int{}
	for _, p := range pictures {
		drawn[p.item]++
	}
	for _, item := range b.Items {
		if drawn[string(item.ID)] != 1 {
			t.Errorf("%s is drawn %d times", item.ID, drawn[string(item.ID)])
		}
		delete(drawn, string(item.ID))
	}
	for id := range drawn {
		t.Errorf("%s is drawn and not in the catalogue", id)
	}
}

func TestTheSamePictureIsPaintedTwice(t *testing.T) {
	const small = 120.
	paint := func() []byte {
		p := NewPen(small, small, pictures[0].tint)
		pictures[0].draw(p.At(0, 0, small/side), pictures[0].tones)
		var b bytes.Buffer
		if err := writeIndexed(&b, p.dst); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first := paint()
	if !bytes.Equal(first, paint()) {
		t.Error("two paintings of one picture differ")
	}
	img, err := png.Decode(bytes.NewReader(first))
	if err != nil || img.Bounds().Dx() != small {
		t.Errorf("%v, %v", img.Bounds(), err)
	}
}

func TestPathsAreReadAsSVGHasThem(t *testing.T) {
	for d, want := range map[string][]point{
		"M1 2 L3 4 H5 V6":  {{1, 2}, {3, 4}, {5, 4}, {5, 6}},
		"M1,2 l2,2 h2 v-3": {{1, 2}, {3, 4}, {5, 4}, {5, 1}},
		"M0 0 4 0 4 4 Z":   {{0, 0}, {4, 0}, {4, 4}},
	} {
		got := Path(d)
		if len(got) != 1 || len(got[0].points) != len(want) {
			t.Errorf("%q: %v", d, got)
			continue
		}
		for i, p := range got[0].points {
			if p != want[i] {
				t.Errorf("%q: point %d is %v, want %v", d, i, p, want[i])
			}
		}
	}
}
