package profile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestClickIDsAreKeptFromTheAddressOfAPage(t *testing.T) {
	long := strings.Repeat("x", maxClick+1)
	for _, c := range []struct {
		name, context, want string
	}{
		{"in the search", `{"page": {"search": "?gclid=Cj0_a-b.c~d&q=1", "url": "https://shop.example/"}}`, "click.gclid=Cj0_a-b.c~d"},
		{"in the address", `{"page": {"url": "https://shop.example/?fbclid=F&ttclid=E.C.P.x#top"}}`, "click.fbclid=F click.ttclid=E.C.P.x"},
		{"in both, once", `{"page": {"search": "?gclid=a", "url": "https://shop.example/?gclid=b"}}`, "click.gclid=a"},
		{"of devices that withhold more", `{"page": {"search": "?wbraid=w&gbraid=g"}}`, "click.gbraid=g click.wbraid=w"},
		{"none that could be one", `{"page": {"search": "?gclid=%3Cscript%3E&fbclid=` + long + `&ttclid="}}`, ""},
		{"no parameters", `{"page": {"search": "?xclid=1&gclid"}}`, ""},
		{"of who refuses it here", `{"page": {"search": "?gclid=a"}, "consent": {"categoryPreferences": {"advertising": false}}}`, ""},
		{"of who agrees here", `{"page": {"search": "?gclid=a"}, "consent": {"categoryPreferences": {"advertising": true}}}`, "click.gclid=a"},
	} {
		p := Apply(aparte.Person{}, page(noon, c.context), nil, nil, "EUR")
		if got := clicksOf(t, &p); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// clicksOf are a person's click ids in a line, each observed when the page was seen.
func clicksOf(t *testing.T, p *aparte.Person) string {
	t.Helper()
	var all []string
	for _, x := range p.Traits {
		if strings.HasPrefix(x.Name, aparte.ClickTrait) {
			all = append(all, x.Name+"="+x.Value.Str)
			if x.Provenance != aparte.Observed || !x.At.Equal(noon) {
				t.Errorf("%s is %v, of %v", x.Name, x.Provenance, x.At)
			}
		}
	}
	return strings.Join(all, " ")
}

func TestClickIDsGoWithTheConsent(t *testing.T) {
	p := Apply(aparte.Person{}, page(noon, `{"page": {"search": "?gclid=a"}}`), nil, nil, "EUR")
	kept := Apply(p, track(noon.Add(time.Minute), aparte.EventUnsubscribed, `{"channel": "email"}`), nil, nil, "EUR")
	if clicksOf(t, &kept) == "" {
		t.Error("they went with another consent")
	}
	for _, channel := range []string{`{"channel": "ads"}`, `{}`} {
		gone := Apply(p, track(noon.Add(time.Minute), aparte.EventUnsubscribed, channel), nil, nil, "EUR")
		if got := clicksOf(t, &gone); got != "" {
			t.Errorf("unsubscribed from %s: %s is kept", channel, got)
		}
		if diff := cmp.Diff("click.gclid=a", clicksOf(t, &p)); diff != "" {
			t.Errorf("who was before has changed:\n%s", diff)
		}
		late := Apply(gone, page(noon.Add(2*time.Minute), `{"page": {"search": "?gclid=b"}}`), nil, nil, "EUR")
		if got := clicksOf(t, &late); got != "" {
			t.Errorf("after that %s is kept", got)
		}
	}
}
