package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func drawLetter(t *rapid.T) letter {
	id := rapid.Custom(func(t *rapid.T) (id [16]byte) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "id"))
		return id
	})
	person := rapid.Map(id, func(b [16]byte) aparte.PersonID { return b })
	bytes := rapid.SliceOfN(rapid.Byte(), 0, 40)
	return letter{
		Kind: rapid.SampledFrom([]letterKind{linkLetter, mergeLetter, yieldLetter, absorbLetter, restoreLetter}).Draw(t, "kind"),
		Key:  id.Draw(t, "key"), Lead: id.Draw(t, "lead"), Person: person.Draw(t, "person"), Loser: person.Draw(t, "loser"), Claims: person.Draw(t, "claims"),
		Strength: rapid.Bool().Draw(t, "strength"), Forced: rapid.Bool().Draw(t, "forced"),
		UserID: rapid.String().Draw(t, "user"), State: bytes.Draw(t, "state"),
		From: rapid.SliceOfN(person, 0, 3).Draw(t, "from"), Apart: rapid.SliceOfN(person, 0, 3).Draw(t, "apart"),
		Entries: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.Entry {
			return store.Entry{
				Person: person.Draw(t, "of"), Seq: rapid.Uint64().Draw(t, "seq"), At: time.UnixMicro(rapid.Int64Range(-1e15, 1e16).Draw(t, "at")).UTC(),
				Kind: store.EntryKind(rapid.Byte().Draw(t, "kind")), Key: id.Draw(t, "key"), Body: bytes.Draw(t, "body"),
			}
		}), 0, 3).Draw(t, "entries"),
		Identifiers: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aparte.Identifier {
			return aparte.Identifier{Kind: aparte.IdentifierKind(rapid.String().Draw(t, "kind")), Value: rapid.String().Draw(t, "value")}
		}), 0, 3).Draw(t, "identifiers"),
	}
}

func TestALetterIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawLetter(t)
		got, err := decodeLetter(want.encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

// A store may hold letters that were not delivered when the version before was stopped.
func TestALetterOfTheFirstDaysIsStillRead(t *testing.T) {
	want := letter{Kind: linkLetter, Key: store.Key{1, 2}, Person: aparte.PersonID{3}, From: []aparte.PersonID{{4}}, Strength: true}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeLetter(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func FuzzLetter(f *testing.F) {
	l := letter{Kind: absorbLetter, Key: store.Key{1}, State: []byte("state"), From: []aparte.PersonID{{4}}, Entries: []store.Entry{{Seq: 1, Body: []byte("b")}}}
	f.Add(l.encode())
	f.Add([]byte(`{"kind":"link"}`))
	f.Add([]byte{letterVersion, 0x12, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decodeLetter(b)
		if err != nil {
			return
		}
		again, err := decodeLetter(l.encode())
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 0 && b[0] == letterVersion {
			if diff := cmp.Diff(l, again, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-read +read again):\n%s", diff)
			}
		}
	})
}

func TestANoticeIsReadAsItWasWritten(t *testing.T) {
	n := aparte.Notice{To: "crm", Kind: aparte.OrderCompleted, Person: aparte.PersonID{1, 15: 2}, Seq: 1 << 40, At: time.UnixMicro(-5).UTC()}
	got, err := decodeNotice(encodeNotice(&n))
	if err != nil || got != n || !isNotice(encodeNotice(&n)) {
		t.Errorf("read %+v (%v), want %+v", got, err, n)
	}
	if l := (letter{Kind: linkLetter}); isNotice(l.encode()) || isNotice([]byte("{}")) {
		t.Error("a letter is taken for a notice")
	}
}

func FuzzNotice(f *testing.F) {
	f.Add(encodeNotice(&aparte.Notice{To: "crm", Kind: aparte.OrderCompleted, Seq: 3}))
	f.Fuzz(func(t *testing.T, body []byte) {
		if !isNotice(body) {
			return
		}
		n, err := decodeNotice(body)
		if err != nil {
			return
		}
		if again, err := decodeNotice(encodeNotice(&n)); err != nil || again != n {
			t.Errorf("%+v became %+v (%v)", n, again, err)
		}
	})
}
