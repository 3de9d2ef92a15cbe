package grant_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

// moody are documents that are not always written.
type moody struct {
	store.Documents
	err   error // of a write
	tried int
}

var errNotHere = errors.New("another process writes documents")

func (m *moody) PutDocument(ctx context.Context, name string, body []byte) (uint64, error) {
	if m.tried++; m.err != nil {
		return 0, m.err
	}
	return m.Documents.PutDocument(ctx, name, body)
}

// branch is a ledger of a process that follows the one at the desk, over documents that it may not write.
func (d *desk) branch() (*grant.Ledger, *moody) {
	d.t.Helper()
	docs := &moody{Documents: d.docs, err: errNotHere}
	l, err := grant.Open(d.t.Context(), grant.Config{Documents: docs, Follows: true, Now: func() time.Time { return d.now }})
	d.check(err)
	return l, docs
}

var mails = grant.Grant{ID: "channel:email", Host: "smtp.example", Purposes: service, Fields: []grant.Field{grant.Address}}

func TestWhatIsGrantedAndRevokedCountsWhereItIsFollowed(t *testing.T) {
	d := open(t)
	branch, _ := d.branch()
	sends := func(when string, want bool) {
		t.Helper()
		d.check(branch.Refresh(t.Context()))
		if branch.Sends(aparte.Email) != want {
			t.Errorf("%s, it may send: %t", when, !want)
		}
	}
	sends("at first", false)
	d.check(d.Declare(t.Context(), mails))
	sends("granted", true)
	d.check(d.Revoke(t.Context(), mails.ID))
	sends("taken back", false)
	_, err := d.Grant(t.Context(), grant.Grant{ID: mails.ID, Purposes: service})
	d.check(err)
	sends("granted again", true)
	branch.Sent(aparte.Email)
	d.check(d.Forget(t.Context(), mails.ID))
	sends("gone", false)
	if uses := branch.Uses(); len(uses) != 0 {
		t.Errorf("uses of what is gone: %v", uses)
	}
	d.check(d.Refresh(t.Context()))
	if len(d.All()) != 0 {
		t.Errorf("at the desk: %v", d.All())
	}
}

func TestALedgerThatFollowsWritesNothing(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), mails))
	branch, docs := d.branch()
	for range 3 {
		d.now = d.now.Add(time.Minute)
		branch.Sent(aparte.Email)
	}
	if g := branch.All()[0]; g.Uses != 3 || !g.Used.Equal(d.now) {
		t.Errorf("counted: %+v", g)
	}
	if d.check(branch.Close()); docs.tried > 0 {
		t.Errorf("uses are written %d times", docs.tried)
	}
	if err := branch.Revoke(t.Context(), mails.ID); !errors.Is(err, errNotHere) || !branch.Sends(aparte.Email) {
		t.Errorf("taken back where it is not written: %v", err)
	}
	if err := branch.Declare(t.Context(), crm(grant.People)); !errors.Is(err, errNotHere) || len(branch.All()) != 1 {
		t.Errorf("declared where it is not written: %v", err)
	}
	d.check(branch.Declare(t.Context(), mails)) // as it is
	d.reopen()
	if g := d.All()[0]; g.Uses != 0 || d.Uses() != nil {
		t.Errorf("at the desk: %+v", g)
	}
}

