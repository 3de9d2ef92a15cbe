package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

// TestRatesAreOfMessages: a message counts once, whatever became of its slots and however often; what came back was not delivered; what
// never left, and what was not said, is no message.
func TestRatesAreOfMessages(t *testing.T) {
	who := aparte.PersonID{1}
	id := func(seq uint64) aparte.DecisionID { return aparte.DecisionID{Person: who, Seq: seq} }
	said := func(seq, parent uint64, on aparte.Channel, content aparte.ContentID) aparte.Decision {
		d := aparte.Decision{ID: id(seq), Channel: on, Action: aparte.Action{Content: content}}
		if parent > 0 {
			d.Parent = id(parent)
		}
		return d
	}
	decisions := []aparte.Decision{
		said(1, 0, aparte.Email, "a"), said(2, 1, aparte.Email, "b"), said(3, 1, aparte.Email, "c"), // one message, two slots
		said(4, 0, aparte.Email, "a"), // came back
		said(5, 0, aparte.Email, "a"), // not seen
		said(6, 0, aparte.Email, "a"), // never left
		said(7, 0, aparte.Email, ""),  // silence
		said(8, 0, aparte.Email, "a"), // followed without a picture having been fetched, then unsubscribed from
		said(9, 0, aparte.Web, "a"), said(10, 0, aparte.Web, "a"), said(11, 0, aparte.Web, "a"),
	}
	f := fates{}
	happen := func(name string, seqs ...uint64) {
		for _, seq := range seqs {
			properties, err := json.Marshal(map[string]string{"decision": id(seq).String()})
			if err != nil {
				t.Fatal(err)
			}
			f.note(&aparte.Event{Type: aparte.Track, Name: name, Properties: properties, Timestamp: time.Date(2030, 1, 1, 9, 30, 0, 0, time.UTC)})
		}
	}
	happen(aparte.EventSent, 1, 4, 5, 8)
	happen(aparte.EventFailed, 4)
	happen(aparte.EventExposed, 2, 2, 3, 4, 9, 10)
	happen(aparte.EventClicked, 3, 8, 9)
	happen(aparte.EventUnsubscribed, 8)
	f.note(&aparte.Event{Type: aparte.Track, Name: "Order Completed", Properties: json.RawMessage(`{}`)})
	c := channelled{}
	clock := hourly{}
	c.add(decisions, f, func(channel aparte.Channel, at time.Time, answered bool) { clock.add(channel, at, answered) })
	if diff := cmp.Diff([]HourRate{{aparte.Email, 9, 3, 2}, {aparte.Web, 9, 2, 1}}, clock.told()); diff != "" {
		t.Error("by the hour: " + diff)
	}
	got := c.told()
	want := []ChannelRates{
		{Channel: aparte.Email, Sent: 4, Failed: 1, Seen: 2, Clicked: 2, Unsubscribed: 1},
		{Channel: aparte.Web, Seen: 2, Clicked: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	rates := (&Evidence{Channelled: got}).Rates()
	told := map[measure.RateKind][2]int{}
	for _, r := range rates {
		told[r.Kind] = [2]int{r.Part, r.Whole}
		for _, o := range r.Others {
			if o.Kind != r.Kind || o.Channel != string(r.Channel) {
				t.Errorf("%s of %s stands beside %s of %s", r.Kind, r.Channel, o.Kind, o.Channel)
			}
		}
		if (len(r.Others) > 0) != (r.Kind == measure.OpenedOfDelivered || r.Kind == measure.ClickedOfDelivered || r.Kind == measure.UnsubscribedOfDelivered) {
			t.Errorf("%d benchmarks of %s", len(r.Others), r.Kind)
		}
	}
	if diff := cmp.Diff(map[measure.RateKind][2]int{
		measure.FailedOfSent: {1, 4}, measure.OpenedOfDelivered: {2, 3}, measure.ClickedOfDelivered: {2, 3},
		measure.UnsubscribedOfDelivered: {1, 3}, measure.ComplainedOfDelivered: {0, 3}, measure.ClickedOfSeen: {1, 2},
	}, told); diff != "" {
		t.Error(diff)
	}
}

// TestABenchmarkOfAnotherDenominatorStandsBesideNothing: what a phone received is not known here.
func TestABenchmarkOfAnotherDenominatorStandsBesideNothing(t *testing.T) {
	push := Evidence{Channelled: []ChannelRates{{Channel: aparte.MobilePush, Sent: 100, Failed: 2, Seen: 9, Clicked: 8}}}
	rates := push.Rates()
	if len(rates) == 0 {
		t.Fatal("no rates")
	}
	for _, r := range rates {
		if len(r.Others) > 0 {
			t.Errorf("%s has %v beside it", r.Kind, r.Others)
		}
	}
	if len(measure.Benchmarked("mobile_push", measure.TappedOfReceived)) == 0 {
		t.Error("there is a benchmark of pushes, which is why this test means something")
	}
}
