package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// recordSize is that of the one record that a message is (RFC 8188, section 2.1): push services need take no more (RFC 8030,
// section 7.2).
const recordSize = 4096

// maxPlain is the longest text that fits: without the header of 86 bytes, the delimiter and the tag of AES-GCM.
const maxPlain = recordSize - (16 + 4 + 1 + 65) - 1 - 16

// encrypt writes a text for the owner of a subscription alone: aes128gcm of one record (RFC 8291, section 3.4; RFC 8188). salt and
// ours, the sender's key, are to be made for this message and forgotten.
func encrypt(s *subscription, plain, salt []byte, ours *ecdh.PrivateKey) ([]byte, error) {
	if len(plain) > maxPlain {
		return nil, fmt.Errorf("text is over %d bytes", maxPlain)
	}
	shared, err := ours.ECDH(s.key)
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	public := ours.PublicKey().Bytes()
	info := "WebPush: info\x00" + string(s.key.Bytes()) + string(public)
	material, err := hkdf.Key(sha256.New, shared, s.secret, info, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	key, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, fmt.Errorf("derive a nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	out := append(make([]byte, 0, recordSize), salt...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(out, byte(len(public)))
	out = append(out, public...)
	last := append(append(make([]byte, 0, len(plain)+1), plain...), 2) // the delimiter of the last record
	return gcm.Seal(out, nonce, last, nil), nil
}
