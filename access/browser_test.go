package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"
)

func TestABrowserIsToldByWhatItCallsItself(t *testing.T) {
	for agent, want := range map[string]access.Browser{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                               {Name: "Firefox", System: "Windows"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15":                          {Name: "Safari", System: "macOS"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0":                  {Name: "Edge", System: "Windows"},
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                          {Name: "Chrome", System: "Linux"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1": {Name: "Chrome", System: "iPhone"},
		"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36":     {Name: "Samsung Internet", System: "Android"},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                 {Name: "Chrome", System: "ChromeOS"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 OPR/115.0.0.0":            {Name: "Opera", System: "macOS"},
		"curl/8.5.0": {}, "": {}, "<script>alert(1)</script> ada@example.com": {},
	} {
		if got := access.BrowserOf(agent); got != want {
			t.Errorf("%q is %+v", agent, got)
		}
	}
}

func TestSomebodySeesTheirSessionsAndEndsOne(t *testing.T) {
	l := newLobby(t)
	p, zoe, first := l.settled()
	mia, hers := l.joined(p, "Mia", "mia@lantern.example", access.Marketer)
	l.now = l.now.Add(10 * time.Minute)
	_, second, err := p.SignIn(access.At(t.Context(), "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"), zoe.Email, good, here)
	if err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(10 * time.Minute)
	if _, ok := p.SessionOf(t.Context(), first, true); !ok {
		t.Fatal("the first has ended")
	}
	all := l.porter().Sessions(zoe.ID, first) // as another node tells it
	if len(all) != 2 || !all[0].This || all[1].This || !all[0].Seen.Equal(l.now) || all[1].At != (access.Browser{Name: "Safari", System: "iPhone"}) || all[1].Seen.Sub(all[0].Began) != 10*time.Minute {
		t.Fatalf("she sees %+v", all)
	}
	for _, s := range all {
		if _, ok := p.SessionOf(t.Context(), s.ID, true); ok {
			t.Error("what names a session opens it")
		}
	}
	his := p.Sessions(mia.ID, "")[0].ID
	for _, name := range []string{his, "", "none", second} {
		if err := p.EndSession(t.Context(), zoe.ID, name); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("%q ends with %v", name, err)
		}
	}
	if err := p.EndSession(t.Context(), zoe.ID, all[1].ID); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]bool{first: true, second: false, hers: true} {
		if _, open := p.SessionOf(t.Context(), token, true); open != want {
			t.Errorf("open afterwards: %t, want %t", open, want)
		}
	}
	l.now = l.now.Add(2 * time.Hour)
	if all := p.Sessions(zoe.ID, first); len(all) != 0 {
		t.Errorf("of those that have ended by themselves: %+v", all)
	}
}
