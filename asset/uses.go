package asset

import (
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Uses are the places of a brand that speak of an asset, as JSON pointers, at most limit.
func Uses(b *aparte.Brand, name string, limit int) (places []string) {
	at := func(asset, format string, args ...any) {
		if asset == name && len(places) < limit {
			places = append(places, fmt.Sprintf(format, args...))
		}
	}
	at(b.Style.Logo, "/style/logo")
	for i := range b.Contents {
		c := &b.Contents[i]
		at(c.Fallback.Asset, "/contents/%d/fallback/asset", i)
		for j := range c.Elements {
			for k := range c.Elements[j].Variants {
				at(c.Elements[j].Variants[k].Asset, "/contents/%d/elements/%d/variants/%d/asset", i, j, k)
			}
		}
	}
	for i := range b.Layouts {
		if v := b.Layouts[i].Video; v != nil {
			at(v.Sound, "/layouts/%d/video/sound", i)
			for j := range v.Shots {
				at(v.Shots[j].Asset, "/layouts/%d/video/shots/%d/asset", i, j)
			}
		}
	}
	for i := range b.Items {
		at(b.Items[i].Image, "/items/%d/image", i)
	}
	return places
}
