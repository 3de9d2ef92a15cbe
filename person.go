package aparte

import "time"

// Bounds of a person's record. Its size stays bounded however long the story: the full history is in
// the event log.
const (
	MaxTraits      = 128
	MaxIdentifiers = 64
	MaxDevices     = 8 // that a push goes to, of those that are told of
	MaxCounters    = 128
	MaxAffinities  = 64 // for items, categories and brands
	MaxLeanings    = 24 // affinities for anything else
	MaxCartLines   = 50
	MaxMemory      = 256
	MaxOpen        = 64
	MaxRecentIDs   = 64
	MaxFormerly    = 48
	MaxIntents     = 8
	MaxConsents    = 64
	MaxTimers      = 64
	MaxOrders      = 32
	MaxOrderItems  = 32
	MaxCurrencies  = 4
	MaxBeats       = 32
	MaxCadences    = 16 // that of all purchases is one of them
	MaxStages      = 8
	MaxPoints      = 12
	ReturnDays     = 14  // over which it is counted how often they come back: Return.Days has a bit for each
	MaxTrials      = 201 // of the brand's holdout one and one an objective, and one an objective's holdout
)

// Person is one human: the state that decisions read. It is a value: functions of package profile take
// one and return another, sharing what did not change, so a Person that has been handed out never
// changes. Slices are sorted as their comments say, so that equal states are equal byte for byte.
type Person struct {
	ID         PersonID
	MergedInto PersonID // not zero: this record is only a pointer to the survivor of a merge; it keeps the userId, of identifiers
	Seq        uint64   // the number of entries in this person's history; the last one's sequence number

	FirstSeen time.Time
	LastSeen  time.Time

	Identifiers []Identifier // by kind, then value
	Traits      []Trait      // by name
	Consents    []Consent    // by purpose, then channel: the current answer, the ledger is the history
	Counters    []Counter    // by name
	Affinities  []Affinity   // by kind, then key; the heaviest MaxAffinities for items, categories and brands, and the heaviest MaxLeanings for anything else

	Orders  Orders
	Session Session
	Cart    Cart

	Said      []Said // oldest first: what was said and seen, the last MaxMemory
	Open      []Open // oldest first: decisions whose objectives' windows are still open
	Goodwill  Goodwill
	Watch     Watch
	Return    Return
	Rhythm    Rhythm
	Cadences  []Cadence     // by category, that of all purchases first; the heaviest MaxCadences
	Audiences []AudienceKey // in order: those of the brand that they were in when it was last looked
	Points    []Points      // by objective, then half-life: what was scored, the weightiest MaxPoints
	Stages    []Stage       // oldest first: those that orders led to and the silences before them, the last MaxStages
	Timers    []Timer       // by name
	Journey   Journey
	Fences    []Fence // in the order they came to them, the last MaxFences: places of the brand where they are; none without consent to location

	Locale string // BCP 47, from traits or context; empty while unknown
	Zone   string // IANA time zone; empty while unknown
	Device string // "desktop", "mobile", "tablet" or empty, of the last event that told

	Trials []Trial // by holdout, then objective: what they were worth since they entered the comparison

	RecentIDs []uint64   // hashes of the last MaxRecentIDs messageIds, oldest first
	Absorbed  []PersonID // people merged into this one, in order
	Formerly  []PersonID // others who had this person's devices before, the last MaxFormerly: what was done on one may be in their history
}

// Provenance says where an attribute comes from. Rules can forbid the last two.
type Provenance uint8

// The provenances.
const (
	Declared Provenance = iota // the person said so
	Observed                   // a fact of their behaviour
	Inferred                   // computed: may steer a choice, is never displayed
	BoughtIn                   // from a third party
)

// Trait is one attribute of a person. Nested traits are flattened with dots: address.city.
type Trait struct {
	Name       string
	Value      Value
	Provenance Provenance
	At         time.Time // when it was learned: an older value never overwrites a newer one
}

// Consent is a person's latest answer for one purpose on one channel.
type Consent struct {
	Purpose Purpose
	Channel Channel // empty: all channels
	Granted bool
	Source  string // where the answer was given
	Wording string // version of the text that was agreed to
	At      time.Time
}

// Counter is a decayed count: Value as of At; it halves every HalfLife of its name (profile.HalfLife).
type Counter struct {
	Name  string
	Value float64
	At    time.Time
}

// AffinityKind is what an affinity is for.
type AffinityKind string

// The kinds of affinity.
const (
	CategoryAffinity AffinityKind = "category"
	BrandAffinity    AffinityKind = "brand"
	ItemAffinity     AffinityKind = "item"

	PriceAffinity     AffinityKind = "price"     // a PriceBand
	AttributeAffinity AffinityKind = "attribute" // of items: "colour=red"
	ContentAffinity   AffinityKind = "content"   // a kind of contents that they follow: Content.Kind
	ToneAffinity      AffinityKind = "tone"      // a trait of the variants that they follow: Variant.Traits
	ChannelAffinity   AffinityKind = "channel"   // on which they follow
)

// OfThings reports whether affinities of the kind are for items, or what items are grouped by.
func (k AffinityKind) OfThings() bool {
	return k == CategoryAffinity || k == BrandAffinity || k == ItemAffinity
}

// Affinity is what attracts a person: a decayed weight as of At.
type Affinity struct {
	Kind   AffinityKind
	Key    string
	Weight float64
	At     time.Time
}

