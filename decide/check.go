package decide

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// Bounds of a brand.
const (
	MaxItems      = 1_000_000
	MaxCategories = 1_000 // with a name
	MaxContents   = 10_000
	MaxLayouts    = 1_000
	MaxRules      = 1_000
	MaxObjectives = 100
	MaxScenarios  = 1_000
	MaxElements   = 16 // a content
	MaxVariants   = 64 // an element
	MaxTraits     = 8  // a variant
	MaxAttributes = 8  // an item
	MaxRuleBytes  = 4 << 10
	MaxIDBytes    = 128
	MaxCaps       = 32
	MaxSlots      = 1_000 // different ones that contents and layouts name

	MaxAttributeBytes = 47 // of its name and its value together
)

// Flaw is one thing that is wrong with a brand. Compile joins all it finds; errors.As finds the first.
type Flaw struct {
	Pointer string // RFC 6901, into the brand as JSON: "/rules/3/when"
	Err     error
}

// Error is the pointer and what is wrong there.
func (f *Flaw) Error() string { return f.Pointer + ": " + f.Err.Error() }

// Unwrap is what is wrong.
func (f *Flaw) Unwrap() error { return f.Err }

// audit collects the flaws of a brand.
type audit struct {
	brand *aparte.Brand
	flaws []error
	slots map[string]bool // that were named so far
}

func (a *audit) fail(pointer, format string, args ...any) {
	a.flaws = append(a.flaws, &Flaw{pointer, fmt.Errorf(format, args...)})
}

func (a *audit) check(ok bool, pointer, format string, args ...any) bool {
	if !ok {
		a.fail(pointer, format, args...)
	}
	return ok
}

func (a *audit) err() error { return errors.Join(a.flaws...) }

func (a *audit) bounded(pointer string, n, most int) bool {
	return a.check(n <= most, pointer, "%d entries, at most %d are allowed", n, most)
}

// head checks what stands at the top of a brand.
func (a *audit) head() {
	b := a.brand
	a.check(isCurrency(b.Currency), "/currency", "%q is not an ISO 4217 code", clip(b.Currency))
	a.check(isLanguage(b.Locale), "/locale", "%q is not a BCP 47 language", clip(b.Locale))
	if b.Zone != "" {
		_, err := time.LoadLocation(b.Zone)
		a.check(err == nil && b.Zone != "Local", "/zone", "%q is not an IANA time zone", clip(b.Zone))
	}
	a.check(b.Holdout >= 0 && b.Holdout < 1, "/holdout", "%v is not in [0, 1)", b.Holdout)
	a.exploration()
	a.voice()
	a.postage()
	a.lifetime()
	a.wordings()
	a.pace(&b.Sender.Pace)
	p := b.Pressure
	a.check(p.QuietFrom >= 0 && p.QuietFrom <= 23, "/pressure/quietFrom", "%d is not an hour", p.QuietFrom)
	a.check(p.QuietUntil >= 0 && p.QuietUntil <= 23, "/pressure/quietUntil", "%d is not an hour", p.QuietUntil)
	a.check(p.Intrusion >= 0 && !math.IsInf(p.Intrusion, 0), "/pressure/intrusion", "%v is not a price", p.Intrusion)
	a.check(p.Apart >= 0, "/pressure/apart", "is negative")
	a.bounded("/pressure/caps", len(p.Caps), MaxCaps)
	for i, c := range p.Caps {
		at := fmt.Sprintf("/pressure/caps/%d", i)
		a.check(c.Channel == "" || isChannel(c.Channel), at+"/channel", "%q is not a channel", clip(string(c.Channel)))
		a.check(c.Most >= 0, at+"/most", "%d is negative", c.Most)
		a.check(c.Within > 0, at+"/within", "must be longer than nothing")
	}
}

// Bounds of a brand's voice.
const (
	maxPhrases = 500 // of Never, and of Claims
	maxPhrase  = 100 // bytes
	maxTone    = 2_000
)

func (a *audit) voice() {
	v := &a.brand.Voice
	for lang, tone := range v.Tone {
		a.check(isLanguage(lang) && len(tone) <= maxTone, "/voice/tone", "%q is no language, or its text has over %d bytes", clip(lang), maxTone)
	}
	a.phrases("/voice/never", v.Never)
	a.phrases("/voice/claims", v.Claims)
	for element, most := range v.Longest {
		a.check(element != "" && most > 0, "/voice/longest", "%q: %d is no number of characters", clip(element), most)
	}
}

