package aparte

import (
	"strings"
	"time"
	"unicode"
)

// MediaCost is what advertising elsewhere has cost on one day.
type MediaCost struct {
	Day      string `json:"day"`                // of UTC, as 2026-11-27
	Channel  string `json:"channel"`            // as visits are told apart by it: "google / cpc", the source and the medium of their UTM parameters
	Campaign string `json:"campaign,omitempty"` // as their campaign says it; empty: of the whole channel
	Amount   int64  `json:"amount"`             // in minor units of the brand's currency; 0 takes back what was said before
	Currency string `json:"currency,omitempty"` // the brand's; empty: so is it
}

// MaxMediaCosts bounds what is kept: three years of a hundred campaigns.
const MaxMediaCosts = 110_000

const maxMediaCost = 1e15 // minor units

// Settle writes a cost's names as visits have them, in small letters, and says which field is wrong and why; both are empty where none is.
func (c *MediaCost) Settle() (field, reason string) {
	c.Channel, c.Campaign = strings.ToLower(strings.TrimSpace(c.Channel)), strings.ToLower(strings.TrimSpace(c.Campaign))
	_, err := time.Parse(time.DateOnly, c.Day)
	source, medium, told := strings.Cut(c.Channel, " / ")
	switch {
	case err != nil:
		return "day", "must be a day such as 2026-11-27"
	case !told || source == "" || medium == "" || len(c.Channel) > MaxTouchChannel || strings.ContainsFunc(c.Channel, unicode.IsControl):
		return "channel", "must be a source and a medium, such as google / cpc"
	case len(c.Campaign) > 96 || strings.ContainsFunc(c.Campaign, unicode.IsControl):
		return "campaign", "cannot be one: 96 bytes at most"
	case c.Amount < 0 || c.Amount > maxMediaCost:
		return "amount", "must be minor units, 0 or more"
	}
	return "", ""
}
