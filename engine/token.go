package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"time"

	"github.com/aparte-dev/aparte"
)

// tokenKind says which door a token opens, so that one for a picture cannot unsubscribe anybody.
type tokenKind byte

const (
	tokenSlot        tokenKind = 1  // /x and /c: a decision, or the slot of the message it sent
	tokenUnsubscribe tokenKind = 2  // /u
	tokenMessage     tokenKind = 3  // /c: the message itself, whatever its slot shows
	tokenAnswer      tokenKind = 4  // /a: what a decision asked
	tokenText        tokenKind = 10 // /c: what a text said
	tokenReturn      tokenKind = 9  // an address that mail comes back to (returnpath.go)
	tokenPicture     tokenKind = 5  // /x: the picture of a decision as it was taken, which nobody sees by fetching it
	tokenShare       tokenKind = 11 // /r: by which friends of who was told come
	tokenChoices     tokenKind = 12 // /me: what a person may choose, and nothing of what is known of them
	tokenWhole       tokenKind = 13 // /me: everything, for an hour
)

const (
	tokenVersion = 1
	tokenMAC     = 12 // bytes of HMAC-SHA-256 kept: 96 bits cannot be guessed over a network
	tokenMax     = 128
)

// token is a signed name of a decision that can stand in a mail or a page: it carries opaque ids and a
// time, nothing personal, and cannot be made up. The first byte names the key, for rotation.
//
//	version kind person[16] seq(uvarint) at(uvarint, seconds) mac[12]
func (e *Engine) token(kind tokenKind, id aparte.DecisionID, at time.Time) string {
	b := make([]byte, 0, 128)
	b = append(b, tokenVersion, byte(kind))
	b = append(b, id.Person[:]...)
	b = binary.AppendUvarint(b, id.Seq)
	b = binary.AppendUvarint(b, uint64(at.Unix()))
	return base64.RawURLEncoding.EncodeToString(e.sign(b, b))
}

// Links are what signs the tokens in links, kept apart from the store's secret: that stands in the store, and with it in every backup.
type Links struct {
	Key []byte // 32 bytes
	// Former says that tokens signed with the store's secret left before there was a key: they go on opening everything but the whole
	// page of somebody's own, of which the tokens hold for an hour: whoever has an old backup could make them.
	Former bool
}

// sign appends the signature of a token's body to dst. A keyed hash that was used before starts from the
// state that its key leads to (FIPS 198-1, section 6): half of the work of a new one.
func (e *Engine) sign(dst, body []byte) []byte {
	mac, ok := e.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, e.linkKey())
	}
	defer e.macs.Put(mac)
	return signWith(mac, dst, body)
}

func signWith(mac hash.Hash, dst, body []byte) []byte {
	mac.Reset()
	mac.Write(tokenDomain)
	mac.Write(body)
	return mac.Sum(dst)[:len(dst)+tokenMAC]
}

func (e *Engine) linkKey() []byte {
	if e.links.Key == nil {
		return e.secret
	}
	return e.links.Key
}

// signed reports whether a signature, or the beginning of one, is that of a token's body.
func (e *Engine) signed(kind tokenKind, body, mac []byte) bool {
	if hmac.Equal(mac, e.sign(nil, body)[:len(mac)]) {
		return true
	}
	return e.links.Former && kind != tokenWhole && hmac.Equal(mac, signWith(hmac.New(sha256.New, e.secret), nil, body)[:len(mac)])
}

// tokenDomain keeps signatures of tokens apart from whatever else the secret may sign.
var tokenDomain = []byte("token")

// readToken is the decision a token names and when it was taken, or ErrToken.
func (e *Engine) readToken(kind tokenKind, token string) (aparte.DecisionID, time.Time, error) {
	var id aparte.DecisionID
	if len(token) > tokenMax {
		return id, time.Time{}, ErrToken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 2+len(id.Person)+2+tokenMAC {
		return id, time.Time{}, ErrToken
	}
	body, mac := b[:len(b)-tokenMAC], b[len(b)-tokenMAC:]
	if !e.signed(kind, body, mac) || body[0] != tokenVersion || body[1] != byte(kind) {
		return id, time.Time{}, ErrToken
	}
	rest := body[2+copy(id.Person[:], body[2:]):]
	seq, n := binary.Uvarint(rest)
	if n <= 0 {
		return id, time.Time{}, ErrToken
	}
	at, m := binary.Uvarint(rest[n:])
	if m <= 0 || n+m != len(rest) {
		return id, time.Time{}, ErrToken
	}
	id.Seq = seq
	return id, time.Unix(int64(at), 0).UTC(), nil
}

// TokenPerson is whom an unsubscribe token is for and on which channel, for the page that asks to
// confirm.
func (e *Engine) TokenPerson(token string) (aparte.PersonID, error) {
	id, _, err := e.readToken(tokenUnsubscribe, token)
	return id.Person, err
}

// A text has no room for a long address. Its link leads to a page of the shop and opens nothing, so that less of a signature does:
// 48 bits hold for a century against forty thousand guesses a second. It tells no time either: that of a message that left is durable, so
// that its number cannot have been used again.
//
//	version kind person[16] seq(uvarint) mac[6]
const shortMAC = 6

func (e *Engine) shortToken(id aparte.DecisionID) string {
	b := make([]byte, 0, 64)
	b = append(b, tokenVersion, byte(tokenText))
	b = append(b, id.Person[:]...)
	b = binary.AppendUvarint(b, id.Seq)
	return base64.RawURLEncoding.EncodeToString(e.sign(b, b)[:len(b)+shortMAC])
}

// readShort is the decision a short token names, or ErrToken.
func (e *Engine) readShort(token string) (id aparte.DecisionID, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token[:min(len(token), tokenMax)])
	if err != nil || len(b) < 2+len(id.Person)+1+shortMAC {
		return id, ErrToken
	}
	body, mac := b[:len(b)-shortMAC], b[len(b)-shortMAC:]
	if !e.signed(tokenText, body, mac) || body[0] != tokenVersion || tokenKind(body[1]) != tokenText {
		return id, ErrToken
	}
	rest := body[2+copy(id.Person[:], body[2:]):]
	seq, n := binary.Uvarint(rest)
	if n != len(rest) {
		return id, ErrToken
	}
	id.Seq = seq
	return id, nil
}
