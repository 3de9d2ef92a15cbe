package access

import (
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The work of a hash: argon2id with 19 MiB, two passes and one lane, the first of the settings that the OWASP Password Storage Cheat
// Sheet advises (cheatsheetseries.owasp.org, section Argon2id).
const (
	workMemory = 19 * 1024 // KiB
	workTime   = 2
	workLanes  = 1
	saltBytes  = 16
	hashBytes  = 32
)

// hash is a password as it is kept, in the PHC string format.
func (p *Porter) hash(password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(p.Random, salt); err != nil {
		return "", fmt.Errorf("random bytes of a salt: %w", err)
	}
	sum := argon2.IDKey([]byte(norm.NFKC.String(password)), salt, workTime, workMemory, workLanes, hashBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, workMemory, workTime, workLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// matches reports whether a password has a hash. What is no hash, nothing has.
func matches(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || passes == 0 || passes > 16 || lanes == 0 || memory > 1<<20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 || len(want) > 1<<10 {
		return false
	}
	got := argon2.IDKey([]byte(norm.NFKC.String(password)), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// How long a password is, in characters. The rules are those of NIST SP 800-63B, section 3.1.1.2: length counts, no kinds of character
// are asked for, what everybody chooses is refused, nothing ends by itself.
const (
	ShortestPassword = 12
	LongestPassword  = 128 // OWASP ASVS 4.0.3, 2.1.2
)

// Errors of passwords that cannot be.
var (
	ErrShort  = errors.New("password is too short")
	ErrLong   = errors.New("password is too long")
	ErrCommon = errors.New("password is one that many choose")
)

//go:embed common.txt
var commonFile string

// common are what the commonest passwords are made of.
var common = strings.Fields(commonFile)

// CheckPassword reports why a password cannot be that of somebody with these names, or nil.
func CheckPassword(password string, names ...string) error {
	password = norm.NFKC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < ShortestPassword:
		return ErrShort
	case n > LongestPassword:
		return ErrLong
	}
	rest := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, password)
	if run(rest) || repeated(rest) {
		return ErrCommon
	}
	known := slices.Clone(common)
	for _, name := range names {
		for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(word) >= 3 {
				known = append(known, word)
			}
		}
	}
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	for _, word := range known { // what is left besides them is what others would have to guess
		rest = strings.ReplaceAll(rest, word, " ")
	}
	left := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, rest)
	if utf8.RuneCountInString(left) < 4 && strings.Contains(rest, " ") {
		return ErrCommon
	}
	return nil
}

// run reports whether every character is the next of the one before, up or down, or the same: 123456789012, abcdefghijkl.
func run(s string) bool {
	r := []rune(s)
	if len(r) < 2 {
		return true
	}
	for _, step := range []rune{-1, 0, 1} {
		all := true
		for i := 1; i < len(r) && all; i++ {
			next := r[i] - r[i-1]
			all = next == step || step == 1 && r[i-1] == '9' && r[i] == '0' || step == -1 && r[i-1] == '0' && r[i] == '9'
		}
		if all {
			return true
		}
	}
	return false
}

// repeated reports whether a text is a short one over and over.
func repeated(s string) bool {
	r := []rune(s)
	for size := 1; size <= 4; size++ {
		all := true
		for i := size; i < len(r) && all; i++ {
			all = r[i] == r[i-size]
		}
		if all {
			return true
		}
	}
	return false
}