func (a *audit) phrases(at string, phrases []string) {
	a.bounded(at, len(phrases), maxPhrases)
	for i, phrase := range phrases {
		a.check(strings.TrimSpace(phrase) != "" && len(phrase) <= maxPhrase, fmt.Sprintf("%s/%d", at, i), "is empty or has over %d bytes", maxPhrase)
	}
}

// alternatives checks the other channels of a scenario.
func (a *audit) alternatives(s *aparte.Scenario, pointer string) {
	a.check(len(s.Also) == 0 || s.Channel.Outbound(), pointer, "on channel %q nobody is reached elsewhere: they are there", clip(string(s.Channel)))
	for i, c := range s.Also {
		at := fmt.Sprintf("%s/%d", pointer, i)
		a.check(isChannel(c) && c.Outbound(), at, "%q is not a channel that reaches out", clip(string(c)))
		a.check(c != s.Channel && !slices.Contains(s.Also[:i], c), at, "%q is named twice", clip(string(c)))
	}
}

func (a *audit) postage() {
	for i, p := range a.brand.Postage {
		at := fmt.Sprintf("/postage/%d", i)
		a.check(isChannel(p.Channel) && p.Channel.Outbound(), at+"/channel", "%q is not a channel that reaches out", clip(string(p.Channel)))
		a.check(!slices.ContainsFunc(a.brand.Postage[:i], func(x aparte.Postage) bool { return x.Channel == p.Channel }), at+"/channel", "%q is named twice", clip(string(p.Channel)))
		a.check(p.Cost >= 0 && p.Cost <= maxPostage, at+"/cost", "%d is not in [0, %d]", p.Cost, int64(maxPostage))
	}
}

const maxPostage = 1e9 // minor units

// exploration is checked for what makes no sense together, too: what is set and means nothing was meant otherwise.
func (a *audit) exploration() {
	x := a.brand.Explore
	if x == (aparte.Exploration{}) {
		return
	}
	gaps := x.Way == aparte.SquareCB || x.Way == aparte.Thompson
	a.check(gaps || x.Way == aparte.EpsilonGreedy, "/explore/way", "%q is none of %q, %q and %q", clip(string(x.Way)), aparte.SquareCB, aparte.EpsilonGreedy, aparte.Thompson)
	switch x.Schedule {
	case "", aparte.ThreeQuarters, aparte.SquareRoot, aparte.Constant:
		a.check(x.Schedule == "" || gaps, "/explore/schedule", "has no meaning for %q", clip(string(x.Way)))
	default:
		a.fail("/explore/schedule", "%q is none of %q, %q and %q", clip(string(x.Schedule)), aparte.ThreeQuarters, aparte.SquareRoot, aparte.Constant)
	}
	a.check(x.Gamma >= 0 && x.Gamma <= maxGamma, "/explore/gamma", "%v is not in [0, %v]", x.Gamma, maxGamma)
	a.check(x.Gamma == 0 || gaps, "/explore/gamma", "has no meaning for %q", clip(string(x.Way)))
	a.check(math.Abs(x.Hope) <= maxHope, "/explore/hope", "%v is not within ±%v", x.Hope, maxHope)
	a.check(x.Epsilon >= 0 && x.Epsilon <= 1, "/explore/epsilon", "%v is not in [0, 1]", x.Epsilon)
	a.check(x.Epsilon == 0 || !gaps, "/explore/epsilon", "has no meaning for %q", clip(string(x.Way)))
}

// Bounds of an exploration: beyond, nothing is explored, or nothing else done.
const (
	maxGamma = 1e6
	maxHope  = 100.0
)

func (a *audit) categories() {
	a.bounded("/categories", len(a.brand.Categories), MaxCategories)
	seen := map[string]int{}
	for i, c := range a.brand.Categories {
		at := fmt.Sprintf("/categories/%d", i)
		a.check(isID(c.Key), at+"/key", "%q is no key: it has 1 to %d bytes of text", clip(c.Key), MaxIDBytes)
		a.check(len(c.Name) > 0, at+"/name", "has no words")
		for _, lang := range slices.Sorted(maps.Keys(c.Name)) {
			a.check(isLanguage(lang), at+"/name", "%q is not a BCP 47 language", clip(lang))
			a.check(c.Name[lang] != "", at+"/name", "has no words in %q", clip(lang))
		}
		if first, again := seen[c.Key]; again {
			a.fail(at+"/key", "%q is the key of /categories/%d", clip(c.Key), first)
			continue
		}
		seen[c.Key] = i
	}
}

