package access

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// second is the second factor of an account: a generator of codes by time (TOTP, RFC 6238), and codes for the day it is lost.
type second struct {
	Nonce string    `json:"nonce"` // what its secret is made of, beside a key that is kept elsewhere
	Since time.Time `json:"since"`
	Step  uint64    `json:"step"`            // the last whose code was taken: no code is good twice
	Codes []string  `json:"codes,omitempty"` // hashes of the recovery codes that are left
}

// How codes are made: what generators take for granted (RFC 6238, section 4; google-authenticator, Key URI Format).
const (
	codeLasts  = 30 * time.Second
	codeDigits = 6
	drift      = 1 // steps before and after now whose codes are taken: RFC 6238, section 5.2, advises one for delays
)

// Of recovery codes.
const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits: 16 letters and digits
)

// ticketLasts is how long somebody whose password was right has to tell a code.
const ticketLasts = 5 * time.Minute

// Errors of second factors.
var (
	// ErrNoSecond: there is no key here of which second factors could be made, or the account has none.
	ErrNoSecond = errors.New("no second factor")
	// ErrTicket: what a password was answered with is over.
	ErrTicket = errors.New("sign in again")
)

// Asked says that the password was right, and that a code of the second factor is asked for: with the ticket, by SignInSecond. It is an error.
type Asked struct{ Ticket string }

func (a *Asked) Error() string { return "a code is asked for" }

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// secretOf is the secret that a user's generator has. It stands nowhere: the store has the nonce, and the key is sealed elsewhere.
func (p *Porter) secretOf(id UserID, nonce string) string {
	m := hmac.New(sha256.New, p.Seconds)
	_, _ = io.WriteString(m, "access/second/"+string(id)+"/"+nonce) // never fails
	return letters.EncodeToString(m.Sum(nil)[:20])                  // 160 bits: RFC 4226, section 4, R6
}

// Offer is a second factor that somebody may take.
type Offer struct {
	Nonce  string // brings it back
	Secret string // for generators without a camera, in groups of four
	URL    string // otpauth://
}

// Offered is the second factor of a nonce for a user, or, where it is empty, a new one. issuer is what generators show it as.
func (p *Porter) Offered(u User, issuer, nonce string) (Offer, error) {
	if len(p.Seconds) == 0 {
		return Offer{}, ErrNoSecond
	}
	if nonce == "" {
		token, _, err := p.token()
		if err != nil {
			return Offer{}, err
		}
		nonce = token
	}
	if b, err := base64.RawURLEncoding.DecodeString(nonce); err != nil || len(b) != 32 {
		return Offer{}, ErrNoSecond
	}
	secret := p.secretOf(u.ID, nonce)
	issuer = strings.ReplaceAll(issuer, ":", " ")
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {strconv.Itoa(codeDigits)}, "period": {strconv.Itoa(int(codeLasts.Seconds()))}}
	where := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + u.Email, RawQuery: strings.ReplaceAll(q.Encode(), "+", "%20")}
	return Offer{Nonce: nonce, Secret: grouped(secret), URL: where.String()}, nil
}

