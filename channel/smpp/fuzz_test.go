package smpp

import (
	"bytes"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func FuzzPDU(f *testing.F) {
	f.Add((&pdu{command: enquireLink, sequence: 1}).bytes())
	f.Add((&pdu{command: deliverSM, sequence: 2, body: []byte("body")}).bytes())
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPDU(bytes.NewReader(b))
		if err != nil {
			return
		}
		again := p.bytes()
		if diff := cmp.Diff(b[:len(again)], again); diff != "" {
			t.Errorf("what was read is written otherwise:\n%s", diff)
		}
	})
}

func FuzzDelivery(f *testing.F) {
	whole := []byte("\x00\x01\x0133612345678\x00\x03\x0036180\x00\x40\x00\x00\x00\x00\x00\x00\x00\x00\x0a\x05\x00\x03\x07\x02\x01Voil")
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), 0x04, 0x27, 0, 1, 2, 0x00, 0x1e, 0, 2, 'A', 0))
	f.Add([]byte("\x00\x01\x01336\x00\x03\x00361\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x00\x04\x24\x00\x04\xd8\x3d\xde\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := readDelivery(b)
		if err != nil {
			return
		}
		if !utf8.ValidString(d.text) || d.parts < 0 || d.parts > maxDelivered || d.part > d.parts || len(d.from) >= maxAddressDigits {
			t.Errorf("delivery %+v", d)
		}
		var texts joined
		if text, of, ok := texts.add(&d, time.Time{}); ok != (d.parts < 2) || ok && text != d.text || (of == nil) != (d.parts == 0) {
			t.Errorf("joined %q, %v from %+v", text, ok, d)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	f.Add("id:0A1 sub:001 dlvrd:001 submit date:2611271200 done date:2611271201 stat:DELIVRD err:000 text:stat:UNDELIV")
	f.Add("ID:7 STAT:undeliv ERR:1")
	f.Fuzz(func(t *testing.T, text string) {
		s := settings{Config: Config{Now: time.Now}}
		r, ok := s.report(&delivery{from: "33612345678", text: text})
		if ok && (!isReference(r.Reference) || r.Fate == "") {
			t.Errorf("report %+v", r)
		}
	})
}

func TestTextsInTooManyPartsAreForgottenOldestFirst(t *testing.T) {
	var texts joined
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	part := func(whole uint16, part int) *delivery {
		return &delivery{from: "33612345678", whole: whole, parts: 2, part: part, text: string(rune('a' + part))}
	}
	for i := range uint16(mostJoinings + 1) {
		texts.add(part(i, 1), now)
	}
	if _, _, ok := texts.add(part(0, 2), now); ok {
		t.Error("the first was remembered")
	}
	if text, _, ok := texts.add(part(mostJoinings, 2), now); !ok || text != "bc" {
		t.Errorf("the last became %q", text)
	}
	if _, _, ok := texts.add(part(mostJoinings-1, 2), now.Add(joinWithin+time.Second)); ok {
		t.Error("a part was waited for too long")
	}
}
