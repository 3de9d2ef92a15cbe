package engine

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// sights are the contents of which a first sight, or a first click, is news: that of a decision and, where it
// filled a slot of a message, that of the message, which is seen when its picture is. A message counts once for
// each content, however often it is opened and decided again: rates are of messages, not of openings. did says which
// of what was said was seen, or clicked.
func sights(p *aparte.Person, d *aparte.Decision, did func(*aparte.Said) bool) []aparte.ContentID {
	message := d.ID
	if !d.Parent.IsZero() {
		message = d.Parent
	}
	news := []aparte.ContentID{d.Action.Content}
	var before []aparte.ContentID
	own := aparte.ContentID("")
	for i := range p.Said {
		s := &p.Said[i]
		if s.Decision == message {
			own = s.Content
		}
		if s.Decision != d.ID && (s.Decision == message || s.Parent == message) && did(s) {
			before = append(before, s.Content)
		}
	}
	if own != "" && len(before) > 0 {
		before = append(before, own)
	}
	if own != "" && own != d.Action.Content {
		news = append(news, own)
	}
	return slices.DeleteFunc(news, func(c aparte.ContentID) bool { return slices.Contains(before, c) })
}

func wasSeen(s *aparte.Said) bool { return s.Seen > 0 }

func wasClicked(s *aparte.Said) bool { return s.Clicked }
