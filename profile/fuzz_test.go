package profile

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/aparte-dev/aparte"
)

// FuzzDecode: whatever the bytes, no panic; what is read is written in a form that is read as the same
// person and written as the same bytes.
func FuzzDecode(f *testing.F) {
	for _, p := range []aparte.Person{{}, remarkable()} {
		f.Add(Encode(nil, &p))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		written := Encode(nil, &p)
		again, err := Decode(written)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !bytes.Equal(Encode(nil, &again), written) {
			t.Fatal("what was read is not written as the same bytes")
		}
	})
}

// FuzzApply: whatever an event says, no panic, the record's bounds hold, and the person is read back
// as they are.
func FuzzApply(f *testing.F) {
	for _, name := range []string{"", productViewed, orderCompleted, orderRefunded, cartViewed, aparte.EventClicked, aparte.EventUnsubscribed} {
		f.Add(name, []byte(orderOf(2)), []byte(browser))
	}
	f.Add("", []byte(`{"email": "a@example.com", "address": {"city": null}, "consents": [{"purpose": "marketing", "granted": true}]}`), []byte(`{"traits": {"a": [1]}}`))
	f.Add(productAdded, []byte(`{"product_id": "sku-1", "price": "1e2", "quantity": 2}`), []byte(`{"consent": {"categoryPreferences": {"marketing": true}}}`))
	items := newShop()
	before, _ := shopper(1)
	f.Fuzz(func(t *testing.T, name string, body, context []byte) {
		e := &aparte.Event{Type: aparte.Track, Name: name, UserID: name, Timestamp: noon, Properties: json.RawMessage(body), Context: json.RawMessage(context)}
		if name == "" {
			e.Type, e.Properties, e.Traits = aparte.Identify, nil, json.RawMessage(body)
		}
		for _, p := range []aparte.Person{{}, before} {
			p = Apply(p, e, Identifiers(e), items, "EUR")
			b := Encode(nil, &p)
			if len(b) > MaxRecord {
				t.Fatalf("record of %d bytes", len(b))
			}
			read, err := Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(Encode(nil, &read), b) {
				t.Fatalf("not read back as it was: %s", diff(p, read, exact))
			}
		}
	})
}

// FuzzNormalize: a normal form is its own normal form.
func FuzzNormalize(f *testing.F) {
	f.Add("email", "Ann@Bücher.example", "")
	f.Add("phone", "06 12 34 56 78", "FR")
	f.Add("userId", " u-1 ", "")
	f.Fuzz(func(t *testing.T, kind, value, region string) {
		id, err := Normalize(aparte.IdentifierKind(kind), value, region)
		if err != nil {
			return
		}
		again, err := Normalize(id.Kind, id.Value, region)
		if err != nil || again != id {
			t.Fatalf("%q becomes %q, then %q, %v", value, id.Value, again.Value, err)
		}
	})
}
