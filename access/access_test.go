package access_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/store/pebble"
)

// lobby is a store, a clock, and porters over them, each as another node has one.
type lobby struct {
	t     *testing.T
	store *pebble.Store
	now   time.Time
}

func newLobby(t *testing.T) *lobby {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &lobby{t: t, store: s, now: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
}

func (l *lobby) porter() *access.Porter {
	l.t.Helper()
	p, err := access.Open(l.t.Context(), access.Config{Documents: l.store, Secret: l.store.Secret(), Idle: time.Hour, Now: func() time.Time { return l.now }})
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

func TestWhereNothingElseIsSaidASessionLastsHalfAnHourUnused(t *testing.T) {
	l := newLobby(t)
	l.settled()
	p, err := access.Open(t.Context(), access.Config{Documents: l.store, Secret: l.store.Secret(), Now: func() time.Time { return l.now }})
	if err != nil {
		t.Fatal(err)
	}
	_, session, err := p.SignIn(t.Context(), "zoe@lantern.example", good, here)
	if err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(29 * time.Minute)
	if _, ok := p.SessionOf(t.Context(), session, true); !ok {
		t.Error("it ended before")
	}
	l.now = l.now.Add(30 * time.Minute)
	if _, ok := p.SessionOf(t.Context(), session, true); ok {
		t.Error("it lasts on")
	}
}

// A password counts to its last character, and no two are kept alike: each has a salt of its own. Tokens of sessions, links and keys are
// random to 256 bits.
func TestAPasswordCountsWholeAndWhatMustNotBeGuessedIsRandom(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	longest := strings.Repeat("tk9vj2q ", 15) + "ëpx7wm🙂!" // 128 characters
	if err := access.CheckPassword(longest, "Zoe", "zoe@lantern.example"); err != nil || len([]rune(longest)) != 128 {
		t.Fatalf("%d characters: %v", len([]rune(longest)), err)
	}
	if err := access.CheckPassword(longest+"x", "Zoe", "zoe@lantern.example"); !errors.Is(err, access.ErrLong) {
		t.Errorf("129 characters: %v", err)
	}
	seen := map[string]bool{}
	for i := range 3 {
		email := fmt.Sprintf("mia%d@lantern.example", i)
		_, link, err := p.Invite(t.Context(), "Mia", email, access.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, session, err := p.Join(t.Context(), link, longest)
		if err != nil {
			t.Fatal(err)
		}
		_, key, err := p.CreateKey(t.Context(), "till", access.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{link, session, key[len("aps_"):]} {
			b, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil || len(b) != 32 || seen[token] {
				t.Errorf("a token of %d bytes, seen before: %t (%v)", len(b), seen[token], err)
			}
			seen[token] = true
		}
		if _, _, err := p.SignIn(t.Context(), email, longest[:len(longest)-1]+"?", here); !errors.Is(err, access.ErrRefused) {
			t.Errorf("with another last character: %v", err)
		}
		if _, _, err := p.SignIn(t.Context(), email, longest, here); err != nil {
			t.Error(err)
		}
	}
	salts := 0
	newest, err := l.store.Document(t.Context(), "access-changes", 0)
	for v := uint64(1); err == nil && v <= newest.Version; v++ {
		d, err := l.store.Document(t.Context(), "access-changes", v)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([^$"]+)\$`).FindAllStringSubmatch(string(d.Body), -1) {
			salt, err := base64.RawStdEncoding.DecodeString(m[3])
			if err != nil || len(salt) < 4 || seen[m[3]] || m[1] != "19456" || m[2] != "2" {
				t.Errorf("a hash with the cost %s, %s and a salt of %d bytes, seen before: %t", m[1], m[2], len(salt), seen[m[3]])
			}
			seen[m[3]] = true
			salts++
		}
	}
	if salts < 4 {
		t.Errorf("only %d hashes were there to look at", salts)
	}
}

const (
	good  = "correct horse battery staple"
	other = "une phrase que personne ne devine"
	here  = "192.0.2.7"
)

// settled is a porter of a house that is set up, its administrator, and the token of their session.
func (l *lobby) settled() (*access.Porter, access.User, string) {
	l.t.Helper()
	p := l.porter()
	token, err := p.SetUpToken(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	u, session, err := p.SetUp(l.t.Context(), token, "Zoé", "zoe@lantern.example", good)
	if err != nil {
		l.t.Fatal(err)
	}
	return p, u, session
}

func (l *lobby) joined(p *access.Porter, name, email string, role access.Role) (access.User, string) {
	l.t.Helper()
	_, token, err := p.Invite(l.t.Context(), name, email, role)
	if err != nil {
		l.t.Fatal(err)
	}
	u, session, err := p.Join(l.t.Context(), token, other)
	if err != nil {
		l.t.Fatal(err)
	}
	return u, session
}

func TestAHouseIsSetUpOnce(t *testing.T) {
	l := newLobby(t)
	a, b := l.porter(), l.porter()
	first, err := a.SetUpToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.SetUpToken(t.Context()) // another node prints one of its own
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.SetUp(t.Context(), "guessed", "Eve", "eve@example.com", good); !errors.Is(err, access.ErrLink) {
		t.Errorf("without the token: %v", err)
	}
	errs := make([]error, 2)
	var wait sync.WaitGroup
	for i, try := range []struct {
		p     *access.Porter
		token string
	}{{a, first}, {b, second}} {
		wait.Go(func() {
			_, _, errs[i] = try.p.SetUp(t.Context(), try.token, "Zoé", fmt.Sprintf("zoe%d@lantern.example", i), good)
		})
	}
	wait.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two set it up at once: %v, %v", errs[0], errs[1])
	}
	for _, p := range []*access.Porter{a, b, l.porter()} {
		if err := p.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(p.Members()) != 1 || p.SetsUp(first) || p.SetsUp(second) {
			t.Errorf("%d users; the links still set up: %t, %t", len(p.Members()), p.SetsUp(first), p.SetsUp(second))
		}
		if _, err := p.SetUpToken(t.Context()); !errors.Is(err, access.ErrSetUp) {
			t.Errorf("another link: %v", err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	l := newLobby(t)
	p, u, session := l.settled()
	open := func(session string) bool { _, ok := p.SessionOf(t.Context(), session, true); return ok }
	again := func() string {
		_, token, err := p.SignIn(t.Context(), " ZOE@lantern.example ", good, here)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if got, ok := p.SessionOf(t.Context(), session, true); !ok || got != u {
		t.Fatalf("is %v, %t", got, ok)
	}
	if open("") || open("guessed") || open(session+"x") {
		t.Error("a token that nobody has opens")
	}
	for range 12 { // eleven hours, half an hour at a time, and it is still used
		l.now = l.now.Add(55 * time.Minute)
		if !open(session) {
			t.Fatalf("ended by %v, in use", l.now)
		}
	}
	l.now = l.now.Add(55 * time.Minute)
	if !open(session) {
		t.Errorf("ended before its twelve hours: %v", l.now)
	}
	l.now = l.now.Add(5 * time.Minute)
	if open(session) {
		t.Error("lasts longer than twelve hours")
	}

	session = again()
	for range 11 { // a page that looks for news by itself is nobody's use
		l.now = l.now.Add(6 * time.Minute)
		p.SessionOf(t.Context(), session, false)
	}
	if open(session) {
		t.Error("lasts longer than an hour unused")
	}

	one, two := again(), again()
	if err := p.SignOut(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if open(one) || !open(two) {
		t.Error("signing out ends one session: the one it is of")
	}
	three := again()
	if err := p.SignOutEverywhere(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	if open(two) || open(three) {
		t.Error("signing out everywhere leaves sessions open")
	}

	old := again()
	if _, err := p.ChangePassword(t.Context(), u.ID, other, other, here); !errors.Is(err, access.ErrRefused) || !open(old) {
		t.Errorf("another password, without the one before: %v", err)
	}
	fresh, err := p.ChangePassword(t.Context(), u.ID, good, other, here)
	if err != nil {
		t.Fatal(err)
	}
	if open(old) || !open(fresh) {
		t.Error("another password leaves sessions of the one before open, or opens none")
	}
	mia, hers := l.joined(p, "Mia", "mia@lantern.example", access.Marketer)
	if err := p.SetRole(t.Context(), mia.ID, access.Reader); err != nil {
		t.Fatal(err)
	}
	if open(hers) {
		t.Error("another role leaves sessions open")
	}
	_, hers, err = p.SignIn(t.Context(), mia.Email, other, here)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(t.Context(), mia.ID); err != nil {
		t.Fatal(err)
	}
	if open(hers) {
		t.Error("who was removed still has a session")
	}
}

func TestWhoGuessesHasToWait(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	try := func(email, password, from string) error {
		_, _, err := p.SignIn(t.Context(), email, password, from)
		return err
	}
	waits := func(err error) time.Duration {
		var many *access.TooMany
		if errors.As(err, &many) {
			return many.Until.Sub(l.now)
		}
		return 0
	}
	for _, email := range []string{"zoe@lantern.example", "nobody@lantern.example"} { // of both alike
		for i := range 5 {
			if err := try(email, "wrong", fmt.Sprint("192.0.2.", i)); !errors.Is(err, access.ErrRefused) {
				t.Fatalf("%s, attempt %d: %v", email, i+1, err)
			}
		}
		for n, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
			if got := waits(try(email, good, "198.51.100.1")); got != want {
				t.Fatalf("%s, after %d: waits %v, want %v", email, 5+n, got, want)
			}
			l.now = l.now.Add(want)
			if err := try(email, "wrong", fmt.Sprint("203.0.113.", n)); !errors.Is(err, access.ErrRefused) {
				t.Fatalf("%s, after %v: %v", email, want, err)
			}
		}
	}
	elsewhere := l.porter() // another node counts on
	if _, _, err := elsewhere.SignIn(t.Context(), "nobody@lantern.example", good, here); waits(err) == 0 {
		t.Errorf("on another node: %v", err)
	}
	l.now = l.now.Add(15 * time.Minute)
	if err := try("zoe@lantern.example", good, here); err != nil {
		t.Fatalf("after the wait: %v", err)
	}
	if err := try("zoe@lantern.example", "wrong", here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("who got in begins anew: %v", err)
	}
}

func TestOneAddressMayNotGuessOfManyAccounts(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	for i := range 20 {
		if _, _, err := p.SignIn(t.Context(), fmt.Sprintf("u%d@lantern.example", i), "wrong", here); !errors.Is(err, access.ErrRefused) {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
	}
	var many *access.TooMany
	if _, _, err := p.SignIn(t.Context(), "zoe@lantern.example", good, here); !errors.As(err, &many) {
		t.Errorf("from the same address: %v", err)
	}
	if _, _, err := p.SignIn(t.Context(), "zoe@lantern.example", good, "192.0.2.8"); err != nil {
		t.Errorf("from another: %v", err)
	}
}

func TestALinkIsGoodOnceAndForThreeDays(t *testing.T) {
	l := newLobby(t)
	p, zoe, _ := l.settled()
	mia, token, err := p.Invite(t.Context(), "Mia", "Mia@Lantern.example", access.Marketer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Invited(token); err != nil || got != mia || mia.Email != "mia@lantern.example" {
		t.Errorf("is for %v, %v", got, err)
	}
	if _, _, err := p.Invite(t.Context(), "Mia", "mia@lantern.example", access.Reader); !errors.Is(err, access.ErrTaken) {
		t.Errorf("twice the same address: %v", err)
	}
	if _, _, err := p.SignIn(t.Context(), mia.Email, "", here); !errors.Is(err, access.ErrRefused) {
		t.Errorf("before she came by her link: %v", err)
	}
	if _, _, err := p.Join(t.Context(), token, "short"); !errors.Is(err, access.ErrShort) {
		t.Errorf("a short password: %v", err)
	}
	if _, _, err := p.Join(t.Context(), token, other); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Join(t.Context(), token, good); !errors.Is(err, access.ErrLink) {
		t.Errorf("used again: %v", err)
	}
	_, first, err := p.Reset(t.Context(), zoe.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := p.Reset(t.Context(), zoe.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invited(first); !errors.Is(err, access.ErrLink) {
		t.Errorf("one that another replaced: %v", err)
	}
	l.now = l.now.Add(3*24*time.Hour - time.Second)
	if _, err := p.Invited(second); err != nil {
		t.Errorf("on its third day: %v", err)
	}
	l.now = l.now.Add(time.Second)
	if _, _, err := p.Join(t.Context(), second, other); !errors.Is(err, access.ErrLink) {
		t.Errorf("after three days: %v", err)
	}
}

func TestSomebodyCanAlwaysAdminister(t *testing.T) {
	l := newLobby(t)
	p, zoe, _ := l.settled()
	if _, _, err := p.Invite(t.Context(), "Ada", "ada@lantern.example", access.Administrator); err != nil {
		t.Fatal(err) // she has not come yet: she does not count
	}
	if err := p.SetRole(t.Context(), zoe.ID, access.Reader); !errors.Is(err, access.ErrLast) {
		t.Errorf("the last becomes a reader: %v", err)
	}
	if err := p.Remove(t.Context(), zoe.ID); !errors.Is(err, access.ErrLast) {
		t.Errorf("the last goes: %v", err)
	}
	mia, _ := l.joined(p, "Mia", "mia@lantern.example", access.Administrator)
	if err := p.Remove(t.Context(), zoe.ID); err != nil {
		t.Errorf("with Mia there: %v", err)
	}
	if err := p.SetRole(t.Context(), mia.ID, access.Marketer); !errors.Is(err, access.ErrLast) {
		t.Errorf("the last becomes a marketer: %v", err)
	}
}

func TestPasswordsThatManyChooseAreRefused(t *testing.T) {
	for password, want := range map[string]error{
		"":                                 access.ErrShort,
		"elevenchars":                      access.ErrShort,
		strings.Repeat("long enough ", 22): access.ErrLong,
		"123456789012":                     access.ErrCommon,
		"abcdefghijkl":                     access.ErrCommon,
		"aaaaaaaaaaaa":                     access.ErrCommon,
		"abababababab":                     access.ErrCommon,
		"Password1234!":                    access.ErrCommon,
		"passwordpassword":                 access.ErrCommon,
		"motdepasse123":                    access.ErrCommon,
		"azertyuiop2026":                   access.ErrCommon,
		"1qaz2wsx3edc":                     access.ErrCommon,
		"iloveyou1234":                     access.ErrCommon,
		"zoe@lantern.example":              access.ErrCommon,
		"Zoe-Lantern-2026":                 access.ErrCommon,
		good:                               nil,
		other:                              nil,
		"tk9vj2qpx7wm":                     nil,
		"пароль из четырёх слов": nil,
	} {
		if err := access.CheckPassword(password, "Zoe", "zoe@lantern.example"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestAnAccentIsTheSameHoweverItIsTyped(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	_, token, err := p.Invite(t.Context(), "Éva", "eva@lantern.example", access.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Join(t.Context(), token, "l’été à la fenêtre"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.SignIn(t.Context(), "eva@lantern.example", "l’e\u0301te\u0301 a\u0300 la fene\u0302tre", here); err != nil {
		t.Error(err)
	}
}

func TestKeysAreShownOnceAndKnownToEveryNode(t *testing.T) {
	l := newLobby(t)
	p, zoe, _ := l.settled()
	away := l.porter()
	k, value, err := p.CreateKey(access.WithUser(t.Context(), zoe), "web shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if k.By != "Zoé" || !k.Public() || !strings.HasSuffix(value, k.Ends) || len(value) < 40 {
		t.Errorf("made %+v, %d characters", k, len(value))
	}
	if _, ok := away.Keys().Find(value); ok {
		t.Error("another node knows before it looked")
	}
	if err := away.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, ok := away.Keys().Find(value); !ok || got != k {
		t.Errorf("on another node: %v, %t", got, ok)
	}
	if got, ok := l.porter().Keys().Find(value); !ok || got != k {
		t.Errorf("in another life: %v, %t", got, ok)
	}
	if _, err := away.RevokeKey(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Keys().Find(value); ok {
		t.Error("opens after it was revoked")
	}
	if _, err := p.RevokeKey(t.Context(), k.ID); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("revoked twice: %v", err)
	}
	for _, name := range []string{"", " ", "Aparte", strings.Repeat("x", 65)} {
		if _, _, err := p.CreateKey(t.Context(), name, ""); !errors.Is(err, access.ErrKeyName) {
			t.Errorf("called %q: %v", name, err)
		}
	}
}

// Nothing that opens anything stands in the store as it is.
func TestTheStoreHoldsHashesOnly(t *testing.T) {
	l := newLobby(t)
	p, zoe, session := l.settled()
	_, link, err := p.Reset(t.Context(), zoe.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, value, err := p.CreateKey(t.Context(), "till", access.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.SignIn(t.Context(), "stranger@else.example", "wrong", here); !errors.Is(err, access.ErrRefused) {
		t.Fatal(err)
	}
	looked := 0
	for _, name := range []string{"access", "access-changes", "access-record"} {
		newest, err := l.store.Document(t.Context(), name, 0)
		if err != nil {
			continue
		}
		for v := uint64(1); v <= newest.Version; v++ {
			d, err := l.store.Document(t.Context(), name, v)
			if err != nil {
				t.Fatal(err)
			}
			looked++
			for _, secret := range []string{good, session, link, value, here, "stranger@else.example"} {
				if strings.Contains(string(d.Body), secret) {
					t.Errorf("%s, version %d, holds %q", name, v, secret)
				}
			}
		}
	}
	if looked < 5 {
		t.Errorf("only %d documents were there to look at", looked)
	}
}

// Whatever is written by whichever node, all come to know the same; and a life that begins later, from a book that was written down
// whole, too.
func TestAllNodesComeToKnowTheSame(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	nodes := []*access.Porter{p, l.porter(), l.porter()}
	late := l.porter() // it looks again only at the end: much is forgotten by then
	var wait sync.WaitGroup
	for i, n := range nodes {
		wait.Go(func() {
			for k := range 300 {
				if _, _, err := n.CreateKey(t.Context(), fmt.Sprintf("key %d of %d", k, i), access.Marketer); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	for _, n := range append(nodes, late, l.porter()) {
		if err := n.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := n.Keys().All(); len(got) != 900 || !slices.Equal(got, nodes[0].Keys().All()) {
			t.Errorf("knows %d keys", len(got))
		}
		if len(n.Members()) != 1 {
			t.Errorf("knows %d users", len(n.Members()))
		}
	}
	if _, err := l.store.Document(t.Context(), "access-changes", 1); err == nil {
		t.Error("the first change is still kept")
	}
}

func TestTheRecordIsReadFromItsEnd(t *testing.T) {
	l := newLobby(t)
	p, zoe, _ := l.settled()
	if got, err := p.Record(t.Context(), 0, 10); err != nil || len(got) != 0 {
		t.Errorf("at first: %v, %v", got, err)
	}
	ctx := access.WithUser(t.Context(), zoe)
	for i := range 5 {
		l.now = l.now.Add(time.Minute)
		if err := p.Write(ctx, "key.made", fmt.Sprint("k", i)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := p.Record(t.Context(), 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := p.Record(t.Context(), page[2].Number, 3)
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, e := range append(page, rest...) {
		subjects = append(subjects, e.Subject)
		if e.Who != "Zoé" || e.User != zoe.ID || e.Action != "key.made" {
			t.Errorf("says %+v", e)
		}
	}
	if got := strings.Join(subjects, " "); got != "k4 k3 k2 k1 k0" || !page[0].At.Equal(l.now) {
		t.Errorf("told %s", got)
	}
	for _, person := range []string{"p_ada", "p_ben", "p_ada"} {
		if err := p.Write(ctx, "erase", person); err != nil {
			t.Fatal(err)
		}
	}
	pseudonym := regexp.MustCompile(`^person:[0-9a-f]{32}$`)
	people, err := l.porter().Record(t.Context(), 0, 3) // of another life
	if err != nil {
		t.Fatal(err)
	}
	if people[0].Subject != people[2].Subject || people[0].Subject == people[1].Subject || !pseudonym.MatchString(people[0].Subject) {
		t.Errorf("people are told as %+v", people)
	}
}
