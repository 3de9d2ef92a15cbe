package decide

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// TestNothingIsSaidOfAnItemAThirdTimeInVain has a mail speak of what is in the basket. How often it did before, and whether an
// order followed, says whether it may.
func TestNothingIsSaidOfAnItemAThirdTimeInVain(t *testing.T) {
	p := plan(t, shop())
	mail := func(ago time.Duration, change func(*aparte.Said)) aparte.Said {
		s := aparte.Said{Content: "basket-back", Item: "i08", Channel: aparte.Email, Slot: "email", At: noon.Add(-ago), Seen: 1}
		if change != nil {
			change(&s)
		}
		return s
	}
	for _, test := range []struct {
		name    string
		said    []aparte.Said
		ordered time.Duration // ago; 0: never
		edition uint64
		want    aparte.ReasonCode
	}{
		{name: "never", want: ""},
		{name: "once", said: []aparte.Said{mail(20*day, nil)}},
		{name: "twice", said: []aparte.Said{mail(20*day, nil), mail(10*day, nil)}, want: aparte.SaidInVain},
		{name: "twice, and an order between", said: []aparte.Said{mail(20*day, nil), mail(10*day, nil)}, ordered: 15 * day},
		{name: "twice within a month", said: []aparte.Said{mail(29*day, nil), mail(10*day, nil)}, want: aparte.SaidInVain},
		{name: "twice, one of them more than a month ago", said: []aparte.Said{mail(31*day, nil), mail(10*day, nil)}},
		{name: "of another item", said: []aparte.Said{mail(20*day, nil), mail(10*day, func(s *aparte.Said) { s.Item = "i12" })}},
		{name: "in other words", said: []aparte.Said{mail(20*day, nil), mail(10*day, func(s *aparte.Said) { s.Content = "picks" })}},
		{name: "on a page", said: []aparte.Said{mail(20*day, nil), mail(10*day, func(s *aparte.Said) { s.Channel, s.Slot = aparte.Web, "hero" })}},
		{name: "in the picture of a mail", said: []aparte.Said{mail(20*day, nil), mail(10*day, func(s *aparte.Said) { s.Slot = "email-hero" })}},
		{name: "twice, in the terms of before", said: []aparte.Said{mail(20*day, nil), mail(10*day, nil)}, edition: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			who := marie()
			who.Said, who.Orders.LastAt = test.said, time.Time{}
			if test.ordered > 0 {
				who.Orders.LastAt = noon.Add(-test.ordered)
			}
			q := byMail(who)
			q.Only, q.Edition = []aparte.ContentID{"basket-back"}, test.edition
			d := p.Decide(q, nil)
			got := aparte.ReasonCode("not a candidate")
			for _, c := range d.Candidates {
				if c.Action.Content == "basket-back" {
					if got = c.Excluded; got == aparte.SaidInVain && c.Action.Item != "i08" {
						t.Errorf("told of %q", c.Action.Item)
					}
				}
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
