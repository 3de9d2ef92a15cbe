package access

import (
	"context"
	"slices"
)

// User is somebody who works in the console, or a key in their place: who a change is put down to.
type User struct {
	ID    UserID // empty: not somebody with an account, such as a key or the demo's visitor
	Name  string // what others call them
	Email string // by which they sign in
	Role  Role
	Owes  bool // a second factor is demanded and they have none: they may set one up, and nothing else
}

// UserID names a user for good.
type UserID string

// Role is what somebody is in the house. Each may what those before it may.
type Role string

// The roles.
const (
	Reader        Role = "reader"        // sees everything that is not about access
	Marketer      Role = "marketer"      // changes what is said, to whom and when, and publishes it
	Administrator Role = "administrator" // keeps users, keys and settings; erases people and takes their data out
)

// roles are in the order of what they may.
var roles = []Role{Reader, Marketer, Administrator}

// Roles are all roles, in the order of what they may.
func Roles() []Role { return slices.Clone(roles) }

// Right is something that not everybody may do.
type Right string

// The rights.
const (
	Own        Right = "own"        // look after one's own account
	See        Right = "see"        // look at people, contents and results
	Change     Right = "change"     // change contents, rules, scenarios, audiences; publish; answer people
	Personal   Right = "personal"   // erase people, undo merges, take personal data out
	Administer Right = "administer" // users, keys, settings, the record of changes
)

// least is the first role that has a right.
var least = map[Right]Role{Own: Reader, See: Reader, Change: Marketer, Personal: Administrator, Administer: Administrator}

// May reports whether the user has a right. The zero User has none, and nobody has one that is not declared.
func (u User) May(r Right) bool {
	first, known := least[r]
	at := slices.Index(roles, u.Role)
	return known && (!u.Owes || r == Own) && at >= 0 && at >= slices.Index(roles, first)
}

type userKey struct{}

// WithUser says who a request is of.
func WithUser(ctx context.Context, u User) context.Context {
	return context.WithValue(ctx, userKey{}, u)
}

// UserOf is who a request is of; ok is false where nobody is known, as of what the house does by itself.
func UserOf(ctx context.Context) (u User, ok bool) {
	u, ok = ctx.Value(userKey{}).(User)
	return u, ok
}
