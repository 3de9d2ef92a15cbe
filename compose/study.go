package compose

import (
	"context"

	"github.com/aparte-dev/aparte"
)

// studySide is how large studies are at most: about what a picture of 600 × 300 in which sharpness is spared shows of one.
const studySide = 300

// study is a small copy of an asset, kept to be made into what is shown where there is no time to read all of it.
func study(name string) pictureKey {
	return pictureKey{name: name, w: studySide, h: studySide, fit: contain, quick: true}
}

// studyBytes is what a study takes at most.
const studyBytes = 4 * studySide * studySide

// Within bounds how many bytes of pictures are kept, scaled to the sizes in which they are shown. It is said before anything is composed.
func (c *Composer) Within(bytes int64) { c.pictures.scaled.most = bytes }

// Ready makes studies of what a brand may show in pictures, one after the other, until ctx ends: of the contents' visuals first, then of
// items, in the catalogue's order, as far as half of what is kept of pictures has room. So the first crowd after a new version of the brand does
// not wait for files to be read. What cannot be read is left to Check.
func (c *Composer) Ready(ctx context.Context, b *aparte.Brand) {
	seen, most := map[string]bool{"": true}, int(c.pictures.scaled.most/2/studyBytes)
	ready := func(name string) {
		if ctx.Err() == nil && !seen[name] && len(seen) <= most {
			seen[name] = true
			_, _ = c.pictures.get(study(name)) // whoever wants it is told
		}
	}
	for i := range b.Contents {
		for _, e := range b.Contents[i].Elements {
			for _, v := range e.Variants {
				ready(v.Asset)
			}
		}
	}
	for i := range b.Items {
		ready(b.Items[i].Image)
	}
}
