package profile

import (
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// Decode reads what Encode wrote, under this version of the schema or an older one. Fields that it does
// not know are passed over. b is not kept; the person's texts share one copy of it.
func Decode(b []byte) (aparte.Person, error) {
	switch {
	case len(b) == 0:
		return aparte.Person{}, errors.New("record is empty")
	case b[0] != recordVersion && b[0] != versionOfFirst:
		return aparte.Person{}, fmt.Errorf("record has version %d, want %d", b[0], recordVersion)
	case len(b) > maxDecoded:
		return aparte.Person{}, fmt.Errorf("record is longer than %d bytes", maxDecoded)
	}
	d := parser{b: b, s: string(b)}
	p := d.person()
	if d.err != nil {
		return aparte.Person{}, d.err
	}
	return p, nil
}

func (d *parser) person() aparte.Person {
	var m message
	d.message(span{1, len(d.b)}, &m)
	p := aparte.Person{
		ID: d.id(m.content(fieldID)), MergedInto: d.id(m.content(fieldMergedInto)), Seq: m.uint(fieldSeq),
		FirstSeen: m.time(fieldFirstSeen, 0), LastSeen: m.time(fieldLastSeen, 0),
		Locale: d.string(m.content(fieldLocale)), Zone: d.string(m.content(fieldZone)),
	}
	d.self = p.ID
	if d.b[0] == versionOfFirst {
		d.base = p.LastSeen.UnixMicro()
	}
	p.Device = d.device(m.content(fieldDevice))
	p.Goodwill = d.goodwill(m.content(fieldGoodwill))
	p.Identifiers = d.identifiers(m.content(fieldIdentifiers))
	p.Traits = d.traits(m.content(fieldTraits))
	p.Consents = d.consents(m.content(fieldConsents))
	p.Counters = d.counters(m.content(fieldCounters))
	p.Affinities = d.affinities(m.content(fieldAffinities))
	p.Orders = d.orders(m.content(fieldOrders))
	p.Session = d.session(m.content(fieldSession))
	p.Cart = d.cart(m.content(fieldCart))
	p.Said = d.said(m.content(fieldSaid))
	p.Open = d.opened(m.content(fieldOpen))
	p.Timers = d.timers(m.content(fieldTimers))
	p.RecentIDs = d.recentIDs(m.content(fieldRecentIDs))
	p.Absorbed = d.people(m.content(fieldAbsorbed))
	p.Formerly = d.people(m.content(fieldFormerly))
	p.Watch = d.watch(m.content(fieldWatch))
	p.Rhythm = d.rhythm(m.content(fieldRhythm))
	p.Trials = d.trials(m.content(fieldTrials))
	p.Return = d.returns(m.content(fieldReturn))
	p.Cadences = d.cadences(m.content(fieldCadences))
	p.Stages = d.stages(m.content(fieldStages))
	p.Points = d.points(m.content(fieldPoints))
	p.Journey = d.journey(m.content(fieldJourney))
	p.Audiences = d.audiences(m.content(fieldAudiences))
	p.Fences = d.fences(m.content(fieldFences))
	return p
}

// id reads a person's id, nobody's where the field did not come.
func (d *parser) id(at span) (id aparte.PersonID) {
	if n := at.to - at.from; n != 0 && n != len(id) {
		d.broken("id")
		return id
	}
	copy(id[:], d.b[at.from:at.to])
	return id
}

func (d *parser) device(at span) string {
	if at.from == at.to {
		return ""
	}
	d.start(at)
	return d.word(deviceWords)
}

func (d *parser) goodwill(at span) aparte.Goodwill {
	if at.from == at.to {
		return aparte.Goodwill{}
	}
	d.start(at)
	return aparte.Goodwill{Value: d.float(), At: d.at()}
}

func (d *parser) watch(at span) aparte.Watch {
	if at.from == at.to {
		return aparte.Watch{}
	}
	d.start(at)
	return aparte.Watch{Since: d.at(), Goodwill: d.float(), Lost: d.float(), Earned: d.float()}
}

func (d *parser) returns(at span) (r aparte.Return) {
	if at.from == at.to {
		return r
	}
	d.start(at)
	before := d.varint()
	if before>>1 > aparte.ReturnDays+1 {
		d.broken("days of return")
	}
	r.Before = int(before >> 1)
	if before&1 == 0 {
		return r
	}
	r.Since = d.at()
	days := d.varint()
	if days>>aparte.ReturnDays != 0 {
		d.broken("days of return")
	}
	r.Days, r.Aside, r.Earned = uint16(days), d.float(), d.float()
	return r
}

func (d *parser) rhythm(at span) aparte.Rhythm {
	beats := list[aparte.Beat](d, at)
	if len(beats) == 0 {
		return aparte.Rhythm{}
	}
	r := aparte.Rhythm{Beats: beats, At: d.fields.time(2, d.base)}
	d.column(3)
	for i := range beats {
		hour := d.varint()
		if hour >= hoursAWeek || i > 0 && hour <= uint64(beats[i-1].Hour) {
			d.broken("hour of the week")
		}
		beats[i].Hour = uint8(hour)
	}
	d.column(4)
	for i := range beats {
		beats[i].Weight = d.single()
	}
	d.end()
	return r
}

func (d *parser) identifiers(at span) []aparte.Identifier {
	ids := list[aparte.Identifier](d, at)
	d.column(2)
	for i := range ids {
		ids[i].Kind = aparte.IdentifierKind(d.word(kindWords))
	}
	d.column(3)
	for i := range ids {
		ids[i].Value = d.text()
	}
	d.end()
	return ids
}

func (d *parser) traits(at span) []aparte.Trait {
	traits := list[aparte.Trait](d, at)
	d.column(2)
	for i := range traits {
		traits[i].Name = d.text()
	}
	d.column(3)
	for i := range traits {
		traits[i].Value, traits[i].Provenance = traitOf(d.varint())
	}
	d.column(4)
	for i := range traits {
		traits[i].At = d.at()
	}
	d.column(5)
	for i := range traits {
		if traits[i].Value.Kind == aparte.Text || traits[i].Value.Kind == aparte.JSON {
			traits[i].Value.Str = d.text()
		}
	}
	d.column(6)
	for i := range traits {
		if traits[i].Value.Kind == aparte.Number {
			traits[i].Value.Num = d.float()
		}
	}
	d.end()
	return traits
}

// traitOf is the provenance of a trait of this kind, and its value where the kind tells it.
func traitOf(kind uint64) (v aparte.Value, from aparte.Provenance) {
	switch kind & 7 {
	case textTrait:
		v.Kind = aparte.Text
	case numberTrait:
		v.Kind = aparte.Number
	case falseTrait:
		v = aparte.BoolValue(false)
	case trueTrait:
		v = aparte.BoolValue(true)
	case jsonTrait:
		v.Kind = aparte.JSON
	}
	return v, aparte.Provenance(kind >> 3)
}

func (d *parser) consents(at span) []aparte.Consent {
	consents := list[aparte.Consent](d, at)
	d.column(2)
	for i := range consents {
		consents[i].Purpose = aparte.Purpose(d.word(purposeWords))
	}
	d.column(3)
	for i := range consents {
		consents[i].Channel = aparte.Channel(d.word(channelWords))
	}
	d.column(4)
	for i := range consents {
		consents[i].Granted = d.flag()
	}
	d.column(5)
	for i := range consents {
		consents[i].Source = d.repeat()
	}
	d.column(6)
	for i := range consents {
		consents[i].Wording = d.repeat()
	}
	d.column(7)
	for i := range consents {
		consents[i].At = d.at()
	}
	d.end()
	return consents
}

func (d *parser) counters(at span) []aparte.Counter {
	counters := list[aparte.Counter](d, at)
	d.column(2)
	for i := range counters {
		counters[i].Name = d.word(counterNames)
	}
	d.column(3)
	for i := range counters {
		counters[i].Value = d.float()
	}
	d.column(4)
	for i := range counters {
		counters[i].At = d.at()
	}
	d.end()
	return counters
}

func (d *parser) affinities(at span) []aparte.Affinity {
	affinities := list[aparte.Affinity](d, at)
	d.column(2)
	for i := range affinities {
		affinities[i].Kind = aparte.AffinityKind(d.word(affinityWords))
	}
	d.column(3)
	for i := range affinities {
		affinities[i].Key = d.text()
	}
	d.column(4)
	for i := range affinities {
		affinities[i].Weight = d.float()
	}
	d.column(5)
	for i := range affinities {
		affinities[i].At = d.at()
	}
	d.end()
	return affinities
}

func (d *parser) orders(at span) aparte.Orders {
	var m message
	d.message(at, &m)
	o := aparte.Orders{
		Count:   m.int(1),
		Revenue: aparte.Money{Amount: m.int(2), Currency: d.string(m.content(3))},
		FirstAt: m.time(4, d.base), LastAt: m.time(5, d.base),
	}
	o.Items = list[aparte.ItemID](d, m.content(6))
	d.column(2)
	for i := range o.Items {
		o.Items[i] = aparte.ItemID(d.text())
	}
	d.end()
	o.Recent = list[aparte.Order](d, m.content(7))
	d.column(2)
	for i := range o.Recent {
		o.Recent[i].ID = d.fixed()
	}
	d.column(3)
	for i := range o.Recent {
		o.Recent[i].Left = d.zigzag()
	}
	d.column(4)
	for i := range o.Recent {
		o.Recent[i].Currency = d.repeat()
	}
	d.column(5)
	d.last = noTime
	for i := range o.Recent {
		o.Recent[i].At = micros(d.step())
	}
	d.end()
	o.OtherRevenue = list[aparte.Money](d, m.content(8))
	d.column(2)
	for i := range o.OtherRevenue {
		o.OtherRevenue[i].Currency = d.text()
	}
	d.column(3)
	for i := range o.OtherRevenue {
		o.OtherRevenue[i].Amount = d.zigzag()
	}
	d.end()
	return o
}

func (d *parser) session(at span) aparte.Session {
	var m message
	d.message(at, &m)
	return aparte.Session{
		StartedAt: m.time(1, d.base), LastAt: m.time(2, d.base), Count: m.int(3), Pages: m.int(4),
		LastItem: aparte.ItemID(d.string(m.content(5))), Search: d.string(m.content(6)), Intents: d.affinities(m.content(7)),
		Dwell: m.int(8), ItemDwell: m.int(9),
	}
}

func (d *parser) cart(at span) aparte.Cart {
	var m message
	d.message(at, &m)
	lines := list[aparte.CartLine](d, m.content(2))
	d.column(2)
	for i := range lines {
		lines[i].Item = aparte.ItemID(d.text())
	}
	d.column(3)
	for i := range lines {
		lines[i].Quantity = d.zigzag()
	}
	d.column(4)
	for i := range lines {
		lines[i].Price.Amount = d.zigzag()
	}
	d.column(5)
	for i := range lines {
		lines[i].Price.Currency = d.repeat()
	}
	d.end()
	return aparte.Cart{UpdatedAt: m.time(1, d.base), Lines: lines}
}

func (d *parser) said(at span) []aparte.Said {
	said := list[aparte.Said](d, at)
	d.column(2)
	for i := range said {
		said[i].Decision.Person = d.speaker()
	}
	d.column(3)
	for i := range said {
		said[i].Decision.Seq = uint64(d.step())
	}
	d.column(4)
	for i := range said {
		said[i].Content = aparte.ContentID(d.repeat())
	}
	d.column(5)
	for i := range said {
		said[i].Item = aparte.ItemID(d.repeat())
	}
	d.column(6)
	for i := range said {
		said[i].Channel = aparte.Channel(d.word(channelWords))
	}
	d.column(7)
	for i := range said {
		said[i].Slot = d.repeat()
	}
	d.column(8)
	for i := range said {
		said[i].At = d.at()
	}
	d.column(9)
	for i := range said {
		said[i].Seen = d.zigzag()
	}
	d.column(10)
	for i := range said {
		said[i].Clicked = d.flag()
	}
	d.column(11)
	for i := range said {
		said[i].Parent = d.parent(said[i].Decision.Seq)
	}
	d.column(12)
	for i := range said {
		said[i].Beside = aparte.ItemID(d.repeat())
	}
	d.end()
	return said
}

func (d *parser) opened(at span) []aparte.Open {
	open := list[aparte.Open](d, at)
	d.column(2)
	for i := range open {
		open[i].Decision.Person = d.speaker()
	}
	d.column(3)
	for i := range open {
		open[i].Decision.Seq = uint64(d.step())
	}
	d.column(4)
	for i := range open {
		open[i].Objective = aparte.ObjectiveID(d.repeat())
	}
	d.column(5)
	for i := range open {
		open[i].At = d.at()
	}
	d.column(6)
	for i := range open {
		open[i].Due = micros(open[i].At.UnixMicro() + d.zigzag())
	}
	d.column(7)
	for i := range open {
		open[i].Reward = d.float()
	}
	d.column(8)
	for i := range open {
		open[i].Silence = d.repeat()
	}
	d.column(9)
	for i := range open {
		open[i].Unpaired = d.flag()
	}
	d.end()
	return open
}

func (d *parser) timers(at span) []aparte.Timer {
	timers := list[aparte.Timer](d, at)
	d.column(2)
	for i := range timers {
		timers[i].Name = d.text()
	}
	d.column(3)
	for i := range timers {
		timers[i].Due = d.at()
	}
	d.column(4)
	for i := range timers {
		timers[i].Gen = uint64(d.step())
	}
	d.end()
	return timers
}

func (d *parser) trials(at span) []aparte.Trial {
	trials := list[aparte.Trial](d, at)
	d.column(2)
	for i := range trials {
		trials[i].Number = uint64(d.step())
	}
	d.column(3)
	for i := range trials {
		trials[i].Holdout = int(d.zigzag())
	}
	d.column(4)
	for i := range trials {
		trials[i].Objective = int(d.zigzag())
	}
	d.column(5)
	for i := range trials {
		trials[i].Held = d.flag()
	}
	d.column(6)
	for i := range trials {
		trials[i].Since = d.at()
	}
	d.column(7)
	for i := range trials {
		trials[i].Value = d.zigzag()
	}
	d.end()
	return trials
}

func (d *parser) cadences(at span) []aparte.Cadence {
	cadences := list[aparte.Cadence](d, at)
	d.column(2)
	for i := range cadences {
		cadences[i].Category = d.text()
		if i > 0 && cadences[i].Category <= cadences[i-1].Category {
			d.broken("order of categories")
		}
	}
	d.column(3)
	for i := range cadences {
		cadences[i].LastAt = d.at()
	}
	d.column(4)
	for i := range cadences {
		if cadences[i].Weight = d.single(); cadences[i].Weight < 0 {
			d.broken("number of intervals")
		}
	}
	d.column(5)
	for i := range cadences {
		cadences[i].Logs = d.single()
	}
	d.column(6)
	for i := range cadences {
		cadences[i].Squares = d.single()
	}
	d.end()
	return cadences
}

func (d *parser) stages(at span) []aparte.Stage {
	stages := list[aparte.Stage](d, at)
	d.column(2)
	for i := range stages {
		stages[i].Name = d.word(stageWords)
	}
	d.column(3)
	for i := range stages {
		stages[i].Since = d.at()
	}
	d.end()
	return stages
}

func (d *parser) points(at span) []aparte.Points {
	points := list[aparte.Points](d, at)
	d.column(2)
	for i := range points {
		points[i].Objective = d.fixed()
	}
	d.column(3)
	for i := range points {
		seconds := d.varint()
		if seconds > maxHalfLife {
			d.broken("half-life")
			seconds = 0
		}
		points[i].HalfLife = time.Duration(seconds) * time.Second
	}
	d.column(4)
	for i := range points {
		points[i].Value = d.float()
	}
	d.column(5)
	for i := range points {
		points[i].At = d.at()
	}
	d.end()
	return points
}

func (d *parser) journey(at span) (j aparte.Journey) {
	var m message
	d.message(at, &m)
	j.Touches = list[aparte.Touch](d, m.content(1))
	d.column(2)
	for i := range j.Touches {
		j.Touches[i].At = d.at()
	}
	d.column(3)
	for i := range j.Touches {
		j.Touches[i].Channel = d.repeat()
	}
	d.column(4)
	for i := range j.Touches {
		j.Touches[i].What = d.repeat()
	}
	d.column(5)
	for i := range j.Touches {
		j.Touches[i].Device = d.word(touchDevices)
	}
	d.end()
	j.Reached = list[aparte.Reached](d, m.content(2))
	d.column(2)
	for i := range j.Reached {
		j.Reached[i].Objective = d.fixed()
	}
	d.column(3)
	for i := range j.Reached {
		j.Reached[i].At = d.at()
	}
	d.end()
	return j
}

func (d *parser) fences(at span) []aparte.Fence {
	fences := list[aparte.Fence](d, at)
	d.column(2)
	for i := range fences {
		fences[i].Place = aparte.PlaceID(d.text())
	}
	d.column(3)
	for i := range fences {
		fences[i].Since = d.at()
	}
	d.column(4)
	for i := range fences {
		fences[i].Seen = d.at()
	}
	d.column(5)
	for i := range fences {
		fences[i].Dwelled = d.flag()
	}
	d.end()
	return fences
}

func (d *parser) audiences(at span) []aparte.AudienceKey {
	keys := list[aparte.AudienceKey](d, at)
	d.column(2)
	for i := range keys {
		step := d.step()
		if step < 0 || step > 1<<24-1 {
			d.broken("audience")
		}
		keys[i] = aparte.AudienceKey(step)
	}
	d.end()
	return keys
}

func (d *parser) recentIDs(at span) []uint64 {
	ids := list[uint64](d, at)
	d.column(2)
	for i := range ids {
		ids[i] = d.fixed()
	}
	d.end()
	return ids
}

func (d *parser) people(at span) []aparte.PersonID {
	ids := list[aparte.PersonID](d, at)
	d.column(2)
	for i := range ids {
		ids[i] = d.key()
	}
	d.end()
	return ids
}
