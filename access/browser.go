package access

import (
	"context"
	"strings"
)

// Browser is at what somebody signed in, as far as it says so: product names, such as "Firefox" and "Windows". The zero Browser said nothing
// that is known here. What else it tells of itself is not kept.
type Browser struct {
	Name   string `json:"name,omitempty"`
	System string `json:"system,omitempty"`
}

// The names that a User-Agent header (RFC 9110, section 10.1.5) holds, and what they stand for; the first that is found counts, as browsers name
// those they descend from, too: Edge calls itself Chrome and Safari.
var (
	browserNames = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systemNames = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// BrowserOf reads a User-Agent header.
func BrowserOf(agent string) Browser {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	return Browser{first(browserNames), first(systemNames)}
}

type browserKey struct{}

// At says at which browser somebody signs in: the sessions that begin within are told by it.
func At(ctx context.Context, agent string) context.Context {
	return context.WithValue(ctx, browserKey{}, BrowserOf(agent))
}
