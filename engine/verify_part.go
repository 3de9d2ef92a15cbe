package engine

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure/attribution"
	"github.com/aparte-dev/aparte/store"
)

// What a part has: people, their names, histories and timers, and what nothing leads to.

// part checks what is in a part.
func (v *verifier) part(part store.Part) error {
	p := &verifiedPart{verifier: v, part: part, timers: map[timerName]store.Timer{}}
	if err := p.readTimers(); err != nil {
		return err
	}
	for after := (aparte.PersonID{}); ; {
		rows, err := v.s.People(v.ctx, part, after, historyPage)
		if err != nil {
			return err
		}
		for i := range rows {
			after = rows[i].ID
			p.people = append(p.people, rows[i].ID)
			if err := p.person(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < historyPage {
			break
		}
	}
	for _, timer := range sortedTimers(p.timers) {
		p.found(FaultTimerAlone, int(part), timer.Person, "timer "+timer.Name, "is in the index, and in no state")
	}
	if err := p.eventKeys(); err != nil {
		return err
	}
	if err := p.feed(); err != nil {
		return err
	}
	if v.list == nil {
		return nil
	}
	return p.listed()
}

// verifiedPart is what of a part is held while it is checked.
type verifiedPart struct {
	*verifier
	part   store.Part
	people []aparte.PersonID // who have a state, in order
	timers map[timerName]store.Timer
	keys   []keyed // of the entries
}

type timerName struct {
	person aparte.PersonID
	name   string
}

// keyed is an event key and where it stands.
type keyed struct {
	key    store.Key
	person aparte.PersonID
	seq    uint64
}

// farthest is a time later than any timer, in seconds since 1970.
const farthest = 1 << 40

func (p *verifiedPart) readTimers() error {
	all, err := p.s.Due(p.ctx, p.part, time.Unix(farthest, 0), math.MaxInt)
	if err != nil {
		return err
	}
	p.Timers += len(all)
	for _, timer := range all {
		name := timerName{timer.Person, timer.Name}
		if _, twice := p.timers[name]; twice {
			p.found(FaultTimerAlone, int(p.part), timer.Person, "timer "+timer.Name, "is in the index twice")
		}
		p.timers[name] = timer
	}
	return nil
}

func sortedTimers(of map[timerName]store.Timer) []store.Timer {
	all := make([]store.Timer, 0, len(of))
	for _, timer := range of {
		all = append(all, timer)
	}
	slices.SortFunc(all, func(a, b store.Timer) int {
		return cmp.Or(bytes.Compare(a.Person[:], b.Person[:]), strings.Compare(a.Name, b.Name))
	})
	return all
}

func (p *verifiedPart) person(row *store.PersonRow) error {
	if err := p.history(row.ID, row.Last); err != nil {
		return err
	}
	who, err := decode(row)
	if err != nil {
		p.found(FaultState, int(p.part), row.ID, "", err.Error())
		return nil
	}
	if p.partOf(row.ID) != p.part {
		p.found(FaultState, int(p.part), row.ID, "", fmt.Sprintf("is of part %d", p.partOf(row.ID)))
	}
	if !who.MergedInto.IsZero() {
		p.Merged++
		who.Absorbed, who.Identifiers = nil, nil // they are the survivor's
		if survivor, err := p.survivor(row.ID); err != nil {
			return err
		} else if survivor == nil && !p.moving[row.ID] {
			p.found(FaultMerged, int(p.part), row.ID, "", "leads to nobody")
		}
	} else {
		p.People++
	}
	for _, timer := range who.Timers {
		name := timerName{who.ID, timer.Name}
		if is, there := p.timers[name]; !there || !is.Due.Equal(timer.Due) || is.Gen != timer.Gen {
			p.found(FaultTimerMissing, int(p.part), who.ID, "timer "+timer.Name, "is in the state, and not so in the index")
		}
		delete(p.timers, name)
	}
	for _, id := range who.Absorbed {
		survivor, err := p.survivor(id)
		if err != nil {
			return err
		}
		if (survivor == nil || survivor.ID != who.ID) && !p.moving[id] && !p.moving[who.ID] {
			p.found(FaultAbsorbed, int(p.part), who.ID, id.String(), "does not lead there")
		}
	}
	for _, id := range who.Identifiers {
		p.Identifiers++
		if err := p.identifier(&who, id); err != nil {
			return err
		}
	}
	return nil
}

// survivor is whom somebody leads to, themselves where they were not merged; nil: nobody.
func (v *verifier) survivor(id aparte.PersonID) (*aparte.Person, error) {
	for range maxHops {
		rows, err := v.s.States(v.ctx, v.partOf(id), []aparte.PersonID{id})
		if err != nil {
			return nil, err
		}
		if rows[0].State == nil {
			return nil, nil
		}
		who, err := decode(&rows[0])
		if err != nil {
			return nil, nil // told where it stands
		}
		if who.MergedInto.IsZero() {
			return &who, nil
		}
		id = who.MergedInto
	}
	return nil, nil
}

// identifier checks that an identifier of somebody names them. One that is two people's names one of them; a userId names its own.
func (p *verifiedPart) identifier(who *aparte.Person, id aparte.Identifier) error {
	key := identifierKey(p.secret, id)
	if p.naming[key] || p.moving[who.ID] || p.ledger.shared(key) {
		return nil
	}
	where := fmt.Sprintf("an identifier of kind %s", id.Kind)
	named, err := p.s.Owner(p.ctx, store.PartOf(key[:8], p.Parts), key)
	switch {
	case errors.Is(err, store.ErrNotFound) && p.erased && id.Kind != aparte.KindUserID: // a device, an address that they shared
		p.Unnamed++
		return nil
	case errors.Is(err, store.ErrNotFound):
		p.found(FaultNameMissing, int(p.part), who.ID, where, "names nobody")
		return nil
	case err != nil || named == who.ID:
		return err
	}
	survivor, err := p.survivor(named)
	switch {
	case err != nil:
		return err
	case survivor == nil && p.unswept && id.Kind != aparte.KindUserID: // of one of two who had it
		p.Unnamed++
	case survivor == nil:
		p.found(FaultNameOther, int(p.part), who.ID, where, "names "+named.String()+", who is not there")
	case survivor.ID != who.ID && (id.Kind == aparte.KindUserID || !slices.Contains(survivor.Identifiers, id)):
		p.found(FaultNameOther, int(p.part), who.ID, where, "names "+survivor.ID.String())
	}
	return nil
}

// history checks that a history has every number, and that each entry can be read.
func (p *verifiedPart) history(who aparte.PersonID, last uint64) error {
	want := last
	for before := uint64(0); ; {
		page, err := p.s.History(p.ctx, p.part, who, before, historyPage)
		if err != nil {
			return err
		}
		for i := range page {
			entry := &page[i]
			if before == 0 && i == 0 && entry.Seq != last {
				p.found(FaultLast, int(p.part), who, entryAt(entry.Seq), fmt.Sprintf("is the last, the row says %d", last))
				want = entry.Seq
			}
			if entry.Seq != want {
				p.found(FaultNumbers, int(p.part), who, entryAt(want), fmt.Sprintf("is missing: the one before it is %d", entry.Seq))
			}
			want = entry.Seq - 1
			p.entry(entry)
		}
		if len(page) < historyPage {
			break
		}
		before = page[len(page)-1].Seq
	}
	if want != 0 {
		p.found(FaultNumbers, int(p.part), who, entryAt(want), "is missing, and all before it")
	}
	return nil
}

func (p *verifiedPart) entry(entry *store.Entry) {
	p.Entries++
	if entry.Key != (store.Key{}) {
		p.keys = append(p.keys, keyed{entry.Key, entry.Person, entry.Seq})
	}
	if err := p.readable(entry); err != nil {
		p.found(FaultEntry, int(p.part), entry.Person, entryAt(entry.Seq), err.Error())
	}
}

func (p *verifiedPart) readable(entry *store.Entry) error {
	switch entry.Kind {
	case store.EventEntry:
		p.Events++
		event, with, err := readApplied(entry)
		switch {
		case err != nil:
			return err
		case event.Type == "":
			return errors.New("an event of no type")
		case entry.Key == (store.Key{}):
			return errors.New("an event without a key")
		case event.MessageID != "" && messageKey(event.MessageID) != entry.Key:
			return errors.New("the key is another messageId's")
		}
		if with.known && with.brand > 0 {
			p.versions[with.brand] = true
		}
	case store.DecisionEntry:
		p.Decisions++
		d, err := decide.Unmarshal(entry.Body)
		if err != nil {
			return err
		}
		if d.ID != (aparte.DecisionID{Person: entry.Person, Seq: entry.Seq}) {
			return fmt.Errorf("is the decision %s", d.ID)
		}
		p.versions[d.Brand] = true
		if says := chances(&d); says != "" {
			p.found(FaultPropensity, int(p.part), entry.Person, entryAt(entry.Seq), says)
		}
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err == nil {
			_, err = m.record()
		}
		return err
	case store.SplitEntry:
		_, err := readSplitting(entry.Body)
		return err
	case store.MovedEntry:
		if len(entry.Body) != 8 {
			return fmt.Errorf("moved entry of %d bytes", len(entry.Body))
		}
	default:
		return fmt.Errorf("unknown kind of entry %d", entry.Kind)
	}
	return nil
}

// chancesWithin is how far from 1 chances may add up to: what sums of some hundred rounded numbers are off.
const chancesWithin = 1e-9

// chances says what is wrong with the chances of a decision; empty: nothing is.
func chances(d *aparte.Decision) string {
	if !(d.Propensity > 0 && d.Propensity <= 1+chancesWithin) { // not a number, either
		return fmt.Sprintf("was taken with a chance of %v", d.Propensity)
	}
	if len(d.Candidates) == 0 {
		return ""
	}
	if d.Chosen < 0 || d.Chosen >= len(d.Candidates) {
		return fmt.Sprintf("chose candidate %d of %d", d.Chosen, len(d.Candidates))
	}
	sum := 0.0
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if !(c.Propensity >= 0 && c.Propensity <= 1+chancesWithin) {
			return fmt.Sprintf("candidate %d has a chance of %v", i, c.Propensity)
		}
		if c.Excluded != "" && c.Propensity > 0 {
			return fmt.Sprintf("candidate %d is excluded and has a chance of %v", i, c.Propensity)
		}
		sum += c.Propensity
	}
	switch {
	case math.Abs(sum-1) > chancesWithin:
		return fmt.Sprintf("the chances add up to %v", sum)
	case d.Candidates[d.Chosen].Propensity != d.Propensity:
		return fmt.Sprintf("was taken with a chance of %v, its candidate has %v", d.Propensity, d.Candidates[d.Chosen].Propensity)
	}
	return ""
}

// eventKeys checks that each entry's event key is there, and once.
func (p *verifiedPart) eventKeys() error {
	slices.SortFunc(p.keys, func(a, b keyed) int { return bytes.Compare(a.key[:], b.key[:]) })
	for at := 0; at < len(p.keys); at += historyPage {
		some := p.keys[at:min(at+historyPage, len(p.keys))]
		asked := make([]store.Key, len(some))
		for i := range some {
			asked[i] = some[i].key
		}
		seen, err := p.s.Seen(p.ctx, p.part, asked)
		if err != nil {
			return err
		}
		for i, is := range seen {
			if !is {
				p.found(FaultKeyMissing, int(p.part), some[i].person, entryAt(some[i].seq), "its event key is not there")
			}
			if at+i > 0 && p.keys[at+i-1].key == some[i].key {
				p.found(FaultKeyTwice, int(p.part), some[i].person, entryAt(some[i].seq), "has the event key of another entry")
			}
		}
	}
	return nil
}

// feed checks that the rows for the learner are all there and can be read.
func (p *verifiedPart) feed() error {
	for after := uint64(0); ; {
		rows, err := p.s.Feed(p.ctx, p.part, after, historyPage)
		if err != nil {
			return err
		}
		for i := range rows {
			p.Feed++
			where := fmt.Sprintf("feed %d", rows[i].Position)
			if rows[i].Position != after+1 {
				p.found(FaultFeed, int(p.part), aparte.PersonID{}, where, fmt.Sprintf("follows %d", after))
			}
			after = rows[i].Position
			if err := readableRow(rows[i].Body); err != nil {
				p.found(FaultFeed, int(p.part), aparte.PersonID{}, where, err.Error())
			}
		}
		if len(rows) < historyPage {
			return nil
		}
	}
}

func readableRow(row []byte) (err error) {
	switch {
	case attribution.IsWalk(row):
		_, err = attribution.ParseWalk(row)
	case len(row) > 0 && row[0] == learn.TraceVersion:
		_, err = learn.ParseTrace(row)
	default:
		_, err = learn.ParseExample(row)
	}
	return err
}

// listed looks for what nothing leads to.
func (p *verifiedPart) listed() error {
	if err := p.strayKeys(); err != nil {
		return err
	}
	if err := p.strayHistories(); err != nil {
		return err
	}
	if err := p.names(); err != nil {
		return err
	}
	differ, err := p.list.Check(p.ctx, p.part)
	for _, says := range differ {
		p.found(FaultStore, int(p.part), aparte.PersonID{}, "", says)
	}
	return err
}

func (p *verifiedPart) strayKeys() error {
	at := 0
	for after := (store.Key{}); ; {
		keys, err := p.list.EventKeys(p.ctx, p.part, after, historyPage)
		if err != nil {
			return err
		}
		for _, key := range keys {
			after = key
			for at < len(p.keys) && bytes.Compare(p.keys[at].key[:], key[:]) < 0 {
				at++
			}
			if at == len(p.keys) || p.keys[at].key != key {
				p.found(FaultKeyAlone, int(p.part), aparte.PersonID{}, "event key "+hex.EncodeToString(key[:]), "is of no entry")
			}
		}
		if len(keys) < historyPage {
			return nil
		}
	}
}

func (p *verifiedPart) strayHistories() error {
	for after := (aparte.PersonID{}); ; {
		who, err := p.list.Histories(p.ctx, p.part, after, historyPage)
		if err != nil {
			return err
		}
		for _, id := range who {
			after = id
			if _, there := slices.BinarySearchFunc(p.people, id, func(a, b aparte.PersonID) int { return bytes.Compare(a[:], b[:]) }); !there {
				p.found(FaultHistoryAlone, int(p.part), id, "", "has entries, and no state")
			}
		}
		if len(who) < historyPage {
			return nil
		}
	}
}

// names checks that whom an identifier names is there, unless somebody was erased of whom the next purge deletes what is left. They need not
// have it any more: an address to which nothing can be delivered is still known to be theirs.
func (p *verifiedPart) names() error {
	for after := (store.Key{}); ; {
		rows, err := p.list.Identifiers(p.ctx, p.part, after, historyPage)
		if err != nil {
			return err
		}
		for i := range rows {
			after = rows[i].Key
			if err := p.name(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < historyPage {
			return nil
		}
	}
}

func (p *verifiedPart) name(row *store.IdentifierRow) error {
	if p.naming[row.Key] || p.moving[row.Person] || p.ledger.shared(row.Key) {
		return nil
	}
	who, err := p.survivor(row.Person)
	if err == nil && who == nil && !p.unswept {
		p.found(FaultNameAlone, int(p.part), row.Person, "identifier "+hex.EncodeToString(row.Key[:]), "names somebody who is not there")
	}
	return err
}
