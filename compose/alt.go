package compose

import "github.com/aparte-dev/aparte"

// describer is a file system of assets that knows what they show.
type describer interface {
	Alt(name string) aparte.Words
}

// shows is in words what the picture shows that was chosen for the scene, in its language or the brand's; empty where nobody said so.
func (c *Composer) shows(sc *scope) string {
	if c.alts == nil {
		return ""
	}
	s := sc.scene
	for i := range s.Content.Elements {
		if v := s.variant(i); v != nil && len(v.Words) == 0 && v.Asset != "" {
			if alt := c.alts.Alt(v.Asset); len(alt) > 0 {
				return singleLine(alt.In(sc.voice.locale, s.Brand.Locale))
			}
		}
	}
	return ""
}
