package history_test

import (
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/persona"
	"github.com/aparte-dev/aparte/profile"
)

// The slice is of one kind: who came back to a shop for presents. Types that are found in one half of them are not in the other.
func TestShoppersWhoCameBackAreOfOneType(t *testing.T) {
	h := open(t)
	people := map[string]aparte.Person{}
	for e := range h.Events(noon) {
		people[e.UserID] = profile.Apply(people[e.UserID], &e, nil, nil, "GBP")
	}
	c := persona.NewCrowd(1)
	for _, who := range h.People() {
		p := people[who.UserID]
		c.Add(&p, noon)
	}
	types, err := persona.Find(t.Context(), c, nil, noon, 1, func(_ aparte.AffinityKind, key, _ string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d people, strengths %.2f", types.Seen, types.Strengths)
	if len(types.Found) != 1 {
		t.Errorf("%d types", len(types.Found))
	}
}
