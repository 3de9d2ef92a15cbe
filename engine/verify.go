package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// FaultKind says what is wrong in a store.
type FaultKind string

// What Verify finds.
const (
	FaultState        FaultKind = "state"              // a state cannot be read
	FaultNumbers      FaultKind = "entry_numbers"      // a history has not every number from 1 to its last
	FaultLast         FaultKind = "last_entry"         // the number of the last entry is another than the person's row says
	FaultEntry        FaultKind = "entry"              // an entry cannot be read
	FaultKeyMissing   FaultKind = "event_key_missing"  // an event would be taken a second time
	FaultKeyTwice     FaultKind = "event_key_twice"    // an event was taken twice
	FaultKeyAlone     FaultKind = "event_key_alone"    // an event that is in no history would be passed over
	FaultHistoryAlone FaultKind = "history_alone"      // entries of somebody who is not there
	FaultNameMissing  FaultKind = "identifier_missing" // an identifier of somebody names nobody
	FaultNameOther    FaultKind = "identifier_other"   // an identifier of somebody names another, whose it is not
	FaultNameAlone    FaultKind = "identifier_alone"   // an identifier names somebody who is not there
	FaultMerged       FaultKind = "merged"             // a record that was merged leads to nobody
	FaultAbsorbed     FaultKind = "absorbed"           // somebody counts a record as theirs that does not lead to them
	FaultTimerMissing FaultKind = "timer_missing"      // a timer of somebody will not fire
	FaultTimerAlone   FaultKind = "timer_alone"        // a timer is nobody's
	FaultLetter       FaultKind = "letter"             // a letter cannot be acted upon
	FaultFeed         FaultKind = "feed"               // a row of the learner's feed is missing, or cannot be read
	FaultCounter      FaultKind = "counter"            // a counter is of no hour, or cannot be read
	FaultDocument     FaultKind = "document"           // a document is missing, or cannot be read
	FaultPropensity   FaultKind = "propensity"         // the chances of a decision are none
	FaultStore        FaultKind = "store"              // what the store keeps in two ways differs
)

// Fault is something in a store that is not as it must be. It names nobody but by their p_….
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Part   int       `json:"part"` // -1: of none
	Person string    `json:"person,omitempty"`
	Where  string    `json:"where,omitempty"`
	Says   string    `json:"says,omitempty"`
}

// Verified is what was looked at, and what is wrong.
type Verified struct {
	Parts       int `json:"parts"`
	People      int `json:"people"`
	Merged      int `json:"merged"` // records that lead to people
	Entries     int `json:"entries"`
	Events      int `json:"events"`
	Decisions   int `json:"decisions"`
	Identifiers int `json:"identifiers"`
	Timers      int `json:"timers"`
	Letters     int `json:"letters"`
	Feed        int `json:"feed"`
	Counters    int `json:"counters"`
	Documents   int `json:"documents"`
	Sealed      int `json:"sealed"`  // of the documents, that were not opened: their key is not there
	Unnamed     int `json:"unnamed"` // of the identifiers, that name nobody since somebody was erased who may have had them, too

	All    bool    `json:"all"` // rows to which nothing leads were looked for as well
	Faults []Fault `json:"faults"`
	More   int     `json:"more,omitempty"` // faults beyond maxFaults
}

// maxFaults bounds what is told of a store in which much is wrong.
const maxFaults = 1000

// Count is how many faults there are.
func (v *Verified) Count() int { return len(v.Faults) + v.More }

// verifier is a check under way.
type verifier struct {
	Verified
	ctx    context.Context
	s      store.Store
	list   store.Inspector // nil: there is none
	secret []byte

	ledger   ledger
	versions map[uint64]bool          // of the brand, that entries name
	moving   map[aparte.PersonID]bool // of whom letters speak that are on their way
	naming   map[store.Key]bool       // identifiers of which they do
	erased   bool                     // somebody was, once
	unswept  bool                     // somebody was since identifiers that name nobody were last looked for (sweep.go)
}

