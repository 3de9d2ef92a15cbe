package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func TestIdentityTellsWhatAPersonIsMadeOfAndWhy(t *testing.T) {
	h, f := testDoors(t)
	ada, phone, guest := aparte.PersonID{1}, aparte.PersonID{2}, aparte.PersonID{3}
	f.people[ada] = aparte.Person{ID: ada}
	device := aparte.Identifier{Kind: aparte.KindAnonymousID, Value: "phone"}
	f.identity = engine.Identity{
		Person: ada, Names: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ada"}},
		Records: []engine.Record{{ID: phone, At: noon, Into: ada, By: device, FirstSeen: noon, Entries: 3, Names: []aparte.Identifier{device}}},
		Apart:   []engine.Apart{{A: ada, B: guest, Since: noon}},
	}
	got := decoded[identityDocument](t, call(h, "GET", "/v1/admin/people/"+ada.String()+"/identity", "sk", ""))
	name := identifierDocument{aparte.KindAnonymousID, "phone"}
	want := identityDocument{
		ID: ada.String(), Identifiers: []identifierDocument{{aparte.KindUserID, "ada"}},
		Records: []recordDocument{{ID: phone.String(), MergedAt: noon, Into: ada.String(), By: &name, FirstSeen: noon, Entries: 3, Identifiers: []identifierDocument{name}}},
		Apart:   []apartDocument{{[2]string{ada.String(), guest.String()}, noon}},
		Devices: []string{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPeopleAreMergedAndTakenApartByTheirIDs(t *testing.T) {
	h, f := testDoors(t)
	ada, phone := aparte.PersonID{1}, aparte.PersonID{2}
	f.people[ada], f.identity.Person = aparte.Person{ID: ada}, ada
	for _, verb := range []string{"merge", "unmerge"} {
		path := "/v1/admin/people/" + ada.String() + "/" + verb
		f.pair, f.err = [2]aparte.PersonID{}, nil
		if w := call(h, "POST", path, "sk", `{"person":"`+phone.String()+`"}`); w.Code != http.StatusOK || f.pair != [2]aparte.PersonID{ada, phone} {
			t.Errorf("%s: answered %d %s for %v", verb, w.Code, w.Body, f.pair)
		}
		for body, field := range map[string]string{`{"person":"ann"}`: `"person"`, `{}`: `"person"`, `{"who":1}`: `"/who"`, `{`: `""`} {
			if w := call(h, "POST", path, "sk", body); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"field":`+field) {
				t.Errorf("%s %s: answered %d %s", verb, body, w.Code, w.Body)
			}
		}
	}
	for err, status := range map[error]int{engine.ErrNotMerged: http.StatusConflict, &engine.TooLong{Entries: 60_000}: http.StatusConflict, engine.ErrBusy: http.StatusTooManyRequests, errors.New("disk"): http.StatusServiceUnavailable} {
		f.err = err
		if w := call(h, "POST", "/v1/admin/people/"+ada.String()+"/unmerge", "sk", `{"person":"`+phone.String()+`"}`); w.Code != status {
			t.Errorf("%v: answered %d, want %d", err, w.Code, status)
		}
	}
}

func TestASharedIdentifierIsToldAndReleased(t *testing.T) {
	h, f := testDoors(t)
	ada := aparte.PersonID{1}
	f.shared = []engine.Shared{{Key: "00ff", Kind: aparte.KindEmail, Person: ada, Since: noon, Because: engine.ManyRecords}}
	got := decoded[whoIsWhoDocument](t, call(h, "GET", "/v1/admin/identity", "sk", ""))
	want := whoIsWhoDocument{Shared: []sharedDocument{{"00ff", aparte.KindEmail, ada.String(), noon, engine.ManyRecords}}, Apart: []apartDocument{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = decoded[whoIsWhoDocument](t, call(h, "DELETE", "/v1/admin/identity/shared/00ff", "sk", ""))
	if len(got.Shared) != 0 {
		t.Errorf("still set aside: %v", got.Shared)
	}
	if w := call(h, "DELETE", "/v1/admin/identity/shared/00ff", "sk", ""); w.Code != http.StatusNotFound {
		t.Errorf("released twice: %d", w.Code)
	}
}
