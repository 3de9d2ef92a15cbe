package aparte

import "hash/fnv"

// AudienceID names an audience, the same across versions of the brand.
type AudienceID string

// AudienceKey stands for an audience in the records of the people who are in it, which have no room for its id.
type AudienceKey uint32

// audienceKeyBits is how long a key is: a record of all MaxAudiences has so little room left.
const audienceKeyBits = 24

// Key is the FNV-1a hash of an id, folded to 24 bits
// (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv, section 3). A brand is refused where two of its audiences have the same.
func (id AudienceID) Key() AudienceKey {
	h := fnv.New32a()
	h.Write([]byte(id))
	return AudienceKey(h.Sum32()>>audienceKeyBits ^ h.Sum32()&(1<<audienceKeyBits-1))
}

// Audience is a live set of people: those for whom a condition holds. Membership is brought up to date with every event of
// a person, and by a pass over everybody for what time alone changes; entering and leaving are events of their history
// (EventEntered, EventExited), which scenarios can come after.
type Audience struct {
	ID   AudienceID `json:"id"`
	Name Words      `json:"name"`

	// When is the condition, in the language of rules. It speaks of people, their visits and their baskets: of a moment, a
	// content or an item there is none, and of other audiences it may not speak, so that none waits for another.
	When string `json:"when"`

	// Entitlements are what those in it may have, such as free engraving: a loyalty tier is an audience that has some. Whoever
	// fulfils them is told by a notice when somebody comes in, and when they leave.
	Entitlements []Entitlement `json:"entitlements,omitempty"`
}

// Entitlement is something that a brand does for those who have it.
type Entitlement struct {
	ID   string `json:"id"`
	Name Words  `json:"name"`
}

// MaxEntitlements bounds those of one audience.
const MaxEntitlements = 16

// MaxAudiences bounds the audiences of a brand, and so of a person.
const MaxAudiences = 100
