package access

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"
)

// Outsider is somebody an identity provider answers for: it was verified that they are who they are, and that the address is theirs.
type Outsider struct {
	Subject string // who they are at the provider, for good
	Email   string
	Name    string
	Role    Role // what the provider says they are; empty: it does not say
	May     bool // come uninvited
}

// Barred is nil where an attempt to come in from an address may be made, else TooMany.
func (p *Porter) Barred(address string) error { return p.waits("", p.veiled("address", address)) }

// Missed counts an attempt from an address that failed.
func (p *Porter) Missed(ctx context.Context, address string) error {
	p.missed(ctx, "", ErrRefused)
	return p.write(ctx, change{Missed: []string{p.veiled("address", address)}})
}

// SignInOutside begins a session of whom a provider answers for, and answers its token. They have the account that is bound to them; where
// none is, the one with their address becomes bound, or, if they may come uninvited, they get one as a reader. A role that the provider
// gives is theirs from then on, but that somebody is left who may administer. It fails with ErrRefused, or with TooMany.
func (p *Porter) SignInOutside(ctx context.Context, o Outsider, address string) (User, string, error) {
	if err := p.Barred(address); err != nil {
		p.missed(ctx, p.veiled("account", o.Email), err)
		return User{}, "", err
	}
	c, u, err := p.admit(o)
	p.missed(ctx, p.veiled("account", o.Email), err)
	if errors.Is(err, ErrRefused) {
		if err := p.write(ctx, change{Missed: []string{p.veiled("address", address)}}); err != nil {
			return User{}, "", err
		}
	}
	if err != nil {
		return User{}, "", err
	}
	token, s, err := p.newSession(ctx, u.ID)
	if err != nil {
		return User{}, "", err
	}
	s.Outside = true
	c.Session, c.SignedIn = s, u.ID
	err = p.write(ctx, c)
	if errors.Is(err, ErrLast) { // the only administrator stays one
		a, _ := p.account(u.ID)
		c.Role, c.EndsOf, u.Role = "", "", a.Role
		err = p.write(ctx, c)
	}
	if errors.Is(err, ErrTaken) || errors.Is(err, ErrUnknown) { // somebody was bound, or left, meanwhile
		err = ErrRefused
	}
	return u, token, err
}

// admit is whose account it is, and what becomes of it.
func (p *Porter) admit(o Outsider) (c change, u User, err error) {
	p.mu.RLock()
	a := p.book.bySubject(o.Subject)
	if a == nil {
		a = p.book.byEmail(o.Email)
	}
	p.mu.RUnlock()
	switch {
	case o.Subject == "":
		return c, u, ErrRefused
	case a == nil && !o.May:
		return c, u, ErrRefused
	case a == nil:
		name := strings.Join(strings.Fields(o.Name), " ")
		if utf8.RuneCountInString(name) > 100 {
			name = string([]rune(name)[:100])
		}
		role := o.Role
		if role == "" {
			role = Reader
		}
		a, err := p.newAccount(name, o.Email, role)
		if err != nil {
			return c, u, ErrRefused
		}
		a.Subject = o.Subject
		return change{Account: a}, a.user(), nil
	case a.Subject != "" && a.Subject != o.Subject: // the address is another's by now
		return c, u, ErrRefused
	}
	u = a.user()
	c = change{Of: a.ID, Subject: o.Subject}
	if o.Role != "" && o.Role != a.Role {
		c.Role, c.EndsOf, u.Role = o.Role, a.ID, o.Role
	}
	return c, u, nil
}
