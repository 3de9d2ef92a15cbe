package engine

import (
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/aparte-dev/aparte"
)

// The addresses to which mail about a message comes back are signed names of its decision: opaque, of no use to whoever wants
// to invent one, and in letters of one case, as some servers fold them. A local part has at most 64 of them (RFC 5321 section
// 4.5.3.1.1): the signature is two bytes shorter than that of a link, and there is no time.
//
//	"m-" base32(version kind person[16] seq(uvarint) mac[10])

const (
	returnPrefix = "m-"
	returnMAC    = 10
	maxReturn    = 64
)

var returnLetters = base32.HexEncoding.WithPadding(base32.NoPadding)

// returnAddress is where mail about a decision's message comes back to; empty where no domain was given for it.
func (e *Engine) returnAddress(id aparte.DecisionID) string {
	if e.mailDomain == "" {
		return ""
	}
	b := make([]byte, 0, 48)
	b = append(b, tokenVersion, byte(tokenReturn))
	b = append(b, id.Person[:]...)
	b = binary.AppendUvarint(b, id.Seq)
	b = e.sign(b, b)
	b = b[:len(b)-(tokenMAC-returnMAC)]
	return returnPrefix + strings.ToLower(returnLetters.EncodeToString(b)) + "@" + e.mailDomain
}

// MessageOf is the key of the message for which the local part of an address was made, and whether it was made here.
func (e *Engine) MessageOf(local string) (key string, ok bool) {
	if len(local) > maxReturn {
		return "", false
	}
	encoded, ok := strings.CutPrefix(strings.ToLower(local), returnPrefix)
	if !ok {
		return "", false
	}
	b, err := returnLetters.DecodeString(strings.ToUpper(encoded))
	var id aparte.DecisionID
	if err != nil || len(b) < 2+len(id.Person)+1+returnMAC {
		return "", false
	}
	body, mac := b[:len(b)-returnMAC], b[len(b)-returnMAC:]
	if !e.signed(tokenReturn, body, mac) || body[0] != tokenVersion || body[1] != byte(tokenReturn) {
		return "", false
	}
	rest := body[2+copy(id.Person[:], body[2:]):]
	seq, n := binary.Uvarint(rest)
	if n != len(rest) {
		return "", false
	}
	id.Seq = seq
	return id.String(), true
}
