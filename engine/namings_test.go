package engine

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Where namings say that a name is as it was, it is: against a list of every change there was.
func TestANameThatChangedIsNeverCalledUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n namings
		type change struct {
			key  store.Key
			time uint64
		}
		var changes []change
		newKey := func(i int) store.Key { return store.Key{byte(i), byte(i >> 8), 1} }
		keys := rapid.IntRange(0, 5)
		t.Repeat(map[string]func(*rapid.T){
			"names change": func(t *rapid.T) {
				names := map[store.Key]aparte.PersonID{}
				for range rapid.IntRange(0, 3).Draw(t, "names") {
					names[newKey(keys.Draw(t, "key"))] = aparte.PersonID{1}
				}
				n.changed(names)
				for k := range names {
					changes = append(changes, change{k, n.now()})
				}
			},
			"very many change": func(t *rapid.T) {
				names := map[store.Key]aparte.PersonID{}
				for i := range rapid.IntRange(rememberedNamings/2, rememberedNamings).Draw(t, "names") {
					names[newKey(1000+i)] = aparte.PersonID{1}
				}
				n.changed(names)
			},
			"a commit fails": func(t *rapid.T) {
				n.forget()
				for i := range 6 { // nobody knows whether they changed
					changes = append(changes, change{newKey(i), n.now()})
				}
			},
			"": func(t *rapid.T) {
				k := newKey(keys.Draw(t, "key"))
				since := rapid.Uint64Range(0, n.now()).Draw(t, "since")
				if !n.unchanged(k, since) {
					return
				}
				for _, c := range changes {
					if c.key == k && c.time > since {
						t.Fatalf("key %x is called unchanged since %d, it changed at %d", k[0], since, c.time)
					}
				}
			},
		})
		if !n.unchanged(newKey(999), n.now()) {
			t.Fatal("even what was read just now is said to have changed")
		}
	})
}
