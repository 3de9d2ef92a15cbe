package decide

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// routed is a shop whose letters may be short messages, too, and what these cost.
func routed() *aparte.Brand {
	b := shop()
	for i := range b.Contents {
		if of := b.Contents[i].Channels; slices.Contains(of, aparte.Email) && !slices.Contains(of, aparte.SMS) {
			b.Contents[i].Channels = append(b.Contents[i].Channels, aparte.SMS)
		}
	}
	for i := range b.Layouts {
		if of := b.Layouts[i].Channels; slices.Contains(of, aparte.Email) && !slices.Contains(of, aparte.SMS) {
			b.Layouts[i].Channels = append(b.Layouts[i].Channels, aparte.SMS)
		}
	}
	b.Postage = []aparte.Postage{{Channel: aparte.SMS, Cost: 9}}
	return b
}

// reachedBoth is marie with a phone, who agreed to both.
func reachedBoth() *aparte.Person {
	p := marie()
	p.Identifiers = append(p.Identifiers, aparte.Identifier{Kind: aparte.KindPhone, Value: "+33612345678"})
	p.Consents = append(slices.Clone(p.Consents), aparte.Consent{Purpose: aparte.Marketing, Channel: aparte.SMS, Granted: true, At: p.FirstSeen})
	return p
}

// What may be said where there are two channels is what may be said on either, each with its own consent, address, caps and postage.
func TestCandidatesOnSeveralChannelsAreThoseOfEach(t *testing.T) {
	p := plan(t, routed())
	rapid.Check(t, func(t *rapid.T) {
		person := reachedBoth()
		if rapid.Bool().Draw(t, "no phone") {
			person.Identifiers = person.Identifiers[:len(person.Identifiers)-1]
		}
		if rapid.Bool().Draw(t, "no consent") {
			person.Consents[len(person.Consents)-1].Granted = false
		}
		ask := func(on aparte.Channel, also ...aparte.Channel) aparte.Decision {
			q := byMail(person)
			q.Moment.Channel, q.Slot, q.Also, q.MaxCandidates = on, string(on), also, mostCandidates
			return p.Decide(q, nil)
		}
		var want, got []string
		line := func(c aparte.Candidate, on aparte.Channel) string {
			return fmt.Sprint(on, c.Action.Content, c.Action.Layout, c.Action.Item, c.Action.Variants, c.Excluded, c.Cost)
		}
		for _, on := range []aparte.Channel{aparte.Email, aparte.SMS} {
			one := ask(on)
			for _, c := range one.Candidates {
				if !c.Action.Silent() {
					want = append(want, line(c, on))
				}
				if c.Action.Channel != "" {
					t.Fatalf("one channel, and the action names %q", c.Action.Channel)
				}
			}
		}
		both := ask(aparte.Email, aparte.SMS)
		for _, c := range both.Candidates {
			if !c.Action.Silent() {
				got = append(got, line(c, c.Action.Channel))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-each for itself +together):\n%s", diff)
		}
		roundTrip(t, &both)
	})
}

// Whoever answered twice by mail and let two short messages pass is described by it, where they do not object to that.
func TestHowSomebodyTookWhatCameOnAChannelIsPartOfTheirSituation(t *testing.T) {
	person := reachedBoth()
	q := byMail(person)
	q.Also = []aparte.Channel{aparte.SMS}
	person.Said = nil
	for i := range 4 {
		on := []aparte.Channel{aparte.Email, aparte.SMS}[i%2]
		person.Said = append(person.Said, aparte.Said{Content: "x", Channel: on, Slot: string(on), At: q.Moment.At, Clicked: on == aparte.Email})
	}
	p := plan(t, routed())
	told := func() map[string]float64 {
		d := p.open(q)
		defer p.close(d)
		out := map[string]float64{}
		for i := range d.routes {
			var s sheet
			s.naming = true
			d.describeRoute(&s, candidate{route: uint8(i)})
			for j, h := range s.names {
				out[string(d.routes[i].channel)+" "+h.String()] = float64(s.features[j].Value)
			}
		}
		return out
	}
	third := float64(float32(2.0 / 3))
	want := map[string]float64{"email said_on=email": 1, "email channel_answered": third, "sms said_on=sms": 1, "sms channel_ignored": third}
	if diff := cmp.Diff(want, told()); diff != "" {
		t.Error(diff)
	}
	person.Consents = append(person.Consents, aparte.Consent{Purpose: aparte.Profiling, Channel: aparte.SMS, At: person.FirstSeen})
	if diff := cmp.Diff(map[string]float64{"email said_on=email": 1, "sms said_on=sms": 1}, told()); diff != "" {
		t.Errorf("they object to profiling: %s", diff)
	}
}

func TestChannelsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, test := range []struct {
		spoil   func(*aparte.Brand)
		pointer string
	}{
		{func(b *aparte.Brand) { b.Scenarios[0].Also = []aparte.Channel{aparte.Web} }, "/scenarios/0/also/0"},
		{func(b *aparte.Brand) { b.Scenarios[0].Also = []aparte.Channel{aparte.SMS, aparte.SMS} }, "/scenarios/0/also/1"},
		{func(b *aparte.Brand) { b.Scenarios[0].Also = []aparte.Channel{b.Scenarios[0].Channel} }, "/scenarios/0/also/0"},
		{func(b *aparte.Brand) {
			b.Scenarios[0].Channel, b.Scenarios[0].Also = aparte.Web, []aparte.Channel{aparte.SMS}
		}, "/scenarios/0/also"},
		{func(b *aparte.Brand) { b.Postage = []aparte.Postage{{Channel: "pigeon"}} }, "/postage/0/channel"},
		{func(b *aparte.Brand) { b.Postage = []aparte.Postage{{Channel: aparte.SMS, Cost: -1}} }, "/postage/0/cost"},
		{func(b *aparte.Brand) { b.Postage = []aparte.Postage{{Channel: aparte.SMS}, {Channel: aparte.SMS}} }, "/postage/1/channel"},
	} {
		b := routed()
		test.spoil(b)
		if _, err := Compile(b, 1); !tells(err, test.pointer) {
			t.Errorf("%v, want a flaw at %s", err, test.pointer)
		}
	}
}

// Where nothing sends on a channel, what is left is what may be said on the other, and each content tells why it is not said there.
func TestNothingIsSaidWhereNothingSends(t *testing.T) {
	p := plan(t, routed())
	ask := func(closed ...aparte.Channel) aparte.Decision {
		q := byMail(reachedBoth())
		q.Also, q.Unsent, q.MaxCandidates = []aparte.Channel{aparte.SMS}, closed, mostCandidates
		return p.Decide(q, nil)
	}
	ways := func(d aparte.Decision, on aparte.Channel) (said, unsent int) {
		for _, c := range d.Candidates {
			switch {
			case c.Action.Channel != on:
			case c.Excluded == "":
				said++
			case c.Excluded == aparte.NoSender:
				unsent++
			}
		}
		return said, unsent
	}
	open, one, none := ask(), ask(aparte.SMS), ask(aparte.SMS, aparte.Email)
	byMail, _ := ways(open, aparte.Email)
	if short, _ := ways(open, aparte.SMS); byMail == 0 || short == 0 {
		t.Fatal("the test shows nothing: something may be said on both")
	}
	if said, _ := ways(one, aparte.Email); said != byMail {
		t.Errorf("%d ways by mail with the other channel closed, %d with it open", said, byMail)
	}
	if said, unsent := ways(one, aparte.SMS); said != 0 || unsent == 0 {
		t.Errorf("%d ways where nothing sends, %d contents tell so", said, unsent)
	}
	closed := aparte.Reason{Code: aparte.NoSender, Detail: string(aparte.SMS)}
	if !slices.Contains(one.Reasons, closed) || slices.Contains(open.Reasons, closed) {
		t.Errorf("reasons are %v, and %v where all is open", one.Reasons, open.Reasons)
	}
	if !none.Action.Silent() || none.Reasons[0].Code != aparte.NothingToSay {
		t.Errorf("nothing sends anywhere, and what is said is %v for %v", none.Action, none.Reasons)
	}
	roundTrip(t, &one)
}
