package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
)

// Made is what was seen of what people made by hand: words (the variants of elements) and assets. Two creatives are the same where
// content, layout, item, companion, and every piece of it are. An element is a piece of what was said whether the layout prints it or not.
type Made struct {
	Exposures int // decisions that were seen, each once
	Creatives int // different ones among them
	Pieces    []Piece
	Untold    bool // there are more creatives than are told apart
}

// PerPiece is how many creatives were served for each piece that was made by hand and seen; 0 where none was.
func (m *Made) PerPiece() float64 {
	if len(m.Pieces) == 0 {
		return 0
	}
	return float64(m.Creatives) / float64(len(m.Pieces))
}

// Piece is one thing that was made by hand: an asset, or the words of an element's variant.
type Piece struct {
	PieceID
	Exposures int
	Creatives int
	First     time.Time // when it was first seen, by the people who were read
	Uploaded  time.Time // of an asset: when it was new; zero where that is not known, or was before the period that was read
}

// PieceID names a piece: an asset, or a variant where that is empty.
type PieceID struct {
	Asset   string
	Content aparte.ContentID
	Element string
	Variant string
}

// Wait is how long it took from when the asset was new until somebody saw it; false where that is not known.
func (p *Piece) Wait() (time.Duration, bool) {
	if p.Uploaded.IsZero() || p.First.Before(p.Uploaded) {
		return 0, false
	}
	return p.First.Sub(p.Uploaded), true
}

// mostCreatives bounds how many creatives are told apart.
const mostCreatives = 200_000

// making counts what was seen of what was made.
type making struct {
	brand  *aparte.Brand
	assets *asset.Library
	images map[aparte.ItemID]string
	seen   map[string]struct{} // creatives
	pieces map[PieceID]*Piece
	made   Made

	parts []PieceID // of the creative under way
	key   strings.Builder
}

func newMaking(b *aparte.Brand, assets *asset.Library) *making {
	m := &making{brand: b, assets: assets, images: map[aparte.ItemID]string{}, seen: map[string]struct{}{}, pieces: map[PieceID]*Piece{}}
	for i := range b.Items {
		m.images[b.Items[i].ID] = b.Items[i].Image
	}
	return m
}

// add takes in that a decision was seen, the first time at an instant. The content is that of the version that decided.
func (m *making) add(d *aparte.Decision, content *aparte.Content, at time.Time) {
	if content == nil || d.Action.Silent() {
		return
	}
	m.take(d, content)
	m.made.Exposures++
	_, known := m.seen[m.key.String()]
	if !known && len(m.seen) >= mostCreatives {
		m.made.Untold, known = true, true
	}
	if !known {
		m.seen[m.key.String()] = struct{}{}
		m.made.Creatives++
	}
	for _, part := range m.parts {
		p := m.pieces[part]
		if p == nil {
			p = &Piece{PieceID: part, First: at}
			m.pieces[part] = p
		}
		p.Exposures++
		if !known {
			p.Creatives++
		}
		if at.Before(p.First) {
			p.First = at
		}
	}
}

// take takes a creative apart.
func (m *making) take(d *aparte.Decision, content *aparte.Content) {
	m.parts = m.parts[:0]
	m.key.Reset()
	for _, s := range []string{string(d.Action.Content), string(d.Action.Layout), string(d.Action.Item), string(d.Companion)} {
		m.key.WriteString(s + "\x00")
	}
	for i, chosen := range d.Action.Variants {
		if i >= len(content.Elements) || int(chosen) >= len(content.Elements[i].Variants) {
			continue
		}
		e := &content.Elements[i]
		v := &e.Variants[chosen]
		if len(v.Words) > 0 {
			m.part(PieceID{Content: content.ID, Element: e.Name, Variant: v.ID})
		} else {
			m.part(PieceID{Asset: cmp.Or(v.Asset, m.images[d.Action.Item])})
		}
	}
}

func (m *making) part(p PieceID) {
	if p == (PieceID{}) || slices.Contains(m.parts, p) {
		return
	}
	m.parts = append(m.parts, p)
	m.key.WriteString(p.Asset + "\x01" + p.Element + "\x01" + p.Variant + "\x00")
}

// told is what was counted: of what was served in most creatives first. since is when the period begins.
func (m *making) told(since time.Time) Made {
	for _, p := range m.pieces {
		if e, known := m.assets.Find(p.Asset); known && p.Asset != "" && !e.At.Before(since) {
			p.Uploaded = e.At
		}
		m.made.Pieces = append(m.made.Pieces, *p)
	}
	slices.SortFunc(m.made.Pieces, func(a, b Piece) int {
		return cmp.Or(cmp.Compare(b.Creatives, a.Creatives), cmp.Compare(b.Exposures, a.Exposures), cmp.Compare(a.Asset, b.Asset),
			cmp.Compare(a.Content, b.Content), cmp.Compare(a.Element, b.Element), cmp.Compare(a.Variant, b.Variant))
	})
	return m.made
}
