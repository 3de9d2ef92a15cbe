package aparte

import (
	"slices"
	"time"
)

// Wording is a text by which people are asked for a consent, as they read it. Answers point at it by its id, so that what somebody agreed to can
// be shown later. What was published of one never changes: other words are another wording. A language may be added.
type Wording struct {
	ID      string    `json:"id"` // the version, as Consent.Wording names it
	Purpose Purpose   `json:"purpose"`
	Channel Channel   `json:"channel,omitzero"` // empty: all channels
	Text    Words     `json:"text"`
	Since   time.Time `json:"since,omitzero"` // when it was first shown; zero: when it was published
}

// Wording is the brand's wording of an id, nil where it has none.
func (b *Brand) Wording(id string) *Wording {
	if i := slices.IndexFunc(b.Wordings, func(w Wording) bool { return w.ID == id }); i >= 0 {
		return &b.Wordings[i]
	}
	return nil
}
