package grant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// desk is a ledger over a store, somebody at it, and a clock.
type desk struct {
	*grant.Ledger
	t     testing.TB
	docs  store.Documents
	by    string
	now   time.Time
	wrote []string
}

func open(t testing.TB) *desk {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{FS: pebble.Memory(), Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{t: t, docs: s, by: "Ada", now: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
	d.reopen()
	return d
}

func (d *desk) reopen() {
	d.t.Helper()
	l, err := grant.Open(d.t.Context(), grant.Config{
		Documents: d.docs, By: func(context.Context) string { return d.by }, Now: func() time.Time { return d.now },
		Record: func(_ context.Context, action, id string) error { d.wrote = append(d.wrote, action+" "+id); return nil },
	})
	d.check(err)
	d.Ledger = l
}

func (d *desk) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

var service = []aparte.Purpose{aparte.Service}

func crm(fields ...grant.Field) grant.Grant {
	return grant.Grant{ID: "webhook:crm", Host: "crm.example", Purposes: service, Fields: fields}
}

func TestNothingGoesWhereNothingWasGrantedOrItWasTakenBack(t *testing.T) {
	d := open(t)
	use := func(when string, granted bool, host string, fields ...grant.Field) {
		t.Helper()
		if _, err := d.Use(t.Context(), "webhook:crm", host, fields...); (err == nil) != granted || err != nil && !errors.Is(err, grant.ErrNotGranted) {
			t.Errorf("%s: %v", when, err)
		}
	}
	use("before", false, "crm.example", grant.People)
	d.check(d.Declare(t.Context(), crm(grant.People, grant.Events)))
	use("granted", true, "crm.example", grant.People)
	use("a field more", false, "crm.example", grant.People, grant.Identifiers)
	use("elsewhere", false, "other.example", grant.People)
	d.by = "Bo"
	d.check(d.Revoke(t.Context(), "webhook:crm"))
	use("taken back", false, "crm.example", grant.People)
	d.check(d.Declare(t.Context(), crm(grant.People, grant.Identifiers)))
	use("set up again", false, "crm.example", grant.People)
	d.reopen()
	use("after a restart", false, "crm.example", grant.People)
	if g := d.All()[0]; g.By != "Ada" || g.RevokedBy != "Bo" || g.Uses != 1 {
		t.Errorf("kept: %+v", g)
	}
	again, err := d.Grant(t.Context(), grant.Grant{ID: "webhook:crm", Host: "evil.example", Purposes: service, Fields: []grant.Field{grant.Identifiers}, Until: d.now.Add(time.Hour)})
	d.check(err)
	if again.Host != "crm.example" || again.Covers(grant.Identifiers) || again.By != "Bo" || again.Uses != 1 {
		t.Errorf("granted again: %+v", again)
	}
	use("granted again", true, "crm.example", grant.People)
	d.now = d.now.Add(time.Hour)
	use("its time is over", false, "crm.example", grant.People)
	if diff := cmp.Diff([]string{"destination.granted webhook:crm"}, d.wrote); diff != "" {
		t.Errorf("written down: %s", diff)
	}
}

func TestWhatComesToBeToldMoreIsGrantedAnew(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), crm(grant.People)))
	_, err := d.Grant(t.Context(), grant.Grant{ID: "webhook:crm", Purposes: []aparte.Purpose{aparte.Marketing}, Channel: aparte.SMS})
	d.check(err)
	d.by, d.now = "Bo", d.now.Add(time.Hour)
	d.check(d.Declare(t.Context(), crm(grant.People))) // as it is: nothing is given
	if g := d.All()[0]; g.By != "Ada" {
		t.Errorf("the same is granted anew: %+v", g)
	}
	d.check(d.Declare(t.Context(), crm(grant.People, grant.Identifiers)))
	g := d.All()[0]
	want := grant.Grant{ID: "webhook:crm", Host: "crm.example", Purposes: []aparte.Purpose{aparte.Marketing}, Channel: aparte.SMS, Fields: []grant.Field{grant.People, grant.Identifiers}, By: "Bo", Since: d.now}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Error(diff)
	}
}

func TestEveryUseIsCountedThroughRestarts(t *testing.T) {
	d := open(t)
	d.check(d.Declare(t.Context(), grant.Grant{ID: "channel:email", Host: "smtp.example", Purposes: service, Fields: []grant.Field{grant.Address}}))
	if !d.Sends(aparte.Email) || d.Sends(aparte.SMS) {
		t.Error("which channels send")
	}
	for range 3 {
		d.Sent(aparte.Email)
	}
	d.check(d.Close())
	d.reopen()
	d.Sent(aparte.Email)
	if g := d.All()[0]; g.Uses != 4 || !g.Used.Equal(d.now) {
		t.Errorf("counted: %+v", g)
	}
	d.check(d.Forget(t.Context(), "channel:email"))
	if d.Sends(aparte.Email) || len(d.All()) != 0 {
		t.Error("a destination that is gone is still granted")
	}
}

func TestWhatIsNoGrantIsRefusedWhereItIsWrong(t *testing.T) {
	d := open(t)
	sound := grant.Grant{ID: "file:bi", Host: "the analysts", Purposes: service, Fields: []grant.Field{grant.People}}
	for pointer, change := range map[string]func(g *grant.Grant){
		"/id":         func(g *grant.Grant) { g.ID = "file:" },
		"/host":       func(g *grant.Grant) { g.Host = "" },
		"/purposes":   func(g *grant.Grant) { g.Purposes = nil },
		"/purposes/1": func(g *grant.Grant) { g.Purposes = []aparte.Purpose{aparte.Service, aparte.Service} },
		"/purposes/0": func(g *grant.Grant) { g.Purposes = []aparte.Purpose{"fun"} },
		"/fields":     func(g *grant.Grant) { g.Fields = nil },
		"/fields/0":   func(g *grant.Grant) { g.Fields = []grant.Field{grant.Address} },
		"/until":      func(g *grant.Grant) { g.Until = d.now },
		"/channel":    func(g *grant.Grant) { g.Channel = "pigeon" },
	} {
		g := sound
		change(&g)
		var flaw *grant.Flaw
		if _, err := d.Grant(t.Context(), g); !errors.As(err, &flaw) || flaw.Pointer != pointer {
			t.Errorf("%s: %v", pointer, err)
		}
	}
	if _, err := d.Grant(t.Context(), grant.Grant{ID: "webhook:none", Purposes: service}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is not set up: %v", err)
	}
	if _, err := d.Grant(t.Context(), sound); err != nil {
		t.Error(err)
	}
}
