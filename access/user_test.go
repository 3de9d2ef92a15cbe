package access_test

import (
	"testing"

	"github.com/aparte-dev/aparte/access"
)

func TestEachRoleMayWhatThoseBeforeItMay(t *testing.T) {
	want := map[access.Role]map[access.Right]bool{
		access.Reader:        {access.See: true},
		access.Marketer:      {access.See: true, access.Change: true},
		access.Administrator: {access.See: true, access.Change: true, access.Personal: true, access.Administer: true},
		"":                   {},
		"emperor":            {},
	}
	for role, rights := range want {
		for _, r := range []access.Right{access.See, access.Change, access.Personal, access.Administer, "fly"} {
			if got := (access.User{Role: role}).May(r); got != rights[r] {
				t.Errorf("%q may %s: %t", role, r, got)
			}
		}
	}
}

func TestARequestKnowsWhoseItIs(t *testing.T) {
	if _, ok := access.UserOf(t.Context()); ok {
		t.Error("somebody is known whom nobody named")
	}
	u := access.User{ID: "u1", Name: "Zoé", Role: access.Marketer}
	if got, ok := access.UserOf(access.WithUser(t.Context(), u)); !ok || got != u {
		t.Errorf("got %v, %t", got, ok)
	}
}
