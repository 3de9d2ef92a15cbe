package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// The body of a letter: a version byte, then in protobuf wire format
//
//	message Letter {
//	  string kind = 1;  bytes key = 2;  bytes lead = 3;  bytes person = 4;  bytes loser = 5;  bytes claims = 6;   // 16 bytes each
//	  string user_id = 7;  bytes state = 8;  bool strength = 9;  bool forced = 10;
//	  bytes from = 11;  bytes apart = 12;                                                                        // 16 bytes a person
//	  repeated Entry { bytes person = 1; uint64 seq = 2; sint64 at = 3; uint64 kind = 4; bytes key = 5; bytes body = 6; } entry = 13;
//	  repeated Identifier { string kind = 1; string value = 2; } identifier = 14;
//	  bytes latest = 15;                                                                                         // 16 bytes
//	}
//
// Fields that are empty or zero are left out; unknown ones are skipped. Those of the first days are JSON, and begin with a brace.
const letterVersion = 1

func (l *letter) encode() []byte {
	b := make([]byte, 1, 192+len(l.State))
	b[0] = letterVersion
	b = appendText(b, 1, string(l.Kind))
	for i, id := range [...][16]byte{l.Key, l.Lead, l.Person, l.Loser, l.Claims} {
		if id != ([16]byte{}) {
			b = appendBytes(b, protowire.Number(2+i), id[:])
		}
	}
	b = appendText(b, 7, l.UserID)
	b = appendBytes(b, 8, l.State)
	for i, flag := range [...]bool{l.Strength, l.Forced} {
		if flag {
			b = appendNumber(b, protowire.Number(9+i), 1)
		}
	}
	b = appendBytes(b, 11, joined(l.From))
	b = appendBytes(b, 12, joined(l.Apart))
	for i := range l.Entries {
		e := &l.Entries[i]
		var in []byte
		in = appendBytes(in, 1, e.Person[:])
		in = appendNumber(in, 2, e.Seq)
		in = appendNumber(in, 3, protowire.EncodeZigZag(e.At.UnixMicro()))
		in = appendNumber(in, 4, uint64(e.Kind))
		in = appendBytes(in, 5, e.Key[:])
		b = appendBytes(b, 13, appendBytes(in, 6, e.Body))
	}
	for _, id := range l.Identifiers {
		b = protowire.AppendTag(b, 14, protowire.BytesType)
		b = protowire.AppendBytes(b, appendText(appendText(nil, 1, string(id.Kind)), 2, id.Value))
	}
	if !l.Latest.IsZero() {
		b = appendBytes(b, 15, l.Latest[:])
	}
	return b
}

func appendBytes(dst []byte, n protowire.Number, v []byte) []byte {
	if len(v) == 0 {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, n, protowire.BytesType), v)
}

func appendNumber(dst []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, n, protowire.VarintType), v)
}

func joined(people []aparte.PersonID) []byte {
	b := make([]byte, 0, len(people)*len(aparte.PersonID{}))
	for _, id := range people {
		b = append(b, id[:]...)
	}
	return b
}

// decodeLetter reads what encode wrote. The letter keeps parts of b.
func decodeLetter(b []byte) (letter, error) {
	var l letter
	switch {
	case len(b) > 0 && b[0] == '{':
		if err := json.Unmarshal(b, &l); err != nil {
			return l, fmt.Errorf("letter: %w", err)
		}
		return l, nil
	case len(b) == 0 || b[0] != letterVersion:
		return l, errors.New("letter: unknown version")
	}
	err := eachField(b[1:], func(n protowire.Number, number uint64, v []byte) error {
		var err error
		switch n {
		case 1:
			l.Kind = letterKind(v)
		case 2, 3, 4, 5, 6:
			err = fill([...][]byte{l.Key[:], l.Lead[:], l.Person[:], l.Loser[:], l.Claims[:]}[n-2], v)
		case 7:
			l.UserID = string(v)
		case 8:
			l.State = v
		case 9:
			l.Strength = number != 0
		case 10:
			l.Forced = number != 0
		case 11:
			l.From, err = parted(v)
		case 12:
			l.Apart, err = parted(v)
		case 13:
			var e store.Entry
			e, err = decodeSent(v)
			l.Entries = append(l.Entries, e)
		case 14:
			var id aparte.Identifier
			err = eachField(v, func(n protowire.Number, _ uint64, v []byte) error {
				switch n {
				case 1:
					id.Kind = aparte.IdentifierKind(v)
				case 2:
					id.Value = string(v)
				}
				return nil
			})
			l.Identifiers = append(l.Identifiers, id)
		case 15:
			err = fill(l.Latest[:], v)
		}
		return err
	})
	if err != nil {
		return l, fmt.Errorf("letter: %w", err)
	}
	return l, nil
}

// decodeSent reads an entry that a letter brings.
func decodeSent(b []byte) (store.Entry, error) {
	var e store.Entry
	err := eachField(b, func(n protowire.Number, number uint64, v []byte) error {
		switch n {
		case 1:
			return fill(e.Person[:], v)
		case 2:
			e.Seq = number
		case 3:
			e.At = time.UnixMicro(protowire.DecodeZigZag(number)).UTC()
		case 4:
			e.Kind = store.EntryKind(number)
		case 5:
			return fill(e.Key[:], v)
		case 6:
			e.Body = v
		}
		return nil
	})
	return e, err
}

// eachField hands over each field of a message: its number, and its value as a number or as bytes.
func eachField(b []byte, take func(n protowire.Number, number uint64, v []byte) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var number uint64
		var v []byte
		switch kind {
		case protowire.BytesType:
			v, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(b)
		default:
			if size = protowire.ConsumeFieldValue(n, kind, b); size >= 0 {
				b = b[size:]
				continue
			}
		}
		if size < 0 {
			return fmt.Errorf("field %d: %w", n, protowire.ParseError(size))
		}
		if err := take(n, number, v); err != nil {
			return fmt.Errorf("field %d: %w", n, err)
		}
		b = b[size:]
	}
	return nil
}

// fill copies a value of a fixed length.
func fill(dst, v []byte) error {
	if len(v) != len(dst) {
		return fmt.Errorf("%d bytes, want %d", len(v), len(dst))
	}
	copy(dst, v)
	return nil
}

func parted(b []byte) ([]aparte.PersonID, error) {
	const size = len(aparte.PersonID{})
	if len(b)%size != 0 {
		return nil, fmt.Errorf("%d bytes of people", len(b))
	}
	var people []aparte.PersonID
	for ; len(b) > 0; b = b[size:] {
		people = append(people, aparte.PersonID(b[:size]))
	}
	return people, nil
}
