package aparte

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// DecisionID names a decision: the person it was taken for and its place in their history. The zero
// value is no decision.
type DecisionID struct {
	Person PersonID
	Seq    uint64
}

// IsZero reports whether id names no decision.
func (id DecisionID) IsZero() bool { return id == DecisionID{} }

// String is "d_", the person's 32 hexadecimal digits, "_" and the sequence number in base 36.
func (id DecisionID) String() string {
	return "d_" + hex.EncodeToString(id.Person[:]) + "_" + strconv.FormatUint(id.Seq, 36)
}

// ParseDecisionID reads what String wrote.
func ParseDecisionID(s string) (DecisionID, error) {
	rest, ok := strings.CutPrefix(s, "d_")
	person, seq, ok2 := strings.Cut(rest, "_")
	if !ok || !ok2 || len(person) != 32 {
		return DecisionID{}, errors.New("decision id must be d_PERSON_SEQ")
	}
	var id DecisionID
	if _, err := hex.Decode(id.Person[:], []byte(person)); err != nil {
		return DecisionID{}, errors.New("decision id: person is not hexadecimal")
	}
	n, err := strconv.ParseUint(seq, 36, 64)
	if err != nil {
		return DecisionID{}, errors.New("decision id: sequence number is not in base 36")
	}
	id.Seq = n
	return id, nil
}

// MarshalText writes String; UnmarshalText reads it. The zero id is the empty text.
func (id DecisionID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (id *DecisionID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = DecisionID{}
		return nil
	}
	*id, err = ParseDecisionID(string(b))
	return err
}

// Action is something that can be done at a moment: a content said in one way, or silence (the zero
// value).
type Action struct {
	Content  ContentID
	Layout   LayoutID
	Item     ItemID  // empty where the content speaks of no item
	Variants []uint8 // for each of the content's elements, the index of the chosen variant
	Channel  Channel // where there was a choice of several; else empty: that of the decision
}

// Silent reports whether the action is to say nothing.
func (a Action) Silent() bool { return a.Content == "" }

// Decision is what was chosen at a moment for one slot, among what, with which probability and for
// which reasons. Silence is a choice like any other. A decision is immutable and is logged.
type Decision struct {
	ID      DecisionID
	Parent  DecisionID // for a slot of a sent message, the decision that sent it
	At      time.Time
	Trigger string
	Channel Channel // on which it was said; of a silence, the first of those on which something could have been
	Slot    string
	Earlier int // how many decisions the same request had before, right before this one: what they say is not said again

	Action     Action
	Companion  ItemID  // of which the action speaks beside its item; empty: of none
	Intrusion  float64 // how intrusive the action was perceived to be at that moment (decide.Intrusion); wears goodwill
	Expected   float64 // how intrusive, on average over what chance could have chosen, where it reaches out; 0 elsewhere
	Chosen     int     // index of Action in Candidates
	Propensity float64 // the exact probability with which Action was chosen among Candidates; in (0, 1]
	Reasons    []Reason

	// Rival is the index in Candidates of another that might as well have been chosen, drawn after the choice
	// from those that were not, by their propensities; Chosen where there is none, or nobody learns from rivals.
	Rival int

	// Funds are the budgets that had a say, as the decision found them; Incentive is what the action's discount is expected
	// to take off an order, in minor units, where a budget pays for it: 0 elsewhere.
	Funds     []Fund
	Incentive float64

	Candidates []Candidate
	Context    Context
	Features   Features

	Brand   uint64 // version of the brand that decided
	Model   uint64 // version of the model that decided: how many examples it had learned
	Round   uint64 // state of the learner that decided, counted from 1: nothing learned; 0: not told, as in older logs
	Counted uint64 // version of the brand whose objectives counted in the model's values; 0: Brand
	Seed    uint64 // of the generator that drew
	Fit     uint64 // what was known of all people together (decide.Fit), by its number; 0: nothing
	Terms   uint64 // in which person and moment were put (decide.Terms); 0: the first
}

