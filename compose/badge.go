package compose

import (
	"github.com/aparte-dev/aparte"
)

// badge paints a few words on a round ground: those of the element, else by how much the item is reduced. Where
// there is neither, there is no badge.
func (p *painter) badge(at box, b *aparte.Box) {
	text := p.scope.elements[b.Element]
	if b.Element == "" {
		discount, ok := p.scope.item(p.scope.scene.Item, "discount").(string)
		if !ok {
			return
		}
		text = "\u2212" + discount
	}
	if text == "" {
		return
	}
	round := *b
	if round.Radius == 0 {
		round.Radius = min(at.w, at.h) / 2
	}
	p.button(at, &round, text)
}