// Verify reads a whole store on which no engine is at work, and says what in it does not hold together: each history, state, identifier,
// timer, letter, counter, document and chance against the others. list finds what nothing leads to; nil where the store cannot. sealed says
// of a document's body that it is sealed and its key is not here. tell hears of parts done. It changes nothing, and holds what is of one
// part in memory at once.
func Verify(ctx context.Context, s store.Store, list store.Inspector, sealed func(body []byte) bool, tell func(done, total int)) (*Verified, error) {
	v := &verifier{
		ctx: ctx, s: s, list: list, secret: s.Secret(), versions: map[uint64]bool{}, moving: map[aparte.PersonID]bool{}, naming: map[store.Key]bool{},
	}
	v.Parts, v.All, v.Faults = s.Parts(), list != nil, []Fault{}
	if err := v.ledger.open(ctx, s); err != nil {
		v.found(FaultDocument, -1, aparte.PersonID{}, documentAt(ledgerDocument, 0), err.Error())
		if err := v.ledger.set(entries{}); err != nil {
			return nil, err
		}
	}
	switch doc, err := s.Document(ctx, purgeDocument, 0); {
	case err == nil:
		v.erased = true
		var at Purging
		if json.Unmarshal(doc.Body, &at) == nil { // what cannot be read is told with the other documents
			v.unswept = !at.Erased.IsZero() || !at.Swept
		}
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	for part := range v.Parts {
		if err := v.letters(store.Part(part)); err != nil {
			return nil, err
		}
	}
	for part := range v.Parts {
		if err := v.part(store.Part(part)); err != nil {
			return nil, fmt.Errorf("verify part %d: %w", part, err)
		}
		tell(part+1, v.Parts)
	}
	if err := v.counters(); err != nil {
		return nil, err
	}
	if err := v.documents(sealed); err != nil {
		return nil, err
	}
	return &v.Verified, nil
}

func (v *verifier) found(kind FaultKind, part int, who aparte.PersonID, where, says string) {
	if len(v.Faults) >= maxFaults {
		v.More++
		return
	}
	f := Fault{Kind: kind, Part: part, Where: where, Says: says}
	if !who.IsZero() {
		f.Person = who.String()
	}
	v.Faults = append(v.Faults, f)
}

func (v *verifier) partOf(id aparte.PersonID) store.Part { return store.PartOf(id[:8], v.Parts) }

func entryAt(seq uint64) string { return fmt.Sprintf("entry %d", seq) }

func documentAt(name string, version uint64) string {
	if version == 0 {
		return fmt.Sprintf("document %q", name)
	}
	return fmt.Sprintf("document %q version %d", name, version)
}

// letters reads the letters of a part. What they speak of is on its way, and need not hold together yet.
func (v *verifier) letters(part store.Part) error {
	for after := uint64(0); ; {
		page, err := v.s.Letters(v.ctx, part, after, historyPage)
		if err != nil {
			return err
		}
		for i := range page {
			l := &page[i]
			v.Letters, after = v.Letters+1, l.Number
			if says := v.letter(l); says != "" {
				v.found(FaultLetter, int(part), aparte.PersonID{}, fmt.Sprintf("letter %d", l.Number), says)
			}
		}
		if len(page) < historyPage {
			return nil
		}
	}
}

func (v *verifier) letter(l *store.Letter) (says string) {
	if isNotice(l.Body) {
		if _, err := decodeNotice(l.Body); err != nil {
			return err.Error()
		}
		return ""
	}
	body, err := decodeLetter(l.Body)
	switch {
	case err != nil:
		return err.Error()
	case int(l.To) >= v.Parts:
		return fmt.Sprintf("goes to part %d of %d", l.To, v.Parts)
	}
	switch body.Kind {
	case linkLetter, mergeLetter, yieldLetter, absorbLetter, partLetter, inheritLetter, restoreLetter, redirectLetter, friendLetter:
	default:
		return fmt.Sprintf("asks for %.20q, which nobody knows", body.Kind)
	}
	v.naming[body.Key] = true
	for _, id := range body.Identifiers {
		v.naming[identifierKey(v.secret, id)] = true
	}
	for _, id := range append([]aparte.PersonID{body.Person, body.Loser, body.Claims}, body.From...) {
		v.moving[id] = true
	}
	return ""
}
