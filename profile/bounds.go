package profile

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte"
)

// MaxRecord is the most bytes that Encode writes for a person, given that the engine keeps its own lists
// within engineBytes.
const MaxRecord = 64 << 10

// Bounds of what an event may bring, in bytes unless said otherwise. Text beyond its bound is left out
// whole: half an id is another id.
const (
	maxIdentifier = 256
	maxToken      = 1024 // of a device: what a browser subscribes with is an address and two keys
	maxToldToken  = 2048 // the same, as JSON
	maxTraitName  = 128
	maxTraitValue = 1024
	maxTraitDepth = 8   // objects in objects; deeper ones are kept as JSON text
	maxFlattened  = 512 // traits read from one event
	maxWord       = 96  // ids of items, contents and slots, names of categories and brands
	maxSearch     = 128
	maxAudience   = 128
	maxSource     = 64 // of a consent, and its wording's version
	maxProducts   = 100
	maxQuantity   = 1_000_000
	maxHalfLife   = 100 * 365 * 24 * 3600 // seconds, of points
	maxAmount     = 10_000_000_000_000    // minor units, of one price or order: 100 billion euros
)

// engineBytes is what of MaxRecord is left to the lists that belong to the engine: timers with names of
// up to 80 bytes, open decisions with an objective and a slot of up to 96 bytes together, recent message
// ids, absorbed people (two who each are 64 may still meet), former holders of devices, lines of trials, and one more touch
// of the journey than there were when it was last seen to that all fits.
const engineBytes = aparte.MaxTimers*(80+timerBytes) + aparte.MaxOpen*(96+openBytes) +
	aparte.MaxRecentIDs*8 + (2*64+1+aparte.MaxFormerly)*16 + aparte.MaxTrials*trialBytes +
	aparte.MaxTouchChannel + maxWord + touchBytes + aparte.MaxReached*reachedBytes

// The most bytes that one entry takes in the record, its texts aside.
const (
	beatBytes       = 6
	cadenceBytes    = 24
	stageBytes      = 13
	audienceBytes   = 3   // of keys that are in order: no more than 16 are so far apart that they take 4
	fixedBytes      = 912 // everything that is not in a list, and the heads of the lists
	pointsBytes     = 31
	identifierBytes = 6
	traitBytes      = 26
	consentBytes    = 24
	counterBytes    = 21
	affinityBytes   = 25
	itemBytes       = 3
	orderBytes      = 33
	moneyBytes      = 13
	cartLineBytes   = 26
	saidBytes       = 87
	besideBytes     = 4 // of a companion; where there are some, one more of all that was said, and as many again for the list
	openBytes       = 61
	timerBytes      = 23
	trialBytes      = 35
	touchBytes      = 18
	reachedBytes    = 17
	fenceBytes      = 23
)

// fit keeps a person within the bounds of a record. Only a person with hundreds of long texts exceeds
// them, and then lists give way: the oldest touches, the oldest of what was said, down to 16, the affinities that are not
// for things, the oldest traits, the rest of what was said, then the lightest affinities. Everything else is bounded so
// that it fits without them.
func fit(p *aparte.Person) {
	excess := size(p) - (MaxRecord - engineBytes)
	if excess <= 0 {
		return
	}
	for len(p.Journey.Touches) > 0 && excess > 0 {
		excess -= touchSize(&p.Journey.Touches[0])
		p.Journey.Touches = p.Journey.Touches[1:]
	}
	p.Said, excess = forget(p.Said, 16, excess)
	if excess > 0 {
		p.Affinities, excess = dropLeanings(p.Affinities, excess)
	}
	if excess > 0 {
		p.Traits, excess = dropOldest(p.Traits, excess)
	}
	if excess > 0 {
		p.Said, excess = forget(p.Said, 0, excess)
	}
	if excess > 0 {
		p.Affinities = dropLightest(p.Affinities, excess)
	}
}

// forget leaves out the oldest exposures until excess bytes are gone or only keep are left.
func forget(said []aparte.Said, keep, excess int) ([]aparte.Said, int) {
	n := 0
	for n < len(said)-keep && excess > 0 {
		excess -= saidSize(&said[n])
		n++
	}
	return said[n:], excess
}

// dropLeanings leaves out all affinities that are not for things.
func dropLeanings(affinities []aparte.Affinity, excess int) ([]aparte.Affinity, int) {
	var kept []aparte.Affinity
	for i := range affinities {
		if a := &affinities[i]; a.Kind.OfThings() {
			kept = append(kept, *a)
		} else {
			excess -= affinitySize(a)
		}
	}
	return kept, excess
}

