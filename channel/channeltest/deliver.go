package channeltest

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func hasName(t *testing.T, d Door) {
	if d.Sender.Channel() == "" {
		t.Error("Channel() is empty")
	}
}

// hostileText is what transports mangle: accents, astral and right-to-left letters, lines beyond every
// limit, dots that end a mail, what looks like an encoding, blanks at line ends, blank lines.
var hostileText = strings.Join([]string{
	"Élise, voilà où l'été s'achève : 12,50 € – « à bientôt »",
	"العربية 日本語 👩🏽‍🚀 e\u0301",
	".",
	"..",
	".dot at the start",
	"--=_boundary?",
	"From the start of a line",
	"=E9 is not an accent, =?utf-8?q?nor=20this?=",
	"blanks at the end  \t",
	strings.Repeat("x", 5000),
	strings.Repeat("mot très court ", 400) + "fin",
	"",
	"",
	"the end",
}, "\n")

func arrivesIntact(t *testing.T, d Door) {
	m := d.message(0)
	m.Text = hostileText
	if d.Notes { // without what is long
		m.Text = strings.Replace(strings.Replace(hostileText, strings.Repeat("x", 5000), "", 1), strings.Repeat("mot très court ", 400), "", 1)
		m.Subject = "Déjà l'été ? 😀 fin =?utf-8?q?brute?= <b>&amp;</b>"
	} else if !d.TextOnly {
		m.HTML = "<!doctype html>\n<p>" + hostileText + "</p>\n"
		m.Subject = "Déjà l'été ? " + strings.Repeat("encore un mot à ajouter, ", 10) + "😀 fin =?utf-8?q?brute?="
	}
	d.send(t, m)
	d.wantReceived(t, m)
}

func leavesMessageAlone(t *testing.T, d Door) {
	m := d.message(0)
	before := *m
	d.send(t, m)
	headers := slices.Equal(m.Headers, before.Headers)
	m.Headers, before.Headers = nil, nil
	if !headers || m.Key != before.Key || m.To != before.To || m.From != before.From || m.ReplyTo != before.ReplyTo ||
		m.Subject != before.Subject || m.Text != before.Text || m.HTML != before.HTML || m.Unsubscribe != before.Unsubscribe {
		t.Errorf("message was %+v, is now %+v", before, *m)
	}
}

func carriesKey(t *testing.T, d Door) {
	first, second := d.message(0), d.message(1)
	d.send(t, first)
	d.send(t, first)
	d.send(t, second)

	ids := make(map[string][]string) // by address
	for _, r := range d.Peer.Received() {
		if r.ID == "" {
			t.Fatal("a message arrived without the key's trace")
		}
		ids[r.To] = append(ids[r.To], r.ID)
	}
	for _, id := range ids[first.To] {
		if id != ids[first.To][0] {
			t.Errorf("the same key became %q and %q", ids[first.To][0], id)
		}
		if slices.Contains(ids[second.To], id) {
			t.Errorf("two keys became the same %q", id)
		}
	}
	if len(ids[first.To]) == 0 || len(ids[second.To]) != 1 {
		t.Errorf("received %d and %d times, want at least once and once", len(ids[first.To]), len(ids[second.To]))
	}

	// Keys that no protocol's own identifiers may hold must still differ.
	odd, other := d.message(2), d.message(3)
	odd.Key, other.Key = `a:b/"<c>@\`, `a:b/"<d>@\`
	d.send(t, odd)
	d.send(t, other)
	var oddID, otherID string
	for _, r := range d.Peer.Received() {
		switch r.To {
		case odd.To:
			oddID = r.ID
		case other.To:
			otherID = r.ID
		}
	}
	if oddID == "" || oddID == otherID {
		t.Errorf("keys of odd characters became %q and %q", oddID, otherID)
	}
}

func sendsConcurrently(t *testing.T, d Door) {
	const senders, each = 8, 15
	var wait sync.WaitGroup
	for s := range senders {
		wait.Go(func() {
			for i := range each {
				if err := d.Sender.Send(t.Context(), d.message(s*each+i)); err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}
	received := d.Peer.Received()
	if len(received) != senders*each {
		t.Errorf("%d messages arrived, want %d", len(received), senders*each)
	}
	want := make(map[string]Received)
	for n := range senders * each {
		m := d.message(n)
		want[m.To] = Received{To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML}
	}
	for _, r := range received {
		id := r.ID
		if r.ID = ""; r != want[r.To] {
			t.Errorf("message %q arrived as %+v, want %+v", id, r, want[r.To])
		}
		delete(want, r.To)
	}
}
