package profile

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/aparte-dev/aparte"
)

// Normalize puts an identifier in its normal form, or says why it is none. Values that are equal in it
// name the same person.
//
// An e-mail address is in lower case throughout with its domain in ASCII (IDNA); dots and +tags stay, as
// they may name another mailbox. A phone number is E.164; region (ISO 3166-1 alpha-2) is where one
// without a country code is dialled, and without a region it is none. The token of a device is as the device has it: of
// hexadecimal digits in lower case; what a browser subscribes with, which it tells as JSON, is its endpoint, "#", its public key,
// "." and its secret. Other identifiers are as they are. All are trimmed and of up to 256 bytes, tokens of up to 1024, without
// control characters. Errors do not repeat the value.
func Normalize(kind aparte.IdentifierKind, value, region string) (aparte.Identifier, error) {
	value = strings.TrimSpace(value)
	var err error
	most := maxIdentifier
	if kind == aparte.KindDeviceToken {
		if most = maxToken; len(value) <= maxToldToken {
			value, err = token(value)
		}
	}
	if err == nil {
		err = plain(value, most)
	}
	if err != nil {
		return aparte.Identifier{}, fmt.Errorf("%s %w", kind, err)
	}
	switch kind {
	case aparte.KindEmail:
		value, err = email(value)
	case aparte.KindPhone:
		value, err = phone(value, region)
	case aparte.KindUserID, aparte.KindAnonymousID, aparte.KindDeviceToken:
		if placeholder(value) {
			err = errors.New("is a placeholder, not an identifier")
		}
	default:
		err = errors.New("is not a kind of identifier")
	}
	if err != nil {
		return aparte.Identifier{}, fmt.Errorf("%s %w", kind, err)
	}
	return aparte.Identifier{Kind: kind, Value: value}, nil
}

// plain says what keeps value from being any identifier of at most so many bytes.
func plain(value string, most int) error {
	switch {
	case value == "":
		return errors.New("is empty")
	case len(value) > most:
		return fmt.Errorf("is longer than %d bytes", most)
	case !utf8.ValidString(value):
		return errors.New("is not UTF-8")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("has control characters")
	}
	return nil
}

// placeholder reports whether value is what programs write where they have no id: it would make
// strangers one person.
func placeholder(value string) bool {
	if len(value) > 36 {
		return false
	}
	switch strings.ToLower(value) {
	case "null", "(null)", "<null>", "nil", "none", "undefined", "nan", "true", "false", "[object object]", "n/a", "na", "-",
		"00000000-0000-0000-0000-000000000000":
		return true
	}
	return false
}

// email is the normal form of an address.
func email(value string) (string, error) {
	at := strings.LastIndexByte(value, '@')
	if at < 1 || at > 64 {
		return "", errors.New("has no mailbox before its @")
	}
	local, domain := strings.ToLower(norm.NFC.String(value[:at])), value[at+1:]
	if strings.ContainsFunc(local, notInMailbox) || local[0] == '.' || local[len(local)-1] == '.' {
		return "", errors.New("has characters that no mailbox has")
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return "", errors.New("has no valid domain")
	}
	if _, err := netip.ParseAddr(domain); err == nil || !strings.Contains(domain, ".") || len(local)+1+len(domain) > 254 {
		return "", errors.New("has no valid domain")
	}
	return local + "@" + domain, nil
}

func notInMailbox(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`()<>[]:;@\,"`, r)
}

// phone is the E.164 form of a number.
func phone(value, region string) (string, error) {
	if len(value) > 40 {
		return "", errors.New("is longer than a number")
	}
	number, err := phonenumbers.Parse(value, strings.ToUpper(region))
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", errors.New("is not a number that can be called")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}
