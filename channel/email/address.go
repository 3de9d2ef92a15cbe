package email

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
)

// The reasons never repeat the address: it is personal data.
var (
	errNoAddress = errors.New("not an e-mail address")
	errNoMailbox = errors.New("neither an e-mail address nor a name in quotes with an address in angle brackets")
	errUnicode   = errors.New("address is not ASCII: its domain must be in punycode, its local part cannot be sent")
)

// maxName bounds a speaker's name, in bytes.
const maxName = 200

// parseMailbox reads `Name <address>` or a bare address.
func parseMailbox(s string) (*mail.Address, error) {
	address, err := mail.ParseAddress(s)
	if err != nil {
		return nil, errNoMailbox
	}
	if len(address.Name) > maxName {
		return nil, fmt.Errorf("name is over %d bytes", maxName)
	}
	if strings.ContainsAny(address.Name, "\r\n\x00") {
		return nil, errors.New("name holds a line break")
	}
	return address, checkAddress(address.Address)
}

// checkAddress accepts the addresses that can stand in an SMTP command as they are: a dot-atom (RFC
// 5322 section 3.2.3), "@" and a domain of letters, digits and hyphens, within the sizes of RFC 5321
// section 4.5.3.1. Quoted local parts, which hardly anybody has, are refused: they are where commands
// are smuggled in.
func checkAddress(s string) error {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return errUnicode
		}
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > 254 || len(local) > 64 || !isDotAtom(local) {
		return errNoAddress
	}
	return checkDomain(domain)
}

func checkDomain(s string) error {
	if len(s) > 253 {
		return errNoAddress
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return errNoAddress
		}
		for i := range len(label) {
			if !isAlphanumeric(label[i]) && label[i] != '-' {
				return errNoAddress
			}
		}
	}
	return nil
}

func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !isAlphanumeric(atom[i]) && !strings.Contains("!#$%&'*+-/=?^_`{|}~", atom[i:i+1]) {
				return false
			}
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
