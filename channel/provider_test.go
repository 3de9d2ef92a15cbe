package channel

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However requests come, no second sees more of them than the rate, and who asks to be left alone is.
func TestAHostIsAskedNoFasterThanItMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		now := time.Unix(1_800_000_000, 0)
		p := NewProvider(ProviderConfig{Rate: rate, Now: func() time.Time { return now }})
		var turns []time.Time
		var until time.Time
		for i := range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "later")) * time.Millisecond)
			if rapid.IntRange(0, 20).Draw(t, "rests") == 0 {
				until = now.Add(time.Second)
				p.Rest("a", time.Second)
			}
			wait, rest := p.reserve("a")
			if got := max(0, until.Sub(now)); rest != got {
				t.Fatalf("request %d: rests %v, want %v", i, rest, got)
			}
			if rest > 0 {
				continue
			}
			turns = append(turns, now.Add(wait))
			if _, rest := p.reserve("b"); rest > 0 {
				t.Fatal("another host rests too")
			}
		}
		for i := rate; i < len(turns); i++ {
			if d := turns[i].Sub(turns[i-rate]); d < time.Second-time.Duration(rate) { // a gap is whole nanoseconds
				t.Fatalf("%d requests within %v at %d a second", rate+1, d, rate)
			}
		}
	})
}

func TestTheHostsThatAreRememberedAreBounded(t *testing.T) {
	p := NewProvider(ProviderConfig{Rate: 1})
	for i := range 3 * maxHosts {
		p.reserve(fmt.Sprint("host", i))
	}
	if len(p.hosts) > maxHosts {
		t.Errorf("%d hosts are remembered", len(p.hosts))
	}
}

func TestRetryAfterIsReadInSecondsAndAsADate(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	p := NewProvider(ProviderConfig{Now: func() time.Time { return now }})
	for header, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "0": 0, "-5": 0, "soon": 0, "99999999": 24 * time.Hour, "99999999999999999999": 0,
		"Fri, 27 Nov 2026 12:01:00 GMT": time.Minute, "Fri, 27 Nov 2026 11:00:00 GMT": 0, "Sat, 27 Nov 2027 12:00:00 GMT": 24 * time.Hour,
	} {
		if got := p.after(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for address, public := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "127.0.0.1": false, "10.1.2.3": false, "169.254.169.254": false, "::1": false,
		"::ffff:127.0.0.1": false, "100.64.0.1": false, "192.0.2.1": false, "fd00::1": false, "fe80::1": false, "64:ff9b::7f00:1": false, "0.0.0.0": false,
	} {
		if got := IsPublic(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s is public: %v", address, got)
		}
	}
}
