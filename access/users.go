package access

import (
	"cmp"
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Member is a user as others see them.
type Member struct {
	User
	Since    time.Time
	SignedIn time.Time // zero: never
	Pending  bool      // they have not come by their link yet
	Outside  bool      // they come by the identity provider
	Second   bool      // they have a second factor
}

// Members are all users, by name.
func (p *Porter) Members() []Member {
	p.mu.RLock()
	defer p.mu.RUnlock()
	all := make([]Member, 0, len(p.book.Accounts))
	for _, a := range p.book.Accounts {
		all = append(all, Member{User: a.user(), Since: a.Since, SignedIn: a.SignedIn, Pending: !a.comes(), Outside: a.Subject != "", Second: a.Second != nil})
	}
	slices.SortFunc(all, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Errors of what somebody is called.
var (
	ErrName  = errors.New("name must have 1 to 100 characters")
	ErrEmail = errors.New("is no e-mail address")
	ErrRole  = errors.New("is no role")
)

// newAccount is somebody who has no way in yet.
func (p *Porter) newAccount(name, email string, role Role) (*account, error) {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > 100 {
		return nil, ErrName
	}
	email, err := Address(email)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(roles, role) {
		return nil, ErrRole
	}
	_, id, err := p.token()
	if err != nil {
		return nil, err
	}
	return &account{ID: UserID("u_" + id[:16]), Name: name, Email: email, Role: role, Since: p.Now().UTC()}, nil
}

// Address is an e-mail address as accounts are known by, or ErrEmail.
func Address(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 {
		return "", ErrEmail
	}
	return email, nil
}

// linkLasts is how long somebody has to follow a link they were given.
const linkLasts = 3 * 24 * time.Hour

// Invite makes an account, and answers the token of the link by which they choose their password: this once.
func (p *Porter) Invite(ctx context.Context, name, email string, role Role) (User, string, error) {
	a, err := p.newAccount(name, email, role)
	if err != nil {
		return User{}, "", err
	}
	token, l, err := p.linkFor(a.ID)
	if err != nil {
		return User{}, "", err
	}
	if err := p.write(ctx, change{Account: a, Link: l}); err != nil {
		return User{}, "", err
	}
	return a.user(), token, nil
}

// Reset answers the token of a link by which a user chooses another password. The one they have goes on until then.
func (p *Porter) Reset(ctx context.Context, id UserID) (User, string, error) {
	a, ok := p.account(id)
	if !ok {
		return User{}, "", ErrUnknown
	}
	token, l, err := p.linkFor(id)
	if err != nil {
		return User{}, "", err
	}
	return a.user(), token, p.write(ctx, change{Link: l})
}

func (p *Porter) linkFor(id UserID) (token string, _ *link, err error) {
	token, hash, err := p.token()
	now := p.Now().UTC()
	return token, &link{Hash: hash, For: id, Made: now, Ends: now.Add(linkLasts)}, err
}

func (p *Porter) account(id UserID) (account, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if a := p.book.Accounts[id]; a != nil {
		return *a, true
	}
	return account{}, false
}

// Invited is whose password the link with a token sets, or ErrLink.
func (p *Porter) Invited(token string) (User, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	l := p.book.Links[hashOf(token)]
	if l == nil || l.over(p.Now()) {
		return User{}, ErrLink
	}
	a := p.book.Accounts[l.For]
	if a == nil {
		return User{}, ErrLink
	}
	return a.user(), nil
}

// Join sets the password of whom a link is for, ends all their sessions, and begins one whose token it answers. Who has a second factor gets
// none, and signs in with both: a link alone opens nothing of theirs.
func (p *Porter) Join(ctx context.Context, token, password string) (User, string, error) {
	u, err := p.Invited(token)
	if err != nil {
		return User{}, "", err
	}
	if since, _ := p.Second(u.ID); !since.IsZero() {
		if err := CheckPassword(password, u.Name, u.Email); err != nil {
			return User{}, "", err
		}
		hash, err := p.hashSlowly(ctx, password)
		if err != nil {
			return User{}, "", err
		}
		return u, "", p.write(ctx, change{Uses: hashOf(token), Of: u.ID, Hash: hash, EndsOf: u.ID})
	}
	return p.settle(ctx, u, password, hashOf(token))
}

// ChangePassword sets a user's password who knows the one before. All their sessions end, and one begins whose token it answers.
func (p *Porter) ChangePassword(ctx context.Context, id UserID, before, password, address string) (string, error) {
	a, ok := p.account(id)
	if !ok {
		return "", ErrUnknown
	}
	if _, _, err := p.check(ctx, a.Email, before, address); err != nil {
		return "", err
	}
	_, session, err := p.settle(ctx, a.user(), password, "")
	return session, err
}

func (p *Porter) settle(ctx context.Context, u User, password, uses string) (User, string, error) {
	if err := CheckPassword(password, u.Name, u.Email); err != nil {
		return User{}, "", err
	}
	hash, err := p.hashSlowly(ctx, password)
	if err != nil {
		return User{}, "", err
	}
	session, s, err := p.newSession(ctx, u.ID)
	if err != nil {
		return User{}, "", err
	}
	return u, session, p.write(ctx, change{Uses: uses, Of: u.ID, Hash: hash, EndsOf: u.ID, Session: s, SignedIn: u.ID, Forgiven: p.veiled("account", u.Email)})
}

// SetRole changes what a user may do, and ends their sessions. ErrLast: nobody would be left who may administer.
func (p *Porter) SetRole(ctx context.Context, id UserID, role Role) error {
	if !slices.Contains(roles, role) {
		return ErrRole
	}
	if a, ok := p.account(id); !ok {
		return ErrUnknown
	} else if a.Role == role {
		return nil
	}
	return p.write(ctx, change{Of: id, Role: role, EndsOf: id})
}

// Remove takes somebody's account away, with their sessions. ErrLast: as of SetRole.
func (p *Porter) Remove(ctx context.Context, id UserID) error {
	if _, ok := p.account(id); !ok {
		return ErrUnknown
	}
	return p.write(ctx, change{Leaves: id})
}

// Empty reports whether nobody has an account yet.
func (p *Porter) Empty() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.book.Accounts) == 0
}

// SetUpToken is a token by which the first account is made, valid until there is one. ErrSetUp: there is.
func (p *Porter) SetUpToken(ctx context.Context) (string, error) {
	if !p.Empty() {
		return "", ErrSetUp
	}
	token, hash, err := p.token()
	if err != nil {
		return "", err
	}
	return token, p.write(ctx, change{First: true, Link: &link{Hash: hash, Made: p.Now().UTC()}})
}

// SetsUp reports whether a token is one by which the first account is made.
func (p *Porter) SetsUp(token string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	l := p.book.Links[hashOf(token)]
	return l != nil && l.For == "" && len(p.book.Accounts) == 0
}

// SetUp makes the first account, an administrator's, and begins a session whose token it answers. Of two who try, one does.
func (p *Porter) SetUp(ctx context.Context, token, name, email, password string) (User, string, error) {
	if !p.SetsUp(token) {
		return User{}, "", ErrLink
	}
	a, err := p.newAccount(name, email, Administrator)
	if err != nil {
		return User{}, "", err
	}
	if err := CheckPassword(password, a.Name, a.Email); err != nil {
		return User{}, "", err
	}
	if a.Hash, err = p.hashSlowly(ctx, password); err != nil {
		return User{}, "", err
	}
	session, s, err := p.newSession(ctx, a.ID)
	if err != nil {
		return User{}, "", err
	}
	return a.user(), session, p.write(ctx, change{First: true, Uses: hashOf(token), Account: a, Session: s, SignedIn: a.ID})
}

// PutAway says of a point of the checklist that it needs no looking after any more.
func (p *Porter) PutAway(ctx context.Context, point string) error {
	if slices.Contains(p.Away(), point) {
		return nil
	}
	return p.write(ctx, change{Away: point})
}

// Away are the points of the checklist of which that was said.
func (p *Porter) Away() []string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Clone(p.book.Away)
}
