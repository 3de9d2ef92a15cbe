package sealed

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ring is the master keys: the first seals, all of them open. The zero Ring has none.
type Ring struct{ keys []masterKey }

type masterKey struct {
	id   string // of the key itself, so that it cannot be of another
	text string
	box  cipher.AEAD
}

const (
	keyLen = 32 // AES-256
	idLen  = 8  // hexadecimal digits
	mostOf = 16 // keys of a ring

	// magic begins what is sealed. Nothing that is kept in clear begins with a zero: it is JSON.
	magic = "\x00aparte sealed 1\x00"
)

// Errors that callers act on.
var (
	// ErrKey: what is sealed was sealed by a master key that is not there.
	ErrKey = errors.New("master key is not there")
	// ErrDamaged: what is sealed was changed, or was sealed under another name.
	ErrDamaged = errors.New("is not what was sealed under this name")
)

// NewKey is a new master key as it is written down: 32 random bytes in base64.
func NewKey() string {
	var b [keyLen]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// ParseRing reads master keys, one a line or with commas between, the one that seals first. Lines that begin with # are left out. An
// error repeats nothing of what it reads.
func ParseRing(text string) (*Ring, error) {
	r := new(Ring)
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		for _, one := range strings.Split(line, ",") {
			k, err := parseKey(strings.TrimSpace(one))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			if r.find(k.id) != nil {
				return nil, fmt.Errorf("line %d: the key %s stands there twice", n+1, k.id)
			}
			r.keys = append(r.keys, k)
		}
	}
	switch {
	case len(r.keys) == 0:
		return nil, errors.New("holds no master key")
	case len(r.keys) > mostOf:
		return nil, fmt.Errorf("holds %d master keys, the bound is %d", len(r.keys), mostOf)
	}
	return r, nil
}

func parseKey(text string) (masterKey, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != keyLen {
		return masterKey{}, fmt.Errorf("a master key is %d bytes in base64 (aparte keys master makes one)", keyLen)
	}
	block, err := aes.NewCipher(b)
	if err != nil {
		return masterKey{}, err
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return masterKey{}, err
	}
	sum := sha256.Sum256(append([]byte("aparte master key "), b...))
	return masterKey{id: hex.EncodeToString(sum[:])[:idLen], text: text, box: box}, nil
}

// With is the ring with another key before all, which seals from then on.
func (r *Ring) With(key string) (*Ring, error) {
	return ParseRing(key + "\n" + strings.Join(r.lines(), "\n"))
}

// First is the ring of the key that seals alone.
func (r *Ring) First() *Ring { return &Ring{r.keys[:1]} }

// IDs name the keys, the one that seals first. They tell nothing of them.
func (r *Ring) IDs() (ids []string) {
	for _, k := range r.keys {
		ids = append(ids, k.id)
	}
	return ids
}

func (r *Ring) lines() (lines []string) {
	for _, k := range r.keys {
		lines = append(lines, k.text)
	}
	return lines
}

func (r *Ring) find(id string) *masterKey {
	if i := slices.IndexFunc(r.keys, func(k masterKey) bool { return k.id == id }); i >= 0 {
		return &r.keys[i]
	}
	return nil
}

// Seal is a body that only Open reads, with this key and under this name: AES-256-GCM under a random nonce, the key's id and the name
// as additional data.
//
//	magic id[8] nonce[12] ciphertext tag[16]
func (r *Ring) Seal(name string, body []byte) []byte {
	k := &r.keys[0]
	head := magic + k.id
	return k.box.Seal([]byte(head), nil, body, []byte(head+name))
}

// Open is the body that was sealed under a name. It fails with ErrKey or ErrDamaged.
func (r *Ring) Open(name string, sealed []byte) ([]byte, error) {
	id := SealedBy(sealed)
	if id == "" {
		return nil, ErrDamaged
	}
	k := r.find(id)
	if k == nil {
		return nil, fmt.Errorf("%w: it was sealed by %s, there is %s", ErrKey, id, strings.Join(r.IDs(), ", "))
	}
	head := len(magic) + idLen
	body, err := k.box.Open(nil, nil, sealed[head:], append(sealed[:head:head], name...))
	if err != nil {
		return nil, ErrDamaged
	}
	return body, nil
}

// SealedBy is the id of the key that a body was sealed by; empty: it is in clear.
func SealedBy(body []byte) string {
	rest, is := bytes.CutPrefix(body, []byte(magic))
	if !is || len(rest) < idLen {
		return ""
	}
	id := string(rest[:idLen])
	if strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}
