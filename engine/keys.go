package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/cespare/xxhash/v2"
)

// identifierKey is the key under which an identifier is kept: half of a SHA-256 over the store's
// secret and the identifier, so that whoever reads the store cannot test guesses without the secret.
// (Cutting the digest in half also closes the length extension that a bare SHA-256 prefix leaves.)
func identifierKey(secret []byte, id aparte.Identifier) store.Key {
	buf := make([]byte, 0, 160)
	buf = append(buf, secret...)
	buf = append(buf, id.Kind...)
	buf = append(buf, ':')
	buf = append(buf, id.Value...)
	sum := sha256.Sum256(buf)
	return store.Key(sum[:16])
}

// messageKey is the key that keeps an event's messageId unique within a part.
func messageKey(id aparte.MessageID) store.Key {
	buf := make([]byte, 0, 128)
	sum := sha256.Sum256(append(buf, id...))
	return store.Key(sum[:16])
}

// ringHash is the short form of a message key in a person's ring of recent ids.
func ringHash(k store.Key) uint64 { return binary.BigEndian.Uint64(k[:8]) }

// newPersonID makes the id of a person introduced by an identifier at a time: the first eight bytes of
// the identifier's key, which place the person in that identifier's part, and the microsecond of birth,
// which orders people by age for merges. Nothing is drawn: the same story gives the same ids.
func newPersonID(k store.Key, born time.Time) aparte.PersonID {
	var id aparte.PersonID
	copy(id[:8], k[:8])
	binary.BigEndian.PutUint64(id[8:], uint64(born.UnixMicro()))
	return id
}

// bornAt is the microsecond of birth in a person's id.
func bornAt(id aparte.PersonID) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(id[8:]))).UTC()
}

// elder orders two people by age, then by a hash of their ids: the elder survives a merge. The order rests on the ids alone, which
// never change, so merges can never run in a circle. Among people of one age, whom an import of days has many of, it is not the order
// of ids: samples are drawn by that (placeOf), and would be full of those who were merged.
func elder(a, b aparte.PersonID) (survivor, loser aparte.PersonID) {
	bornA, bornB := binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:])
	if bornA < bornB || bornA == bornB && hashOf(a) < hashOf(b) { // of one age, different ids have different hashes
		return a, b
	}
	return b, a
}

// seedOf is the seed of the draw of one decision: a hash of who and when in their story, so that a
// decision can be taken again to the same bytes.
func seedOf(secret []byte, id aparte.DecisionID) uint64 {
	var buf [56]byte
	copy(buf[:], secret)
	copy(buf[32:], id.Person[:])
	binary.BigEndian.PutUint64(buf[48:], id.Seq)
	return xxhash.Sum64(buf[:])
}
