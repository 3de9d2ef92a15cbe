package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

func TestWhereAVisitCameFromIsReadFromItsContext(t *testing.T) {
	for context, want := range map[string][2]string{
		`{"campaign":{"source":"Google","medium":"CPC","name":"Spring"},"page":{"referrer":"https://google.com/"}}`: {"google / cpc", "spring"},
		`{"campaign":{"medium":"email"}}`: {"not set / email", ""},
		`{"page":{"referrer":"https://www.News.example/today","url":"https://shop.example/"}}`:  {"news.example / referral", ""},
		`{"page":{"referrer":"https://shop.example/basket","url":"https://www.shop.example/"}}`: {"", ""},
		`{"page":{"referrer":"https://home.example/","url":"https://shop.example/"}}`:           {"", ""}, // the brand's own
		`{"page":{"referrer":"android-app://com.example","url":"https://shop.example/"}}`:       {"", ""},
		`{"campaign":{"source":"ann@example.com","medium":"email"}}`:                            {"not set / email", ""}, // nobody's address
		`{"campaign":{"source":"` + strings.Repeat("x", maxSource+1) + `","medium":"cpc"}}`:     {"not set / cpc", ""},
		`{"campaign":"spring"}`: {"", ""},
		``:                      {"", ""},
	} {
		if channel, campaign := cameFrom([]byte(context), "https://home.example/"); [2]string{channel, campaign} != want {
			t.Errorf("%s: came from %q, %q, want %q", context, channel, campaign, want)
		}
	}
}

func FuzzCameFrom(f *testing.F) {
	f.Add([]byte(`{"campaign":{"source":"google","medium":"cpc"},"page":{"referrer":"https://news.example/"}}`))
	f.Fuzz(func(t *testing.T, context []byte) {
		channel, campaign := cameFrom(context, "https://home.example/")
		switch {
		case len(channel) > aparte.MaxTouchChannel || len(campaign) > maxName:
			t.Fatalf("%q, %q are too long", channel, campaign)
		case !utf8.ValidString(channel+campaign) || strings.Contains(channel+campaign, "@"):
			t.Fatalf("%q, %q are no names", channel, campaign)
		case channel != "" && own(&aparte.Touch{Channel: channel}):
			t.Fatalf("%q is taken for our own", channel)
		}
	})
}