// Candidate is an action that was considered, and its fate.
type Candidate struct {
	Action     Action
	Value      float64    // predicted value minus silence's, in minor units of the brand's currency
	Cost       float64    // channel, incentive and intrusion, in the same unit
	Propensity float64    // 0 where excluded
	Excluded   ReasonCode // why it could not be chosen; empty where it could
}

// Reason is one piece of a decision's why: a code and what it is about. It is put into words by
// decide.Explain.
type Reason struct {
	Code   ReasonCode
	Detail string  // a rule's id, a feature's name
	Amount float64 // what it contributed, in minor units; 0 where that says nothing
}

// ReasonCode is a word of a fixed vocabulary for why something was or was not said.
type ReasonCode string

// Why a candidate was excluded.
const (
	NoConsent     ReasonCode = "no_consent"
	Suppressed    ReasonCode = "suppressed" // unsubscribed, complained or unreachable
	RuleSaidNo    ReasonCode = "rule"
	RuleFailed    ReasonCode = "rule_error"
	OutOfStock    ReasonCode = "out_of_stock"
	AlreadyBought ReasonCode = "already_bought"
	OutsideValid  ReasonCode = "outside_validity"
	PressureCap   ReasonCode = "pressure_cap"
	TooSoon       ReasonCode = "too_soon"     // the last message is too recent
	SaidInVain    ReasonCode = "said_in_vain" // it was said of this item before, twice, and no order followed
	QuietHours    ReasonCode = "quiet_hours"
	InHoldout     ReasonCode = "holdout"
	NoItem        ReasonCode = "no_item"       // the content speaks of an item and none fits
	NotReachable  ReasonCode = "not_reachable" // no address on the channel
	NoSender      ReasonCode = "no_sender"     // nothing sends on the channel here; as a reason of a decision, Detail is the channel
	BudgetSpent   ReasonCode = "budget_spent"  // what it could cost is more than its budget has left
	AlreadyKnown  ReasonCode = "already_known" // the answer to its question is known
	RatherNot     ReasonCode = "rather_not"    // the person would rather not answer its question
	OneQuestion   ReasonCode = "one_question"  // another question is being asked
	InStock       ReasonCode = "in_stock"      // it asks about what is out of stock, and this is not
	ProfilingOff  ReasonCode = "profiling_off" // the person objects to profiling: said without it
	Paused        ReasonCode = "paused"        // the person asked for a pause
	EnoughWeekly  ReasonCode = "enough_weekly" // as much reached out within seven days as the person wants
	KindUnwanted  ReasonCode = "kind_unwanted" // the person does not want contents of its kind
)

// Why a candidate was chosen.
const (
	BestValue    ReasonCode = "best_value"     // the highest net value
	Explored     ReasonCode = "explored"       // chosen to learn, not because it looked best
	OnlyChoice   ReasonCode = "only_choice"    // nothing else was eligible
	NotWorthIt   ReasonCode = "not_worth_it"   // silence: nothing is worth its cost
	NothingToSay ReasonCode = "nothing_to_say" // silence: nothing was eligible
	FeatureSpoke ReasonCode = "feature"        // a feature that weighed in
	RuleHeld     ReasonCode = "rule_held"      // a rule of the chosen content that the person meets
	GivesAway    ReasonCode = "gives_away"     // what the chosen content is expected to cost its budget; Detail is the budget
	ShadowPrice  ReasonCode = "shadow_price"   // what that weighed beyond itself, so that the budget lasts; Detail is the budget
)

// Why a moment waits.
const (
	TheirHour  ReasonCode = "their_hour"  // another hour within the scenario's window suits the person better
	AfterQuiet ReasonCode = "after_quiet" // it is quiet now and will not be later in the window
	OnItsWay   ReasonCode = "on_its_way"  // another message to the person has not left yet
)

// Feature is one hashed input of a model. Name keeps the words for reasons and is not logged with
// examples.
type Feature struct {
	Hash  uint32
	Value float32
}

// Features is what a model saw of a decision: the situation, the same for all its candidates, the chosen
// action, and the action's rival where there is one.
type Features struct {
	Context []Feature
	Action  []Feature
	Rival   []Feature
}
