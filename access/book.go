package access

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// book is all that is known.
type book struct {
	Accounts map[UserID]*account `json:"accounts"`
	Links    map[string]*link    `json:"links"`    // by the hash of the token
	Sessions map[string]*session `json:"sessions"` // by the hash of the token
	Keys     map[KeyID]*key      `json:"keys"`
	Misses   map[string]*misses  `json:"misses"`            // by the veiled account or address
	Demands  bool                `json:"demands,omitempty"` // a second factor, of everybody who comes by a password
	Away     []string            `json:"away"`              // of the checklist: what was put away or is known to be done
}

func newBook() book {
	return book{Accounts: map[UserID]*account{}, Links: map[string]*link{}, Sessions: map[string]*session{}, Keys: map[KeyID]*key{}, Misses: map[string]*misses{}}
}

// whole reports whether nothing is missing in a book that was read.
func (b *book) whole() bool {
	return b.Accounts != nil && b.Links != nil && b.Sessions != nil && b.Keys != nil && b.Misses != nil &&
		filled(b.Accounts) && filled(b.Links) && filled(b.Sessions) && filled(b.Keys) && filled(b.Misses)
}

// filled reports whether no entry is empty.
func filled[K comparable, V any](entries map[K]*V) bool {
	for _, v := range entries {
		if v == nil {
			return false
		}
	}
	return true
}

