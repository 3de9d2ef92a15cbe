package aparte

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// PersonID names one person for good. It is opaque: it carries no personal data and cannot be guessed
// from an identifier. The zero value is nobody.
//
// The first eight bytes place the person in a part and equal those of the key of the identifier that
// introduced them, so that a person is born in the part of their first identifier.
type PersonID [16]byte

// IsZero reports whether id names nobody.
func (id PersonID) IsZero() bool { return id == PersonID{} }

// String is the id as doors and logs show it: "p_" and 32 hexadecimal digits.
func (id PersonID) String() string { return "p_" + hex.EncodeToString(id[:]) }

// ParsePersonID reads what String wrote.
func ParsePersonID(s string) (PersonID, error) {
	var id PersonID
	digits, ok := strings.CutPrefix(s, "p_")
	if !ok || len(digits) != 2*len(id) {
		return id, fmt.Errorf("person id must be p_ and %d hexadecimal digits", 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return PersonID{}, errors.New("person id: not hexadecimal")
	}
	return id, nil
}

// IdentifierKind says what sort of name an Identifier is.
type IdentifierKind string

// The kinds of identifier, strongest first: a userId is one person by definition, an anonymousId is a
// device that several people may share.
const (
	KindUserID      IdentifierKind = "userId"
	KindEmail       IdentifierKind = "email"
	KindPhone       IdentifierKind = "phone"
	KindDeviceToken IdentifierKind = "deviceToken"
	KindAnonymousID IdentifierKind = "anonymousId"
)

// Identifier is a name by which a person is known somewhere. Value is in its normal form: see
// profile.Normalize.
type Identifier struct {
	Kind  IdentifierKind
	Value string
}

// Reached reports whether messages on a channel go to the identifier. A device says by its token how it is reached: what
// browsers subscribe with begins with an address (RFC 8030), what phones are registered by never does.
func (i Identifier) Reached(on Channel) bool {
	switch on {
	case SMS:
		return i.Kind == KindPhone
	case MobilePush, WebPush:
		return i.Kind == KindDeviceToken && strings.HasPrefix(i.Value, "https://") == (on == WebPush)
	}
	return i.Kind == KindEmail
}

// String is kind:value, the form in which the admin door takes an identifier. It is personal data:
// never log it.
func (i Identifier) String() string { return string(i.Kind) + ":" + i.Value }
