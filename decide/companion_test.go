package decide

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// accompanied is somebody who bought things of the first category so many times, a month apart, the last time so long ago.
func accompanied(times int, ago time.Duration) *aparte.Person {
	p := marie()
	p.Cart.Lines, p.Said = nil, nil
	p.Session.LastItem = "i09"
	p.Orders.Items = []aparte.ItemID{"i06", "i00"}
	const logOfThirty = 3.4011974
	n := float32(times - 1)
	p.Cadences = []aparte.Cadence{{Category: categories[0], LastAt: noon.Add(-ago), Weight: n, Logs: n * logOfThirty, Squares: n * logOfThirty * logOfThirty}}
	return p
}

// fixed asks for something that must be shown.
func fixed(p *aparte.Person) *Question {
	q := onWeb(p)
	q.Fixed = true
	return q
}

func TestWhatRunsOutIsSpokenOfBesideTheItem(t *testing.T) {
	b := shop()
	b.Rules[0].When = "true"
	b.Items[6].Stock = 5
	b.Contents = b.Contents[1:2] // what they looked at last
	b.Contents[0].Companion = aparte.DueItems
	for _, c := range []struct {
		name  string
		times int
		ago   time.Duration
		want  aparte.ItemID
	}{
		{"bought every month, a month ago", 4, 30 * day, "i06"},
		{"bought every month, a week ago", 4, 7 * day, ""},
		{"bought once", 1, 30 * day, ""},
		{"bought every month, and not for two years: gone", 4, 730 * day, ""},
	} {
		p := plan(t, b)
		person := accompanied(c.times, c.ago)
		d := p.Decide(fixed(person), nil)
		if d.Action.Item != "i09" || d.Companion != c.want {
			t.Errorf("%s: %q is spoken of beside %q, want %q", c.name, d.Companion, d.Action.Item, c.want)
		}
		again, err := Unmarshal(Marshal(nil, &d))
		if err != nil || again.Companion != d.Companion {
			t.Errorf("%s: read back as %q (%v)", c.name, again.Companion, err)
		}
		told := strings.Join(Explain(&d, b, "en"), " ")
		if (c.want != "") != strings.Contains(told, "you may be running out of Thing 6") {
			t.Errorf("%s: the person is told %q", c.name, told)
		}
	}
}

func TestACompanionIsAnotherThingThanTheItem(t *testing.T) {
	b := shop()
	b.Rules[0].When = "item.id != 'i06'"
	for i := range b.Items {
		b.Items[i].Stock = 5
	}
	b.Contents = b.Contents[1:2]
	b.Contents[0].Companion = aparte.BoughtBefore
	person := accompanied(4, 30*day)
	question := func() *Question { return fixed(person) }
	if d := plan(t, b).Decide(question(), nil); d.Companion != "i00" {
		t.Errorf("a rule that holds everywhere forbids i06, and beside stands %q", d.Companion)
	}
	b.Rules[0].When = "true"
	b.Contents[0].Items, b.Contents[0].Rules = aparte.OnPage, nil
	q := question()
	q.Moment.Context.Item = "i06"
	if d := plan(t, b).Decide(q, nil); d.Action.Item != "i06" || d.Companion != "i00" {
		t.Errorf("beside %q stands %q", d.Action.Item, d.Companion)
	}
}

func TestBothThingsCountAsSpokenOf(t *testing.T) {
	b := shop()
	p := plan(t, b)
	said := func(s aparte.Said) []echo {
		s.Content, s.Channel, s.At, s.Seen = "picks", aparte.Web, noon.Add(-day), 1
		d := p.open(&Question{Person: &aparte.Person{Said: []aparte.Said{s}}, Moment: onWeb(nil).Moment})
		defer p.close(d)
		return append([]echo(nil), d.echoes...)
	}
	both := said(aparte.Said{Item: "i01", Beside: "i02"})
	if diff := cmp.Diff(append(said(aparte.Said{Item: "i01"}), said(aparte.Said{Item: "i02"})...), both, cmp.AllowUnexported(echo{})); diff != "" {
		t.Error(diff)
	}
}

func TestACompanionNeedsAnItemAndASource(t *testing.T) {
	b := shop()
	b.Contents[3].Companion, b.Contents[0].Companion = aparte.DueItems, "anything"
	_, err := Compile(b, 1)
	for _, want := range []string{"/contents/3/companion", "/contents/0/companion"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a flaw at %s", err, want)
		}
	}
}
