package engine

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// betweenSource stands between where a visit came from and how: "google / cpc".
const betweenSource = " / "

// Bounds of what is told of where a visit came from, in bytes. What is longer is left out whole: half a name is another name.
const (
	maxSource = 36 // and a medium together fit aparte.MaxTouchChannel
	maxMedium = 24
	maxHost   = 52
	maxName   = 96
)

// arrived adds a touch where an event tells where a visit came from: by its campaign, which a page names by UTM
// parameters, or where it begins one, by the page that led to it. Who comes by themselves was met by nobody.
func (t *turn) arrived(now *live, before, p *aparte.Person, event *aparte.Event) {
	tagged := event.Type != aparte.Track && bytes.Contains(event.Context, []byte(`"campaign"`))
	began := !p.Session.StartedAt.Equal(before.Session.StartedAt) && p.Session.Count > before.Session.Count
	if !tagged && !began {
		return
	}
	channel, campaign := cameFrom(event.Context, now.plan.Brand().Home)
	at := earlier(event.Timestamp, t.now)
	if channel == "" || broughtByUs(p, at) {
		return
	}
	t.touch(now, p, aparte.Touch{At: at, Channel: channel, What: campaign, Device: p.Device})
}

// broughtByUs reports whether a message of ours was met just before: where its link led, its parameters say so once more.
func broughtByUs(p *aparte.Person, at time.Time) bool {
	for i := range p.Journey.Touches {
		x := &p.Journey.Touches[i]
		if own(x) && aparte.Channel(x.Channel).Outbound() && at.Sub(x.At).Abs() <= time.Minute {
			return true
		}
	}
	return false
}

// cameFrom is where a visit came from, as Segment's context tells, and its campaign; nothing where it does not.
func cameFrom(context []byte, home string) (channel, campaign string) {
	var told struct {
		Campaign struct {
			Source string `json:"source"`
			Medium string `json:"medium"`
			Name   string `json:"name"`
		} `json:"campaign"`
		Page struct {
			Referrer string `json:"referrer"`
			URL      string `json:"url"`
		} `json:"page"`
	}
	if json.Unmarshal(context, &told) != nil {
		return "", ""
	}
	source, medium := plainName(told.Campaign.Source, maxSource), plainName(told.Campaign.Medium, maxMedium)
	if source != "" || medium != "" {
		return orNotSet(source) + betweenSource + orNotSet(medium), plainName(told.Campaign.Name, maxName)
	}
	from := hostOf(told.Page.Referrer)
	if from == "" || len(from) > maxHost || from == hostOf(told.Page.URL) || from == hostOf(home) {
		return "", ""
	}
	return from + betweenSource + "referral", ""
}

func orNotSet(name string) string {
	if name == "" {
		return "not set"
	}
	return name
}

// plainName is a parameter in small letters, where it can be a name: what has an @ may be somebody's address.
func plainName(s string, most int) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == '@' || r == '/' || unicode.IsControl(r) }) {
		return ""
	}
	return s
}

// hostOf is the host of an address, without the www before it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}
