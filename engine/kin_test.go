package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestIdentityTellsByWhichIdentifierEachRecordCame(t *testing.T) {
	h := open(t)
	h.accept(order("ada", "lamp", "o1", 25))
	h.accept(event("Product Viewed", "", "phone", nil))
	h.accept(event("Product Viewed", "", "laptop", nil))
	h.accept(identify("", "laptop", map[string]any{"email": "ada@example.com"}))
	h.accept(identify("ada", "phone", nil))
	h.accept(identify("ada", "", map[string]any{"email": "ada@example.com"}))
	ada := h.who(aparte.KindUserID, "ada")
	who, err := h.Identity(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	phone, laptop := aparte.Identifier{Kind: aparte.KindAnonymousID, Value: "phone"}, aparte.Identifier{Kind: aparte.KindAnonymousID, Value: "laptop"}
	mail, user := aparte.Identifier{Kind: aparte.KindEmail, Value: "ada@example.com"}, aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"}
	type told struct {
		By    aparte.Identifier
		Into  aparte.PersonID
		Names []aparte.Identifier
	}
	var got []told
	for _, r := range who.Records {
		got = append(got, told{r.By, r.Into, r.Names})
	}
	want := []told{{phone, ada.ID, []aparte.Identifier{phone}}, {mail, ada.ID, []aparte.Identifier{laptop, mail}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]aparte.Identifier{user}, who.Names); diff != "" {
		t.Errorf("names of their own (-want +got):\n%s", diff)
	}
}