// Orders sums up a person's purchases: recency, frequency, monetary.
type Orders struct {
	Count   int64
	Revenue Money // all orders in the brand's currency, refunds deducted
	FirstAt time.Time
	LastAt  time.Time
	Items   []ItemID // of the last orders, newest first, at most MaxOrderItems
	Recent  []Order  // the last MaxOrders with an id, in the order they came

	OtherRevenue []Money // the same in other currencies, by code, at most MaxCurrencies: money is never converted
}

// Points are what a person scored toward an objective of what fades alike (Score): Value as of At; it halves every
// HalfLife. A half-life of 0 is none: they stay.
type Points struct {
	Objective uint64        // hash of its id: ObjectiveID.Key
	HalfLife  time.Duration // whole seconds
	Value     float64
	At        time.Time
}

// Order is what is remembered of one order, so that a repeat of it counts once and a refund takes back
// what is left.
type Order struct {
	ID       uint64    // hash of the brand's order id
	Left     int64     // what of it counts in the revenue, in minor units; below zero: refunds of an order not heard of yet
	Currency string    // of Left; empty: that of Orders.Revenue
	At       time.Time // when it was placed; zero where only refunds were heard of, or by people of before this was kept
}

// Session is the visit that is going on, or the last one. A session ends after 30 minutes of silence.
type Session struct {
	StartedAt time.Time
	LastAt    time.Time
	Count     int64      // how many sessions there were, this one included
	Pages     int64      // seen in this session
	Intents   []Affinity // what this session is about, heaviest first, at most MaxIntents
	LastItem  ItemID     // the item looked at last
	Dwell     int64      // for how many seconds pages were in view in this session
	ItemDwell int64      // for how many LastItem was, since it was looked at
	Search    string     // the last thing searched for
}

// Cart is what lies in the basket.
type Cart struct {
	Lines     []CartLine // in the order added
	UpdatedAt time.Time
}

// CartLine is one item in a basket.
type CartLine struct {
	Item     ItemID
	Quantity int64
	Price    Money // of one, as the event told
}

// Said is the memory of one exposure.
type Said struct {
	Decision DecisionID
	Parent   DecisionID // the sent message whose slot it filled, or the decision it replaced; zero: none
	Content  ContentID
	Item     ItemID
	Beside   ItemID // the companion; empty: none
	Channel  Channel
	Slot     string
	At       time.Time // first seen; for a sent message not seen yet, when it left
	Seen     int64     // how many times it was seen
	Clicked  bool
}

// Open is a decision that still waits for its outcomes: until Due, value that arrives is credited to it.
type Open struct {
	Decision  DecisionID
	Silence   string // the slot in which the decision was to stay silent; empty where it spoke
	Objective ObjectiveID
	At        time.Time
	Due       time.Time
	Reward    float64 // credited so far, in minor units of the brand's currency

	// Unpaired says that of silence nothing would have been learned in its place, as another in the slot was waiting. What
	// comes of it tells what usually follows, and is compared with nothing: who is compared must not depend on the choice.
	Unpaired bool
}

// Goodwill is what repeated solicitation wears down and time restores, in [0, 1], as of At. The zero
// value (At zero) means full goodwill.
type Goodwill struct {
	Value float64
	At    time.Time
}

// Watch is a week over which it is watched whether a person who was spoken to goes away. The zero value is
// none.
type Watch struct {
	Since    time.Time // an exposure
	Goodwill float64   // after it
	Lost     float64   // the share of their value that their departures in this week put at risk, in [0, 1]
	Earned   float64   // value that objectives brought in this week, in minor units of the brand's currency
}

// Return is a fortnight over which it is counted on how many days a person comes back, after a decision that chance
// had a say in. The zero value is none.
type Return struct {
	Since  time.Time // the decision; zero: none is under way, and only Before says anything
	Aside  float64   // how much more intrusive than what chance would have chosen on average what it chose was perceived to be
	Days   uint16    // the days on which the person came back, a bit each
	Earned float64   // value that objectives brought in this fortnight, in minor units of the brand's currency
	Before int       // 1 + on how many days they came back in the fortnight that was counted before; 0: there was none
}

// Rhythm is when a person responds: orders, clicks, visits, messages opened.
type Rhythm struct {
	Beats []Beat // by hour; the strongest MaxBeats
	At    time.Time
}

// Beat is how much a person responds in one hour of the week: a decayed weight as of the Rhythm's At.
type Beat struct {
	Hour   uint8 // 0 to 167: of the week in UTC, from Sunday 0:00
	Weight float32
}

// Trial is one line of the account that is kept of a person to compare those who are told things with those
// who are held out: on which side they were when they entered, and what they have been worth since.
type Trial struct {
	Number    uint64    // of the trial: a new one begins when shares or objectives change
	Holdout   int       // whose share it tests: 0 the brand's, else 1 + the objective's place among the trial's
	Objective int       // whose value it counts: 0 that of all objectives, else 1 + the objective's place
	Held      bool      // they were held out
	Since     time.Time // they entered
	Value     int64     // in minor units of the brand's currency
}

// Timer is a promise to look at the person again. Its row in the store is only an index of what the
// state says; Gen tells one setting of the same name from the next.
type Timer struct {
	Name string // kind:subject, such as "scenario:basket" or "settle:d_…:order"
	Due  time.Time
	Gen  uint64
}
