package access_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// generator is what somebody has in their pocket: RFC 6238 as the RFC says it, apart from what is tested.
func generator(secret string, at time.Time, digits int) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		panic("generator: " + err.Error())
	}
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())/30))
	sum := m.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// The test vectors of RFC 6238, appendix B.
func TestTheGeneratorIsThatOfTheRFC(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := generator(secret, time.Unix(at, 0), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func (l *lobby) porterOfSeconds() *access.Porter {
	l.t.Helper()
	p, err := access.Open(l.t.Context(), access.Config{Documents: l.store, Secret: l.store.Secret(), Seconds: bytes.Repeat([]byte{9}, 32), Idle: time.Hour, Now: func() time.Time { return l.now }})
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// took is a second factor that Zoé has, and its recovery codes.
func (l *lobby) took(p *access.Porter, u access.User) (access.Offer, []string) {
	l.t.Helper()
	offer, err := p.Offered(u, "Linnet: & Thyme", "")
	if err != nil {
		l.t.Fatal(err)
	}
	if again, err := p.Offered(u, "Linnet: & Thyme", offer.Nonce); err != nil || again != offer {
		l.t.Errorf("brought back it is %+v, %v", again, err)
	}
	codes, err := p.TakeSecond(l.t.Context(), u.ID, offer.Nonce, generator(offer.Secret, l.now, 6), here)
	if err != nil {
		l.t.Fatal(err)
	}
	return offer, codes
}

func TestWhoHasASecondFactorComesByBoth(t *testing.T) {
	l := newLobby(t)
	l.settled()
	p := l.porterOfSeconds()
	zoe := p.Members()[0].User
	ticket := func() string {
		t.Helper()
		var asked *access.Asked
		if _, token, err := p.SignIn(t.Context(), zoe.Email, good, here); !errors.As(err, &asked) || token != "" {
			t.Fatalf("a password alone: %q, %v", token, err)
		}
		return asked.Ticket
	}
	offer, err := p.Offered(zoe, "Linnet", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.TakeSecond(t.Context(), zoe.ID, offer.Nonce, "000000", here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("taken without a code: %v", err)
	}
	for _, nonce := range []string{"", "short", "!"} {
		if _, err := p.TakeSecond(t.Context(), zoe.ID, nonce, "000000", here); !errors.Is(err, access.ErrNoSecond) {
			t.Errorf("nonce %q: %v", nonce, err)
		}
	}
	if _, _, err := p.SignIn(t.Context(), zoe.Email, good, here); err != nil {
		t.Fatalf("before it is taken: %v", err)
	}
	offer, codes := l.took(p, zoe)
	if u, err := url.Parse(offer.URL); err != nil || u.Scheme != "otpauth" || u.Query().Get("issuer") != "Linnet  & Thyme" || u.Query().Get("secret") != strings.ReplaceAll(offer.Secret, " ", "") {
		t.Errorf("generators are told %s", offer.URL)
	}
	if picture, err := offer.QR(); err != nil {
		t.Error(err)
	} else if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	code := generator(offer.Secret, l.now, 6)
	if _, _, err := p.SignInSecond(t.Context(), ticket(), code, here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("the code by which it was taken, again: %v", err)
	}
	l.now = l.now.Add(30 * time.Second)
	for what, at := range map[string]time.Time{"of two steps ago": l.now.Add(-time.Minute), "of a minute ahead": l.now.Add(time.Minute)} {
		if _, _, err := p.SignInSecond(t.Context(), ticket(), generator(offer.Secret, at, 6), here); !errors.Is(err, access.ErrRefused) {
			t.Errorf("a code %s: %v", what, err)
		}
	}
	code = generator(offer.Secret, l.now, 6)
	_, session, err := p.SignInSecond(t.Context(), ticket(), code[:3]+" "+code[3:], here)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := p.SessionOf(t.Context(), session, true); !ok || got != zoe {
		t.Errorf("she is %+v, %t", got, ok)
	}
	elsewhere := l.porterOfSeconds() // another node
	if _, _, err := elsewhere.SignInSecond(t.Context(), ticket(), code, here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("a code that was used, at another node: %v", err)
	}
	if _, _, err := elsewhere.SignInSecond(t.Context(), ticket(), strings.ToUpper(strings.ReplaceAll(codes[3], "-", " ")), here); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.SignInSecond(t.Context(), ticket(), codes[3], here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("a recovery code, again: %v", err)
	}
	if since, left := p.Second(zoe.ID); since.IsZero() || left != 9 {
		t.Errorf("%d codes are left", left)
	}

	old := ticket()
	l.now = l.now.Add(5 * time.Minute)
	good2 := ticket()
	for what, spoilt := range map[string]string{"too late": old, "none": "", "guessed": "AAAA", "changed": good2[:len(good2)-2] + "AA", "cut": good2[:40]} {
		if _, _, err := p.SignInSecond(t.Context(), spoilt, generator(offer.Secret, l.now, 6), here); !errors.Is(err, access.ErrTicket) {
			t.Errorf("a ticket that is %s: %v", what, err)
		}
	}
	_, link, err := p.Reset(t.Context(), zoe.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, session, err := p.Join(t.Context(), link, other); err != nil || session != "" {
		t.Errorf("a link for another password opens by itself: %q, %v", session, err)
	}
	if _, _, err := p.SignInSecond(t.Context(), good2, generator(offer.Secret, l.now, 6), here); !errors.Is(err, access.ErrTicket) {
		t.Errorf("a ticket of the password before: %v", err)
	}
	if err := p.LeaveSecond(t.Context(), zoe.ID, "123456", here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("left without a code: %v", err)
	}
	if err := p.LeaveSecond(t.Context(), zoe.ID, codes[0], here); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.SignIn(t.Context(), zoe.Email, other, here); err != nil {
		t.Errorf("afterwards, by the password: %v", err)
	}
}

func TestWhoGuessesCodesHasToWait(t *testing.T) {
	l := newLobby(t)
	l.settled()
	p := l.porterOfSeconds()
	zoe := p.Members()[0].User
	l.took(p, zoe)
	var asked *access.Asked
	if _, _, err := p.SignIn(t.Context(), zoe.Email, good, here); !errors.As(err, &asked) {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, _, err := p.SignInSecond(t.Context(), asked.Ticket, "000000", fmt.Sprint("192.0.2.", i)); !errors.Is(err, access.ErrRefused) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	var many *access.TooMany
	if _, _, err := p.SignInSecond(t.Context(), asked.Ticket, "000000", "198.51.100.1"); !errors.As(err, &many) || many.Until.Sub(l.now) != 30*time.Second {
		t.Errorf("the sixth: %v", err)
	}
	if _, _, err := p.SignIn(t.Context(), zoe.Email, good, "198.51.100.1"); !errors.As(err, &many) {
		t.Errorf("the password, which is the same wait: %v", err)
	}
}

// What second factors are made of stands in the store by halves: neither secrets nor recovery codes are there.
func TestTheStoreHoldsNoSecondFactor(t *testing.T) {
	l := newLobby(t)
	l.settled()
	p := l.porterOfSeconds()
	zoe := p.Members()[0].User
	offer, codes := l.took(p, zoe)
	secret := strings.ReplaceAll(offer.Secret, " ", "")
	newest, err := l.store.Document(t.Context(), "access-changes", 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for v := uint64(1); v <= newest.Version; v++ {
		d, err := l.store.Document(t.Context(), "access-changes", v)
		if err != nil {
			t.Fatal(err)
		}
		seen = seen || strings.Contains(string(d.Body), offer.Nonce)
		for _, hidden := range append(codes, secret, strings.ReplaceAll(codes[0], "-", "")) {
			if strings.Contains(string(d.Body), hidden) {
				t.Errorf("version %d holds %q", v, hidden)
			}
		}
	}
	if !seen {
		t.Error("that nothing is found says nothing: the nonce is not found either")
	}
	different := map[string]bool{}
	for _, code := range codes {
		different[code] = len(strings.ReplaceAll(code, "-", "")) == 16
	}
	if len(different) != 10 || !different[codes[9]] {
		t.Errorf("recovery codes %v", codes)
	}
	bare := l.porter() // without the key
	if _, err := bare.Offered(zoe, "x", ""); !errors.Is(err, access.ErrNoSecond) {
		t.Errorf("without a key one is offered: %v", err)
	}
}

func TestWhereASecondFactorIsDemandedNothingElseOpensWithout(t *testing.T) {
	l := newLobby(t)
	_, _, session := l.settled()
	p := l.porterOfSeconds()
	zoe := p.Members()[0].User
	if err := l.porter().Demand(t.Context(), true); !errors.Is(err, access.ErrNoSecond) {
		t.Errorf("demanded where none can be had: %v", err)
	}
	if err := p.Demand(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	may := func(session string) (rights []access.Right) {
		u, _ := p.SessionOf(t.Context(), session, true)
		for _, r := range []access.Right{access.Own, access.See, access.Change, access.Personal, access.Administer} {
			if u.May(r) {
				rights = append(rights, r)
			}
		}
		return rights
	}
	if got := may(session); len(got) != 1 || got[0] != access.Own {
		t.Errorf("without one she may %v", got)
	}
	_, outside, err := p.SignInOutside(t.Context(), access.Outsider{Subject: "s-1", Email: "mia@lantern.example", Name: "Mia", May: true}, here)
	if err != nil {
		t.Fatal(err)
	}
	if got := may(outside); len(got) != 2 {
		t.Errorf("whom the provider answers for may %v", got)
	}
	l.took(p, zoe)
	if got := may(session); len(got) != 5 {
		t.Errorf("with one she may %v", got)
	}
	if err := p.DropSecond(t.Context(), zoe.ID); err != nil {
		t.Fatal(err)
	}
	if got := may(session); len(got) != 0 {
		t.Errorf("who lost it goes on: %v", got)
	}
	if err := p.DropSecond(t.Context(), zoe.ID); !errors.Is(err, access.ErrNoSecond) {
		t.Errorf("dropped twice: %v", err)
	}
	if err := p.Demand(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, again, err := p.SignIn(t.Context(), zoe.Email, good, here); err != nil || len(may(again)) != 5 {
		t.Errorf("demanded no more: %v", err)
	}
}