// dropLightest leaves out the affinities that weigh least until excess bytes are gone.
func dropLightest(affinities []aparte.Affinity, excess int) []aparte.Affinity {
	for len(affinities) > 0 && excess > 0 {
		before := affinitiesSize(affinities)
		affinities = heaviestOf(true, slices.Clone(affinities), len(affinities)-1)
		excess -= before - affinitiesSize(affinities)
	}
	return affinities
}

func affinitiesSize(affinities []aparte.Affinity) (n int) {
	for i := range affinities {
		n += affinitySize(&affinities[i])
	}
	return n
}

func affinitySize(a *aparte.Affinity) int { return affinityBytes + len(a.Kind) + len(a.Key) }

// dropOldest leaves out the oldest traits, of equal age the one whose name sorts last, until excess
// bytes are gone.
func dropOldest(traits []aparte.Trait, excess int) ([]aparte.Trait, int) {
	byAge := slices.Clone(traits)
	slices.SortFunc(byAge, older)
	n := 0
	for n < len(byAge) && excess > 0 {
		excess -= traitSize(&byAge[n])
		n++
	}
	kept := byAge[n:]
	slices.SortFunc(kept, func(a, b aparte.Trait) int { return cmp.Compare(a.Name, b.Name) })
	return kept, excess
}

// older orders traits by age, the first to go first. What somebody asks for themselves goes last of all.
func older(a, b aparte.Trait) int {
	if first, second := aparte.IsWish(a.Name), aparte.IsWish(b.Name); first != second {
		if first {
			return 1
		}
		return -1
	}
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(b.Name, a.Name))
}

// size is an upper bound of the bytes that the record takes, the engine's lists aside.
func size(p *aparte.Person) int {
	n := fixedBytes + len(p.Locale) + len(p.Zone) + len(p.Device) + len(p.Orders.Revenue.Currency)
	for i := range p.Identifiers {
		n += identifierBytes + len(p.Identifiers[i].Kind) + len(p.Identifiers[i].Value)
	}
	for i := range p.Traits {
		n += traitSize(&p.Traits[i])
	}
	for i := range p.Consents {
		c := &p.Consents[i]
		n += consentBytes + len(c.Purpose) + len(c.Channel) + len(c.Source) + len(c.Wording)
	}
	for i := range p.Counters {
		n += counterBytes + len(p.Counters[i].Name)
	}
	n += affinitiesSize(p.Affinities) + affinitiesSize(p.Session.Intents)
	n += beatBytes * len(p.Rhythm.Beats)
	for i := range p.Cadences {
		n += cadenceBytes + len(p.Cadences[i].Category)
	}
	for i := range p.Stages {
		n += stageBytes + len(p.Stages[i].Name)
	}
	n += audienceBytes * len(p.Audiences)
	n += pointsBytes * len(p.Points)
	for i := range p.Fences {
		n += fenceBytes + len(p.Fences[i].Place)
	}
	n += len(p.Session.LastItem) + len(p.Session.Search) + orderBytes*len(p.Orders.Recent)
	for i := range p.Orders.Recent {
		n += len(p.Orders.Recent[i].Currency)
	}
	for i := range p.Orders.OtherRevenue {
		n += moneyBytes + len(p.Orders.OtherRevenue[i].Currency)
	}
	for _, item := range p.Orders.Items {
		n += itemBytes + len(item)
	}
	for i := range p.Cart.Lines {
		n += cartLineBytes + len(p.Cart.Lines[i].Item) + len(p.Cart.Lines[i].Price.Currency)
	}
	for i := range p.Said {
		n += saidSize(&p.Said[i])
	}
	if slices.ContainsFunc(p.Said, func(s aparte.Said) bool { return s.Beside != "" }) {
		n += besideBytes + len(p.Said)
	}
	for i := range p.Journey.Touches {
		n += touchSize(&p.Journey.Touches[i])
	}
	return n
}

func touchSize(t *aparte.Touch) int { return touchBytes + len(t.Channel) + len(t.What) + len(t.Device) }

func traitSize(t *aparte.Trait) int { return traitBytes + len(t.Name) + len(t.Value.Str) }

func saidSize(s *aparte.Said) int {
	n := saidBytes + len(s.Content) + len(s.Item) + len(s.Channel) + len(s.Slot)
	if s.Beside != "" {
		n += besideBytes + len(s.Beside)
	}
	return n
}