func (a *audit) items() {
	a.bounded("/items", len(a.brand.Items), MaxItems)
	seen := make(map[aparte.ItemID]int, len(a.brand.Items))
	for i := range a.brand.Items {
		it := &a.brand.Items[i]
		if !a.itemIsSound(it) { // the pointers are only put together where they are needed
			a.item(it, fmt.Sprintf("/items/%d", i))
		}
		if first, again := seen[it.ID]; again {
			a.fail(fmt.Sprintf("/items/%d/id", i), "%q is the id of /items/%d", clip(string(it.ID)), first)
			continue
		}
		seen[it.ID] = i
	}
}

func (a *audit) itemIsSound(it *aparte.Item) bool {
	return isID(string(it.ID)) && a.isPrice(it.Price) && a.isPrice(it.WasPrice) &&
		it.Margin >= 0 && it.Margin <= 1 && it.Popularity >= 0 && !math.IsInf(it.Popularity, 0) && len(it.Attributes) == 0 && it.Reviews == nil
}

func (a *audit) item(it *aparte.Item, at string) {
	a.id(string(it.ID), at+"/id")
	a.check(a.isPrice(it.Price), at+"/price", "%d %s is no price in %s", it.Price.Amount, clip(it.Price.Currency), clip(a.brand.Currency))
	a.check(a.isPrice(it.WasPrice), at+"/wasPrice", "%d %s is no price in %s", it.WasPrice.Amount, clip(it.WasPrice.Currency), clip(a.brand.Currency))
	a.check(it.Margin >= 0 && it.Margin <= 1, at+"/margin", "%v is not in [0, 1]", it.Margin)
	a.check(it.Popularity >= 0 && !math.IsInf(it.Popularity, 0), at+"/popularity", "%v is not a number from 0 up", it.Popularity)
	a.bounded(at+"/attributes", len(it.Attributes), MaxAttributes)
	for _, name := range slices.Sorted(maps.Keys(it.Attributes)) {
		value, pointer := it.Attributes[name], at+"/attributes/"+pointerEscapes.Replace(name)
		a.check(name != "" && !strings.Contains(name, "="), pointer, "%q is no name of an attribute", clip(name))
		a.check(value != "", pointer, "has no value")
		a.check(len(name)+len(value) <= MaxAttributeBytes, pointer, "name and value take %d bytes, at most %d", len(name)+len(value), MaxAttributeBytes)
	}
	if it.Reviews != nil {
		a.reviews(it.Reviews, at+"/reviews")
	}
}

// pointerEscapes are those of RFC 6901, section 3.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// isPrice: an amount from 0 up in the brand's currency. No money needs no currency.
func (a *audit) isPrice(m aparte.Money) bool {
	return m == aparte.Money{} || m.Amount >= 0 && m.Currency == a.brand.Currency
}

func (a *audit) layouts() {
	a.bounded("/layouts", len(a.brand.Layouts), MaxLayouts)
	seen := make(map[string]string)
	for i := range a.brand.Layouts {
		l, at := &a.brand.Layouts[i], fmt.Sprintf("/layouts/%d", i)
		a.unique(seen, string(l.ID), at)
		a.channels(l.Channels, at+"/channels")
		a.slotNames(l.Slots, at+"/slots")
	}
}

func (a *audit) objectivesAndScenarios() {
	a.bounded("/objectives", len(a.brand.Objectives), MaxObjectives)
	seen := make(map[string]string)
	for i, o := range a.brand.Objectives {
		at := fmt.Sprintf("/objectives/%d", i)
		a.unique(seen, string(o.ID), at)
		a.check(o.Event != "", at+"/event", "names no event")
		a.check(o.Credit == aparte.CreditAll || o.Credit == aparte.CreditClicked, at+"/credit", "%q is neither empty nor %q", clip(string(o.Credit)), aparte.CreditClicked)
		switch o.Learn {
		case "", aparte.LearnReward, aparte.LearnEffect, aparte.LearnHurdle:
		default:
			a.fail(at+"/learn", "%q is none of %q, %q and %q", clip(string(o.Learn)), aparte.LearnReward, aparte.LearnEffect, aparte.LearnHurdle)
		}
		a.check(o.Memory == 0 || o.Memory >= leastMemory, at+"/memory", "is shorter than an hour: nothing would be learned")
		a.check(o.Holdout >= 0 && o.Holdout < 1, at+"/holdout", "%v is not in [0, 1)", o.Holdout)
		a.check(!(o.Holdout > 0) || a.isToward(o.ID), at+"/holdout", "no marketing content is said toward it: nobody would be held out of anything")
		a.check(o.Window > 0 && o.Window.Std() <= 366*24*time.Hour, at+"/window", "must be longer than nothing and at most 366 days")
	}
	a.bounded("/scenarios", len(a.brand.Scenarios), MaxScenarios)
	clear(seen)
	for i, s := range a.brand.Scenarios {
		at := fmt.Sprintf("/scenarios/%d", i)
		a.unique(seen, string(s.ID), at)
		a.check(isChannel(s.Channel), at+"/channel", "%q is not a channel", clip(string(s.Channel)))
		a.alternatives(&a.brand.Scenarios[i], at+"/also")
		a.audience(&a.brand.Scenarios[i], at+"/audience")
		a.check(s.Delay >= 0, at+"/delay", "is negative")
		a.check(s.Rest >= 0, at+"/rest", "is negative")
		a.check(s.Within >= 0, at+"/within", "is negative")
	}
}

