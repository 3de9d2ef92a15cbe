package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// TooMany says that too many attempts failed, of an account or from an address. It is an error.
type TooMany struct{ Until time.Time }

func (e *TooMany) Error() string {
	return "too many attempts: again at " + e.Until.UTC().Format(time.RFC3339)
}

// How many attempts may fail before the next has to wait, how long it waits first, and at most: each failure after that doubles the
// wait. NIST SP 800-63B section 3.2.2 allows a hundred in a row.
const (
	freeOfAccount = 5
	freeOfAddress = 20
	firstWait     = 30 * time.Second
	longestWait   = 15 * time.Minute
	forgotten     = 24 * time.Hour
)

// until is when the next attempt may be made.
func (m *misses) until(free int) time.Time {
	if m == nil || m.N < free {
		return time.Time{}
	}
	return m.Last.Add(min(longestWait, firstWait<<min(m.N-free, 10)))
}

// waits is nil where an attempt may be made.
func (p *Porter) waits(account, address string) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	until := p.book.Misses[account].until(freeOfAccount)
	if other := p.book.Misses[address].until(freeOfAddress); other.After(until) {
		until = other
	}
	if p.Now().Before(until) {
		return &TooMany{until}
	}
	return nil
}

// SignIn begins a session of whoever has this e-mail address and password, and answers its token. It fails with ErrRefused, with
// TooMany, which is told of accounts that are not there as of those that are, or with Asked, where the account has a second factor.
func (p *Porter) SignIn(ctx context.Context, email, password, address string) (User, string, error) {
	u, was, err := p.check(ctx, email, password, address)
	if err != nil {
		return User{}, "", err
	}
	if since, _ := p.Second(u.ID); !since.IsZero() {
		return User{}, "", &Asked{p.ticket(u.ID, was)}
	}
	token, s, err := p.newSession(ctx, u.ID)
	if err != nil {
		return User{}, "", err
	}
	return u, token, p.write(ctx, change{Session: s, SignedIn: u.ID, Was: was, Forgiven: p.veiled("account", u.Email)})
}

// check is who has an e-mail address and a password, and the hash of the password's hash. What fails is counted and written down.
func (p *Porter) check(ctx context.Context, email, password, address string) (u User, was string, err error) {
	name, err := Address(email)
	if err != nil {
		name = "" // nobody has it: it takes as long, and is counted of the address alone
	}
	account, address := p.veiled("account", name), p.veiled("address", address)
	defer func() { p.missed(ctx, account, err) }()
	if err := p.waits(account, address); err != nil {
		return User{}, "", err
	}
	release, err := p.worker(ctx)
	if err != nil {
		return User{}, "", err
	}
	defer release()
	if err := p.waits(account, address); err != nil { // others may have failed while this one waited
		return User{}, "", err
	}
	p.mu.RLock()
	found, hash := p.book.byEmail(name), p.dummy
	if found != nil && found.Hash != "" {
		u, hash = found.user(), found.Hash
	}
	p.mu.RUnlock()
	if len(password) > 4*LongestPassword {
		password = ""
	}
	if !matches(hash, password) || u.ID == "" {
		if err := p.write(ctx, change{Missed: []string{account, address}}); err != nil {
			return User{}, "", err
		}
		return User{}, "", ErrRefused
	}
	return u, hashOf(hash), nil
}

// worker waits until a password may be checked.
func (p *Porter) worker(ctx context.Context) (release func(), err error) {
	select {
	case p.work <- struct{}{}:
		return func() { <-p.work }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("check a password: %w", ctx.Err())
	}
}

// hashSlowly is hash when its turn comes.
func (p *Porter) hashSlowly(ctx context.Context, password string) (string, error) {
	release, err := p.worker(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return p.hash(password)
}

func (p *Porter) newSession(ctx context.Context, whose UserID) (token string, _ *session, err error) {
	token, hash, err := p.token()
	now := p.Now().UTC()
	at, _ := ctx.Value(browserKey{}).(Browser)
	return token, &session{Hash: hash, User: whose, Began: now, Seen: now, Ends: now.Add(p.Longest), At: at}, err
}

// touched is how much of its idle time a session spends before its use is written down again.
const touched = 12

// SessionOf is whose session has a token: nobody's where it has ended. Used, it lasts on; what a page asks by itself is no use.
func (p *Porter) SessionOf(ctx context.Context, token string, used bool) (User, bool) {
	hash, now := hashOf(token), p.Now()
	p.mu.RLock()
	s, demands := p.book.Sessions[hash], p.book.Demands
	var a *account
	if s != nil {
		a = p.book.Accounts[s.User]
	}
	p.mu.RUnlock()
	if a == nil || !p.lasts(s, now) {
		return User{}, false
	}
	if used && now.Sub(s.Seen) >= p.Idle/touched {
		if err := p.write(ctx, change{Seen: hash}); err != nil {
			p.Logger.Error("access", "error", err)
		}
	}
	u := a.user()
	u.Owes = demands && a.Second == nil && !s.Outside && len(p.Seconds) > 0
	return u, true
}

// SignOut ends a session.
func (p *Porter) SignOut(ctx context.Context, token string) error {
	return p.write(ctx, change{Ends: hashOf(token)})
}

// SignOutEverywhere ends all sessions of a user.
func (p *Porter) SignOutEverywhere(ctx context.Context, id UserID) error {
	return p.write(ctx, change{EndsOf: id})
}

// lasts reports whether a session has not ended by itself.
func (p *Porter) lasts(s *session, now time.Time) bool {
	return now.Before(s.Ends) && now.Sub(s.Seen) < p.Idle
}

// Session is one that is open, as its user sees it.
type Session struct {
	ID    string // names it for as long as it lasts, and opens nothing
	At    Browser
	Began time.Time
	Seen  time.Time // when it was last used, give or take a twelfth of Idle
	This  bool      // it is the one that asks
}

// Sessions are those of a user that are open, the one last used first. token is that of the session that asks.
func (p *Porter) Sessions(id UserID, token string) (all []Session) {
	now, own := p.Now(), hashOf(token)
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.book.Sessions {
		if s.User == id && p.lasts(s, now) {
			all = append(all, Session{ID: s.Hash[:sessionName], At: s.At, Began: s.Began, Seen: s.Seen, This: s.Hash == own})
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return cmp.Or(b.Seen.Compare(a.Seen), cmp.Compare(a.ID, b.ID)) })
	return all
}

// sessionName is how much of its token's hash names a session: nobody finds a token by it, and no two have the same.
const sessionName = 16

// EndSession ends one session of a user. ErrUnknown: they have none of that name.
func (p *Porter) EndSession(ctx context.Context, id UserID, name string) error {
	p.mu.RLock()
	hash := ""
	for _, s := range p.book.Sessions {
		if s.User == id && s.Hash[:sessionName] == name {
			hash = s.Hash
		}
	}
	p.mu.RUnlock()
	if hash == "" {
		return ErrUnknown
	}
	return p.write(ctx, change{Ends: hash})
}