// However uses at two ledgers, hand-overs that succeed and that fail, restarts and grants given anew follow one another, none is lost and none
// counted twice.
func TestEveryUseIsCountedOnceWhereverItWas(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), mails))
	ids := []string{mails.ID, "webhook:crm", "webhook:none"}
	rapid.Check(t, func(rt *rapid.T) {
		d.check(d.Forget(t.Context(), "webhook:crm"))
		d.check(d.Declare(t.Context(), crm(grant.People)))
		branch, _ := d.branch()
		want := map[string]int64{mails.ID: d.All()[0].Uses}
		use := func(l *grant.Ledger, rt *rapid.T) {
			id := rapid.SampledFrom(ids).Draw(rt, "id")
			if g, err := l.Use(t.Context(), id, ""); err == nil {
				want[id]++
				if !g.Used.Equal(d.now) {
					rt.Fatalf("used at %s: %+v", d.now, g)
				}
			} else if id != "webhook:none" {
				rt.Fatal(err)
			}
		}
		handOver := func() {
			body, err := json.Marshal(branch.Uses())
			d.check(err)
			var uses grant.Uses
			d.check(json.Unmarshal(body, &uses))
			d.check(d.Used(t.Context(), uses))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"used at the desk": func(rt *rapid.T) { use(d.Ledger, rt) },
			"used elsewhere":   func(rt *rapid.T) { use(branch, rt) },
			"handed over":      func(*rapid.T) { handOver() },
			"not handed over":  func(*rapid.T) { d.check(branch.Used(t.Context(), branch.Uses())) },
			"refreshed": func(*rapid.T) {
				d.check(d.Refresh(t.Context()))
				d.check(branch.Refresh(t.Context()))
			},
			"given anew": func(*rapid.T) {
				_, err := d.Grant(t.Context(), grant.Grant{ID: mails.ID, Purposes: service})
				d.check(err)
			},
			"restarted": func(*rapid.T) {
				d.check(d.Close())
				d.reopen()
			},
			"time passes": func(rt *rapid.T) { d.now = d.now.Add(time.Duration(rapid.IntRange(1, 9).Draw(rt, "s")) * time.Second) },
		})
		handOver()
		for range 2 {
			got := map[string]int64{}
			for _, g := range d.All() {
				got[g.ID] = g.Uses
			}
			maps.DeleteFunc(got, func(_ string, n int64) bool { return n == 0 })
			maps.DeleteFunc(want, func(_ string, n int64) bool { return n == 0 })
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatal(diff)
			}
			d.check(d.Close())
			d.reopen()
		}
	})
}

func TestUsesOfWhatIsNotKnownArePassedOver(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), mails))
	d.check(d.Used(t.Context(), grant.Uses{mails.ID: {N: 2}, "webhook:crm": {N: 3}}))
	d.check(d.Declare(t.Context(), crm(grant.People)))
	if all := d.All(); all[0].Uses != 2 || all[1].Uses != 0 {
		t.Errorf("counted: %+v", all)
	}
}

func TestAFailedWriteForgetsNoUse(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), mails))
	docs := &moody{Documents: d.docs, err: errNotHere}
	l, err := grant.Open(t.Context(), grant.Config{Documents: docs, Now: func() time.Time { return d.now }})
	d.check(err)
	d.now = d.now.Add(time.Minute)
	l.Sent(aparte.Email)
	if err := l.Close(); !errors.Is(err, errNotHere) {
		t.Errorf("closed: %v", err)
	}
	docs.err = nil
	d.check(l.Close())
	d.reopen()
	if g := d.All()[0]; g.Uses != 1 {
		t.Errorf("written down: %+v", g)
	}
}

// FuzzUsed: whatever JSON is handed over as uses, it is added or refused whole, and what is kept can be read again.
func FuzzUsed(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"channel:email":{"n":3,"last":"2026-11-28T08:00:00Z"}}`, `{"channel:email":{"n":1},"webhook:gone":{"n":1}}`, `{"channel:email":{"n":-1}}`,
		`{"channel:email":{"n":9223372036854775807}}`, `{"channel:email":{"n":1,"last":"9999-12-31T23:59:59-23:59"}}`, `{"channel:email":{"n":1,"last":"0000-01-01T00:00:00+23:59"}}`,
		`{"channel:email":{"n":1},"x":{"n":0}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var uses grant.Uses
		if json.Unmarshal(body, &uses) != nil {
			return
		}
		d := open(t)
		d.check(d.Declare(t.Context(), mails))
		err := d.Used(t.Context(), uses)
		g, refused := d.All()[0], err != nil
		if n := uses[mails.ID].N; len(d.All()) != 1 || refused && g.Uses != 0 || !refused && g.Uses != n || n < 0 && !refused || g.Used.After(d.now) {
			t.Fatalf("%+v (%v)", d.All(), err)
		}
		d.check(d.Close())
		d.reopen()
		if diff := cmp.Diff([]grant.Grant{g}, d.All()); diff != "" {
			t.Error(diff)
		}
	})
}