// QR is the picture of an offer that generators look at, as PNG.
func (o Offer) QR() ([]byte, error) {
	key, err := otp.NewKeyFromURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("second factor: %w", err)
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return nil, fmt.Errorf("second factor: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

// grouped is a text in groups of four.
func grouped(text string) string {
	var parts []string
	for group := range slices.Chunk([]byte(text), 4) {
		parts = append(parts, string(group))
	}
	return strings.Join(parts, " ")
}

// TakeSecond gives a user the second factor that was offered, in place of the one they may have, once a code shows that their generator has it.
// It answers the recovery codes, this once. Attempts are counted as those to sign in are.
func (p *Porter) TakeSecond(ctx context.Context, id UserID, nonce, code, address string) ([]string, error) {
	a, ok := p.account(id)
	if !ok {
		return nil, ErrUnknown
	}
	if _, err := p.Offered(a.user(), "", nonce); err != nil || nonce == "" {
		return nil, ErrNoSecond
	}
	taken := &second{Nonce: nonce, Since: p.Now().UTC()}
	var codes []string
	if err := p.attempt(ctx, &a, address, func() (err error) {
		if taken.Step = p.step(id, taken, code); taken.Step == 0 {
			return ErrRefused
		}
		codes, taken.Codes, err = p.recovery(nonce)
		if err != nil {
			return err
		}
		return p.write(ctx, change{Of: id, Second: taken})
	}); err != nil {
		return nil, err
	}
	return codes, nil
}

// LeaveSecond takes a user's second factor away who shows it.
func (p *Porter) LeaveSecond(ctx context.Context, id UserID, code, address string) error {
	a, ok := p.account(id)
	if !ok || a.Second == nil {
		return ErrNoSecond
	}
	return p.attempt(ctx, &a, address, func() error {
		c, err := p.shown(&a, code)
		c.Plain = true
		if err != nil {
			return err
		}
		return p.write(ctx, c)
	})
}

// DropSecond takes somebody's second factor away who has lost it: an administrator's doing.
func (p *Porter) DropSecond(ctx context.Context, id UserID) error {
	a, ok := p.account(id)
	if !ok {
		return ErrUnknown
	}
	if a.Second == nil {
		return ErrNoSecond
	}
	return p.write(ctx, change{Of: id, Plain: true, EndsOf: id})
}

// Second says since when a user has a second factor, and how many recovery codes are left; the zero time: they have none.
func (p *Porter) Second(id UserID) (since time.Time, codes int) {
	if a, ok := p.account(id); ok && a.Second != nil {
		return a.Second.Since, len(a.Second.Codes)
	}
	return time.Time{}, 0
}

// Demand says whether everybody who signs in with a password must have a second factor. Who has none may set one up and nothing else. It fails
// with ErrNoSecond where none can be.
func (p *Porter) Demand(ctx context.Context, demanded bool) error {
	if demanded && len(p.Seconds) == 0 {
		return ErrNoSecond
	}
	return p.write(ctx, change{Demands: &demanded})
}

// Demands reports whether they must.
func (p *Porter) Demands() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.book.Demands
}

// SignInSecond begins a session of whom a ticket is of, and answers its token: by a code of their generator, or a recovery code, each good
// once. It fails with ErrRefused, TooMany or ErrTicket.
func (p *Porter) SignInSecond(ctx context.Context, ticket, code, address string) (User, string, error) {
	id, was, err := p.readTicket(ticket)
	if err != nil {
		return User{}, "", err
	}
	a, ok := p.account(id)
	if !ok || a.Second == nil || hashOf(a.Hash) != was {
		return User{}, "", ErrTicket
	}
	token, s, err := p.newSession(ctx, id)
	if err != nil {
		return User{}, "", err
	}
	return a.user(), token, p.attempt(ctx, &a, address, func() error {
		c, err := p.shown(&a, code)
		if err != nil {
			return err
		}
		c.Session, c.SignedIn, c.Was, c.Forgiven = s, id, was, p.veiled("account", a.Email)
		return p.write(ctx, c)
	})
}

// attempt does what shows a second factor, unless too many such failed before. What fails is counted and written down.
func (p *Porter) attempt(ctx context.Context, a *account, address string, do func() error) (err error) {
	account := p.veiled("account", a.Email)
	address = p.veiled("address", address)
	defer func() { p.missed(ctx, account, err) }()
	if err := p.waits(account, address); err != nil {
		return err
	}
	if err = do(); errors.Is(err, ErrRefused) {
		if err := p.write(ctx, change{Missed: []string{account, address}}); err != nil {
			return err
		}
	}
	return err
}

// shown is the change by which a code is used up: of the generator, or one for the day it is lost.
func (p *Porter) shown(a *account, code string) (change, error) {
	if step := p.step(a.ID, a.Second, code); step > a.Second.Step {
		return change{Of: a.ID, Step: step}, nil
	}
	if hash := recoveryHash(a.Second.Nonce, code); slices.Contains(a.Second.Codes, hash) {
		return change{Of: a.ID, Used: hash}, nil
	}
	return change{}, ErrRefused
}

// step is that of which a code is, 0: of none about now.
func (p *Porter) step(id UserID, s *second, code string) (found uint64) {
	code = strings.Join(strings.Fields(code), "")
	now, secret := uint64(p.Now().Unix())/uint64(codeLasts.Seconds()), p.secretOf(id, s.Nonce)
	for step := now - drift; step <= now+drift; step++ {
		want, err := hotp.GenerateCodeCustom(secret, step, hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// recovery makes recovery codes, and the hashes under which they are kept.
func (p *Porter) recovery(nonce string) (codes, hashes []string, err error) {
	for range recoveryCodes {
		var b [recoveryBytes]byte
		if _, err := io.ReadFull(p.Random, b[:]); err != nil {
			return nil, nil, fmt.Errorf("random bytes of a recovery code: %w", err)
		}
		code := strings.ReplaceAll(grouped(strings.ToLower(letters.EncodeToString(b[:]))), " ", "-")
		codes, hashes = append(codes, code), append(hashes, recoveryHash(nonce, code))
	}
	return codes, hashes, nil
}

// recoveryHash is under which a recovery code is kept: salted with the nonce, which no other account has.
func recoveryHash(nonce, code string) string {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	sum := sha256.Sum256([]byte("recovery/" + nonce + "/" + code))
	return hex.EncodeToString(sum[:])
}

// ticket says that somebody's password was right, for a while and as long as it is theirs.
func (p *Porter) ticket(id UserID, was string) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(p.Now().Add(ticketLasts).Unix()))
	body = append(body, was+string(id)...)
	return base64.RawURLEncoding.EncodeToString(append(p.stamp(body), body...))
}

func (p *Porter) readTicket(ticket string) (id UserID, was string, err error) {
	const before, hash = sha256.Size + 8, 2 * sha256.Size
	b, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil || len(b) <= before+hash || !hmac.Equal(b[:sha256.Size], p.stamp(b[sha256.Size:])) {
		return "", "", ErrTicket
	}
	if ends := time.Unix(int64(binary.BigEndian.Uint64(b[sha256.Size:])), 0); !p.Now().Before(ends) {
		return "", "", ErrTicket
	}
	return UserID(b[before+hash:]), string(b[before : before+hash]), nil
}

func (p *Porter) stamp(body []byte) []byte {
	m := hmac.New(sha256.New, p.Secret)
	_, _ = io.WriteString(m, "access/ticket/") // never fails
	_, _ = m.Write(body)
	return m.Sum(nil)
}