const leastMemory = aparte.Duration(time.Hour)

// isToward reports whether some marketing is said toward an objective.
func (a *audit) isToward(id aparte.ObjectiveID) bool {
	return slices.ContainsFunc(a.brand.Contents, func(c aparte.Content) bool {
		return c.Purpose == aparte.Marketing && slices.Contains(c.Toward, id)
	})
}

func (a *audit) id(id, pointer string) bool {
	return a.check(isID(id), pointer, "%q is not an id: 1 to %d bytes of printable text", clip(id), MaxIDBytes)
}

func (a *audit) unique(seen map[string]string, id, at string) {
	if !a.id(id, at+"/id") {
		return
	}
	if first, again := seen[id]; again {
		a.fail(at+"/id", "%q is the id of %s", clip(id), first)
		return
	}
	seen[id] = at
}

func (a *audit) channels(channels []aparte.Channel, pointer string) {
	a.check(len(channels) > 0, pointer, "names no channel")
	for i, c := range channels {
		at := fmt.Sprintf("%s/%d", pointer, i)
		a.check(isChannel(c), at, "%q is not a channel", clip(string(c)))
		a.check(!slices.Contains(channels[:i], c), at, "%q is named twice", clip(string(c)))
	}
}

func (a *audit) slotNames(slots []string, pointer string) {
	for i, s := range slots {
		at := fmt.Sprintf("%s/%d", pointer, i)
		a.id(s, at)
		a.check(!slices.Contains(slots[:i], s), at, "%q is named twice", clip(s))
		if !a.slots[s] && a.check(len(a.slots) < MaxSlots, at, "the brand names more than %d slots", MaxSlots) {
			a.slots[s] = true
		}
	}
}

func isID(s string) bool {
	if len(s) == 0 || len(s) > MaxIDBytes || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}

// isLanguage checks the form only: letters, digits and hyphens, beginning with 2 to 8 letters.
func isLanguage(s string) bool {
	first, _, _ := strings.Cut(s, "-")
	letter := func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
	if len(first) < 2 || len(first) > 8 || len(s) > 35 || strings.IndexFunc(first, func(r rune) bool { return !letter(r) }) >= 0 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !letter(r) && r != '-' && (r < '0' || r > '9') }) < 0
}

func isChannel(c aparte.Channel) bool {
	switch c {
	case aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp, aparte.Ads, aparte.Human, aparte.Webhook:
		return true
	}
	return false
}

// clip keeps what an error quotes short.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// pace checks how many mails may leave.
func (a *audit) pace(p *aparte.Pace) {
	a.bounded("/sender/pace/daily", len(p.Daily), aparte.MaxDaily)
	for i, n := range p.Daily {
		a.check(n > 0, fmt.Sprintf("/sender/pace/daily/%d", i), "%d is not a number of mails: at least 1", n)
	}
	a.check(len(p.Daily) < 2 || !p.Began.IsZero(), "/sender/pace/began", "is missing: the day that daily begins with")
	a.check(p.Hourly >= 0, "/sender/pace/hourly", "%d is negative", p.Hourly)
	a.bounded("/sender/pace/providers", len(p.Providers), aparte.MaxProviders)
	for i, provider := range p.Providers {
		at := fmt.Sprintf("/sender/pace/providers/%d", i)
		a.check(provider.Minute > 0, at+"/minute", "%d is not a number of mails: at least 1", provider.Minute)
		a.check(len(provider.Domains) > 0, at+"/domains", "is empty")
		a.bounded(at+"/domains", len(provider.Domains), aparte.MaxProviderDomains)
		for j, domain := range provider.Domains {
			a.check(domain != "" && domain == strings.ToLower(domain) && !strings.ContainsAny(domain, "@ "), fmt.Sprintf("%s/domains/%d", at, j), "%q is not a domain in lower case", domain)
		}
	}
}