// account is a user as they are kept.
type account struct {
	ID       UserID    `json:"id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     Role      `json:"role"`
	Hash     string    `json:"hash,omitempty"`    // of the password; empty: they have not come by their link yet, or come by Subject
	Subject  string    `json:"subject,omitempty"` // who they are at the identity provider
	Second   *second   `json:"second,omitempty"`  // nil: none
	Since    time.Time `json:"since"`
	SignedIn time.Time `json:"signedIn,omitzero"`
}

func (a *account) user() User { return User{ID: a.ID, Name: a.Name, Email: a.Email, Role: a.Role} }

// link is what somebody may do once who has its token.
type link struct {
	Hash string    `json:"hash"`
	For  UserID    `json:"for,omitempty"` // whose password it sets; empty: it sets the house up
	Made time.Time `json:"made"`
	Ends time.Time `json:"ends,omitzero"` // zero: when it is used
}

// session is somebody at a browser.
type session struct {
	Hash  string    `json:"hash"`
	User  UserID    `json:"user"`
	Began time.Time `json:"began"`
	Seen  time.Time `json:"seen"`
	Ends  time.Time `json:"ends"`
	At    Browser   `json:"at,omitzero"`

	Outside bool `json:"outside,omitempty"` // an identity provider answered for them
}

// misses are attempts to sign in that failed, one after another.
type misses struct {
	N    int       `json:"n"`
	Last time.Time `json:"last"`
}

// The bounds of the book.
const (
	maxAccounts = 1000
	maxSessions = 10_000
	maxKeys     = 1000
	maxMisses   = 10_000
	maxSetUps   = 16
)

// change is what happens to a book. What it asks for must hold when it is applied, or nothing of it is done.
type change struct {
	At time.Time `json:"at"`

	Uses  string `json:"uses,omitempty"`  // the link of this hash must be there, and is not afterwards
	First bool   `json:"first,omitempty"` // nobody may be there yet

	Account  *account `json:"account,omitempty"` // somebody new
	Of       UserID   `json:"of,omitempty"`      // whose password or role is another from now on
	Hash     string   `json:"hash,omitempty"`
	Role     Role     `json:"role,omitempty"`
	Subject  string   `json:"subject,omitempty"` // who they are at the identity provider from now on; their link is over
	Leaves   UserID   `json:"leaves,omitempty"`
	SignedIn UserID   `json:"signedIn,omitempty"`
	Was      string   `json:"was,omitempty"` // who signs in must still have the password of which this is the hash's hash

	Second  *second `json:"second,omitempty"` // that of Of from now on
	Plain   bool    `json:"plain,omitempty"`  // Of has none any more
	Step    uint64  `json:"step,omitempty"`   // the code of this step is used up by Of
	Used    string  `json:"used,omitempty"`   // the recovery code of this hash is
	Demands *bool   `json:"demands,omitempty"`

	Link    *link    `json:"link,omitempty"`
	EndsOf  UserID   `json:"endsOf,omitempty"` // all sessions of somebody end
	Session *session `json:"session,omitempty"`
	Ends    string   `json:"ends,omitempty"`
	Seen    string   `json:"seen,omitempty"`

	Missed   []string `json:"missed,omitempty"`
	Forgiven string   `json:"forgiven,omitempty"`

	Key     *key   `json:"key,omitempty"`
	Revoked KeyID  `json:"revoked,omitempty"`
	Away    string `json:"away,omitempty"`
}

// apply does what a change says, or nothing and says why.
func (b *book) apply(c *change) error {
	if err := b.fits(c); err != nil {
		return err
	}
	delete(b.Links, c.Uses)
	b.people(c)
	b.sessions(c)
	for _, who := range c.Missed {
		b.miss(who, c.At)
	}
	delete(b.Misses, c.Forgiven)
	if c.Key != nil {
		b.Keys[c.Key.ID] = c.Key
	}
	delete(b.Keys, c.Revoked)
	if c.Demands != nil {
		b.Demands = *c.Demands
	}
	if c.Away != "" && !slices.Contains(b.Away, c.Away) {
		b.Away = append(b.Away, c.Away)
	}
	return nil
}

// fits reports why a change cannot be.
func (b *book) fits(c *change) error {
	if c.Uses != "" {
		if l := b.Links[c.Uses]; l == nil || l.over(c.At) {
			return ErrLink
		}
	}
	if c.First && len(b.Accounts) > 0 {
		return ErrSetUp
	}
	if a := c.Account; a != nil {
		if other := b.byEmail(a.Email); other != nil && other.ID != a.ID {
			return ErrTaken
		}
		if len(b.Accounts) == maxAccounts {
			return ErrFull
		}
	}
	if c.Of != "" && b.Accounts[c.Of] == nil {
		return ErrUnknown
	}
	if a := c.Account; a != nil && a.Subject != "" && b.bySubject(a.Subject) != nil {
		return ErrTaken
	}
	if c.Subject != "" {
		if was := b.Accounts[c.Of].Subject; was != "" && was != c.Subject {
			return ErrTaken
		}
		if other := b.bySubject(c.Subject); other != nil && other.ID != c.Of {
			return ErrTaken
		}
	}
	if c.Role != "" && c.Role != Administrator && b.last(c.Of) {
		return ErrLast
	}
	if a := b.Accounts[c.SignedIn]; c.Was != "" && (a == nil || hashOf(a.Hash) != c.Was) {
		return ErrRefused
	}
	if s := b.Accounts[c.Of]; c.Step > 0 && (s.Second == nil || c.Step <= s.Second.Step) || c.Used != "" && (s.Second == nil || !slices.Contains(s.Second.Codes, c.Used)) {
		return ErrRefused
	}
	if c.Leaves != "" && b.last(c.Leaves) {
		return ErrLast
	}
	if c.Key != nil && b.Keys[c.Key.ID] == nil && len(b.Keys) == maxKeys {
		return ErrFull
	}
	return nil
}

// last reports whether a user is the only administrator who can sign in.
func (b *book) last(id UserID) bool {
	if a := b.Accounts[id]; a == nil || a.Role != Administrator || !a.comes() {
		return false
	}
	for _, a := range b.Accounts {
		if a.ID != id && a.Role == Administrator && a.comes() {
			return false
		}
	}
	return true
}

// comes reports whether the user has a way in.
func (a *account) comes() bool { return a.Hash != "" || a.Subject != "" }

// after is a second factor after a change.
func (s *second) after(c *change) *second {
	switch {
	case c.Second != nil:
		return c.Second
	case c.Plain || s == nil:
		return nil
	}
	used := *s
	used.Step = max(s.Step, c.Step)
	used.Codes = slices.DeleteFunc(slices.Clone(s.Codes), func(hash string) bool { return hash == c.Used })
	return &used
}

func (b *book) people(c *change) {
	if c.Account != nil {
		b.Accounts[c.Account.ID] = c.Account
		if c.First { // whoever has another link to set up comes too late
			maps.DeleteFunc(b.Links, func(_ string, l *link) bool { return l.For == "" })
		}
	}
	if c.Of != "" {
		other := *b.Accounts[c.Of]
		other.Hash, other.Role, other.Subject = cmp.Or(c.Hash, other.Hash), cmp.Or(c.Role, other.Role), cmp.Or(c.Subject, other.Subject)
		other.Second = other.Second.after(c)
		b.Accounts[c.Of] = &other
		if c.Subject != "" {
			maps.DeleteFunc(b.Links, func(_ string, l *link) bool { return l.For == c.Of })
		}
	}
	if a := b.Accounts[c.SignedIn]; a != nil {
		signed := *a
		signed.SignedIn = c.At
		b.Accounts[a.ID] = &signed
	}
	if c.Leaves != "" {
		delete(b.Accounts, c.Leaves)
		b.end(c.Leaves)
		maps.DeleteFunc(b.Links, func(_ string, l *link) bool { return l.For == c.Leaves })
	}
	if c.Link != nil {
		maps.DeleteFunc(b.Links, func(_ string, l *link) bool {
			return l.over(c.At) || l.For != "" && l.For == c.Link.For // a new one is in place of those before
		})
		b.Links[c.Link.Hash] = c.Link
		trim(b.Links, func(l *link) bool { return l.For == "" }, func(l *link) time.Time { return l.Made }, maxSetUps)
	}
}

func (l *link) over(now time.Time) bool { return !l.Ends.IsZero() && !now.Before(l.Ends) }

func (b *book) sessions(c *change) {
	if c.EndsOf != "" {
		b.end(c.EndsOf)
	}
	delete(b.Sessions, c.Ends)
	if s := b.Sessions[c.Seen]; s != nil {
		seen := *s
		seen.Seen = c.At
		b.Sessions[c.Seen] = &seen
	}
	if c.Session != nil {
		maps.DeleteFunc(b.Sessions, func(_ string, s *session) bool { return !c.At.Before(s.Ends) })
		b.Sessions[c.Session.Hash] = c.Session
		trim(b.Sessions, func(*session) bool { return true }, func(s *session) time.Time { return s.Seen }, maxSessions)
	}
}

func (b *book) end(whose UserID) {
	maps.DeleteFunc(b.Sessions, func(_ string, s *session) bool { return s.User == whose })
}

func (b *book) miss(who string, now time.Time) {
	m := misses{Last: now}
	if before := b.Misses[who]; before != nil && now.Sub(before.Last) < forgotten {
		m.N = before.N
	}
	m.N++
	b.Misses[who] = &m
	trim(b.Misses, func(*misses) bool { return true }, func(m *misses) time.Time { return m.Last }, maxMisses)
}

// trim leaves the youngest of those that count, at most so many.
func trim[V any](all map[string]V, counts func(V) bool, at func(V) time.Time, most int) {
	if len(all) <= most {
		return
	}
	var of []string
	for name, v := range all {
		if counts(v) {
			of = append(of, name)
		}
	}
	slices.SortFunc(of, func(a, b string) int { return cmp.Or(at(all[b]).Compare(at(all[a])), cmp.Compare(a, b)) })
	for _, name := range of[min(most, len(of)):] {
		delete(all, name)
	}
}

func (b *book) bySubject(subject string) *account {
	for _, a := range b.Accounts {
		if a.Subject != "" && a.Subject == subject {
			return a
		}
	}
	return nil
}

func (b *book) byEmail(email string) *account {
	for _, a := range b.Accounts {
		if a.Email == email {
			return a
		}
	}
	return nil
}
