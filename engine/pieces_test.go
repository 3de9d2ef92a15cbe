package engine_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/engine"
)

// illustrated is a fair whose welcome has two headlines, and may have a picture that is uploaded here.
func (h *stepped) illustrated() {
	h.t.Helper()
	l, err := asset.Open(h.t.Context(), h.store, nil, func() time.Time { return *h.now.Load() })
	h.check(err)
	var picture bytes.Buffer
	h.check(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
	_, err = l.Put(h.t.Context(), "lamp.png", picture.Bytes(), aparte.Words{"en": "New"})
	h.check(err)
	b := worded()
	b.Contents[0].Elements = append(b.Contents[0].Elements, aparte.Element{Name: "visual", Variants: []aparte.Variant{{ID: "plain", Words: aparte.Words{"en": "–"}}, {ID: "new", Asset: "lamp.png"}}})
	_, err = h.Publish(h.t.Context(), b)
	h.check(err)
}

func (h *stepped) expose(user string, d *aparte.Decision) {
	h.t.Helper()
	e := event(aparte.EventExposed, user, "", map[string]any{"decision": d.ID.String()})
	e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
}

// What was seen is counted from the record of exposures, against a count by hand of what was decided; a decision that nobody saw counts
// for nothing, and one that was seen twice counts once.
func TestCreativesAreCountedByWhatTheyWereMadeOf(t *testing.T) {
	h := openStepped(t)
	h.illustrated()
	uploaded := *h.now.Load()
	type creative struct {
		content aparte.ContentID
		ways    [2]int
	}
	creatives, exposures, first := map[creative]bool{}, 0, map[string]time.Time{}
	pieces := map[string]map[creative]bool{}
	for i := range 300 {
		h.set(h.now.Load().Add(17 * time.Second))
		user := fmt.Sprint("user-", i)
		d := h.ask(user).Decision
		if d.Action.Silent() || i%3 == 0 {
			continue
		}
		h.expose(user, &d)
		h.expose(user, &d)
		c := creative{content: d.Action.Content, ways: [2]int{-1, -1}}
		of := []string{}
		if c.content == "welcome" {
			c.ways = [2]int{int(d.Action.Variants[0]), int(d.Action.Variants[1])}
			of = []string{[]string{"warm", "dry"}[c.ways[0]], []string{"plain", "lamp.png"}[c.ways[1]]}
		} else {
			for range d.Action.Variants {
				of = append(of, string(c.content))
			}
		}
		creatives[c], exposures = true, exposures+1
		for _, p := range of {
			if pieces[p] == nil {
				pieces[p], first[p] = map[creative]bool{}, *h.now.Load()
			}
			pieces[p][c] = true
		}
	}
	h.pass(time.Second)
	made := h.evidence(engine.Looking{}).Made
	if made.Exposures != exposures || made.Creatives != len(creatives) || len(creatives) < 5 {
		t.Errorf("%d exposures of %d creatives, want %d of %d", made.Exposures, made.Creatives, exposures, len(creatives))
	}
	if got := made.PerPiece(); got != float64(len(creatives))/float64(len(made.Pieces)) || len(made.Pieces) != len(pieces) {
		t.Errorf("%v a piece, of %d pieces, want %d", got, len(made.Pieces), len(pieces))
	}
	for _, p := range made.Pieces {
		name := p.Asset
		if p.Content == "welcome" {
			name = p.Variant
		} else if p.Asset == "" {
			name = string(p.Content)
		}
		if p.Creatives != len(pieces[name]) || !p.First.Equal(first[name]) {
			t.Errorf("%v was in %d creatives, first at %v; want %d, %v", p.PieceID, p.Creatives, p.First, len(pieces[name]), first[name])
		}
		wait, known := p.Wait()
		if known != (name == "lamp.png") || known && wait != first[name].Sub(uploaded) {
			t.Errorf("%v took %v (known: %v)", p.PieceID, wait, known)
		}
	}
}
