package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/adplatform"
	"github.com/aparte-dev/aparte/store"
)

// A notice is a letter that no part acts upon: it is written in the batch of the entry it tells of, so that no crash comes
// between the two, and lies in its part until whoever carries notices outside settles it. It says where the entry stands,
// not what it says: the history is the queue, letters only say how far each endpoint has read it.

// Outbox is who carries notices outside. Its methods are called in turns of owners: they must not wait.
type Outbox interface {
	// Wanted are the ids of those who want to be told of a kind now.
	Wanted(kind aparte.NoticeKind) []string
	// Written says that a part has new notices, durable by now or within a moment.
	Written(part int, notices []aparte.Notice)
	// Dropped says that notices of a part are not there any more, as who they tell of is erased.
	Dropped(part int, notices []aparte.Notice)
}

// noticeMark begins the body of a letter that is a notice. Behind it, in protobuf wire format:
//
//	message Notice { string to = 1; string kind = 2; bytes person = 3; uint64 seq = 4; sint64 at = 5; string erased = 6; }   // at in microseconds since 1970
const noticeMark = 'N'

func encodeNotice(n *aparte.Notice) []byte {
	b := make([]byte, 1, 64)
	b[0] = noticeMark
	b = appendText(b, 1, n.To)
	b = appendText(b, 2, string(n.Kind))
	b = appendBytes(b, 3, n.Person[:])
	b = appendNumber(b, 4, n.Seq)
	b = appendNumber(b, 5, protowire.EncodeZigZag(n.At.UnixMicro()))
	b = appendText(b, 6, n.Erased)
	return appendText(b, 7, n.Trace)
}

// numbersOfEpoch is for how many letters an epoch has numbers of its own, as a power of two. That leaves 2³¹ epochs where numbers have 63 bits.
const numbersOfEpoch = 32

func isNotice(body []byte) bool { return len(body) > 0 && body[0] == noticeMark }

func decodeNotice(body []byte) (n aparte.Notice, err error) {
	err = eachField(body[1:], func(field protowire.Number, number uint64, v []byte) error {
		switch field {
		case 1:
			n.To = string(v)
		case 2:
			n.Kind = aparte.NoticeKind(v)
		case 3:
			return fill(n.Person[:], v)
		case 4:
			n.Seq = number
		case 5:
			n.At = time.UnixMicro(protowire.DecodeZigZag(number)).UTC()
		case 6:
			n.Erased = string(v)
		case 7:
			n.Trace = string(v)
		}
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("notice: %w", err)
	}
	return n, nil
}

// note writes a notice of an entry for each who wants to be told of it.
func (t *turn) note(kind aparte.NoticeKind, person aparte.PersonID, seq uint64) {
	for _, to := range t.owner.engine.outbox.Wanted(kind) {
		t.write(aparte.Notice{To: to, Kind: kind, Person: person, Seq: seq, At: t.now.UTC()})
	}
}

// write puts a notice into the batch. Its number is above those of whoever had the part before under an earlier epoch, whose notices may all be
// gone from the store: what is asked of a number late or twice, in another engine's time, must not be done to another notice.
func (t *turn) write(n aparte.Notice) {
	t.owner.lastLetter = max(t.owner.lastLetter, uint64(t.owner.epoch)<<numbersOfEpoch) + 1
	n.Trace = t.span.Traceparent()
	t.batch.Letters = append(t.batch.Letters, store.Letter{Number: t.owner.lastLetter, To: t.owner.part, Body: encodeNotice(&n)})
	t.notices = append(t.notices, n)
}

// noteErased has those who were told of somebody for advertising told that they are to be forgotten there, too. All that is left to know them by is
// in the notice, as hashes, and goes with it.
func (t *turn) noteErased(p *aparte.Person) {
	if t.owner.engine.outbox == nil {
		return
	}
	known := adplatform.Remember(p)
	if known == "" {
		return
	}
	for _, to := range t.owner.engine.outbox.Wanted(aparte.AdvertisingEnded) {
		t.write(aparte.Notice{To: to, Kind: aparte.AdvertisingEnded, Person: p.ID, At: t.now.UTC(), Erased: known})
	}
}

// dropNotices forgets what waits to be told of somebody who is erased: there is nothing any more to tell. What platforms are to forget stays.
func (t *turn) dropNotices(id aparte.PersonID) error {
	e := t.owner.engine
	if e.outbox == nil {
		return nil
	}
	var dropped []aparte.Notice
	for after := uint64(0); ; {
		found, last, err := e.Notices(t.ctx, int(t.owner.part), after, historyPage)
		if err != nil {
			return err
		}
		if last == 0 {
			break
		}
		for _, n := range found {
			if n.Person == id && n.Erased == "" && !slices.Contains(t.owner.delivered, n.Number) {
				dropped = append(dropped, n)
				t.owner.delivered = append(t.owner.delivered, n.Number)
			}
		}
		after = last
	}
	if len(dropped) > 0 {
		t.after = append(t.after, func() { e.outbox.Dropped(int(t.owner.part), dropped) })
	}
	return nil
}

// toldOf reports whether platforms may have been told of somebody and are not yet told that it ended.
func (e *Engine) toldOf(ctx context.Context, p *aparte.Person) (bool, error) {
	if e.outbox == nil || p.Advertised() {
		return p.Advertised(), nil
	}
	part := int(e.partOf(p.ID))
	for after := uint64(0); ; {
		found, last, err := e.Notices(ctx, part, after, historyPage)
		if err != nil || last == 0 {
			return false, err
		}
		for i := range found {
			if n := &found[i]; n.Person == p.ID && n.Kind == aparte.AdvertisingEnded {
				return true, nil
			}
		}
		after = last
	}
}

// noticesOf are the kinds of notice that go by the name of a track event.
var noticesOf = map[string]aparte.NoticeKind{
	aparte.EventEntered: aparte.AudienceEntered,
	aparte.EventExited:  aparte.AudienceExited,
	orderCompleted:      aparte.OrderCompleted,
	"Order Refunded":    aparte.OrderRefunded,
	"Order Cancelled":   aparte.OrderCancelled,
	aparte.EventExposed: aparte.DecisionSeen,
	aparte.EventClicked: aparte.DecisionClicked,
	aparte.EventSent:    aparte.MessageSent,
	aparte.EventFailed:  aparte.MessageFailed,
}

func ofAudiences(k aparte.NoticeKind) bool {
	return k == aparte.AudienceEntered || k == aparte.AudienceExited
}

// noteEvent writes the notices of an event, which is the last entry of p, who was before.
func (t *turn) noteEvent(now *live, before, p *aparte.Person, event *aparte.Event) {
	if t.owner.engine.outbox == nil {
		return
	}
	if event.Type == aparte.Track {
		if kind := noticesOf[event.Name]; kind != "" && (!ofAudiences(kind) || event.Source == aparte.OwnSource) { // somebody else's audiences may be called so
			t.note(kind, p.ID, p.Seq)
			t.noteEntitlements(now, p, event)
		}
		if isTask(event) {
			t.note(aparte.TaskOpened, p.ID, p.Seq)
		}
		if now != nil && now.counts(event) {
			t.note(aparte.ObjectiveReached, p.ID, p.Seq)
		}
	}
	t.noteIf(aparte.PersonChanged, p, func() bool {
		return !sameTraits(before.Traits, p.Traits) || !slices.Equal(before.Identifiers, p.Identifiers)
	})
	t.noteIf(aparte.ConsentChanged, p, func() bool { return !sameConsents(before.Consents, p.Consents) })
	t.noteIf(aparte.AdvertisingAllowed, p, func() bool { return !before.Advertised() && p.Advertised() })
	t.noteIf(aparte.AdvertisingEnded, p, func() bool { return before.Advertised() && !p.Advertised() })
	t.noteIf(aparte.StageChanged, p, func() bool { return before.Lifecycle(t.now) != p.Lifecycle(t.now) })
}

// noteEntitlements tells whoever fulfils what an audience that was entered or left gives a right to.
func (t *turn) noteEntitlements(now *live, p *aparte.Person, event *aparte.Event) {
	if now == nil || event.Name != aparte.EventEntered && event.Name != aparte.EventExited {
		return
	}
	if x := now.plan.AudienceTold(event); x == nil || len(x.Entitlements) == 0 {
		return
	}
	if event.Name == aparte.EventEntered {
		t.note(aparte.EntitlementBegan, p.ID, p.Seq)
	} else {
		t.note(aparte.EntitlementEnded, p.ID, p.Seq)
	}
}

// noteIf writes a notice of p's last entry where somebody wants it and it is one.
func (t *turn) noteIf(kind aparte.NoticeKind, p *aparte.Person, is func() bool) {
	if len(t.owner.engine.outbox.Wanted(kind)) > 0 && is() {
		t.note(kind, p.ID, p.Seq)
	}
}

// sameTraits reports whether nothing was learned. That the same was said again is nothing.
func sameTraits(a, b []aparte.Trait) bool {
	return slices.EqualFunc(a, b, func(a, b aparte.Trait) bool {
		return a.Name == b.Name && a.Value == b.Value && a.Provenance == b.Provenance
	})
}

func sameConsents(a, b []aparte.Consent) bool {
	return slices.EqualFunc(a, b, func(a, b aparte.Consent) bool {
		return a.Purpose == b.Purpose && a.Channel == b.Channel && a.Granted == b.Granted && a.Wording == b.Wording
	})
}

// counts reports whether an objective counts an event.
func (l *live) counts(event *aparte.Event) bool {
	for i := range l.plan.Brand().Objectives {
		if l.plan.Brand().Objectives[i].Event == event.Name {
			return true
		}
	}
	return false
}

// noteDecision writes the notice of a decision, which is the last entry of p.
func (t *turn) noteDecision(p *aparte.Person, d *aparte.Decision) {
	switch {
	case t.owner.engine.outbox == nil:
	case d.Action.Silent():
		t.note(aparte.DecisionSilent, p.ID, p.Seq)
	default:
		t.note(aparte.DecisionTaken, p.ID, p.Seq)
	}
}

// Notices are notices of a part with a number greater than after, in order, among up to limit letters; last is the number of
// the last letter looked at, 0 where there is none.
func (e *Engine) Notices(ctx context.Context, part int, after uint64, limit int) (found []aparte.Notice, last uint64, err error) {
	letters, err := e.store.Letters(ctx, store.Part(part), after, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("notices of part %d: %w", part, err)
	}
	for _, l := range letters {
		last = l.Number
		if !isNotice(l.Body) {
			continue
		}
		n, err := decodeNotice(l.Body)
		if err != nil {
			return nil, 0, fmt.Errorf("part %d, letter %d: %w", part, l.Number, err)
		}
		n.Number = l.Number
		found = append(found, n)
	}
	return found, last, nil
}

// Settle forgets notices of a part: who was to be told was. That is durable a moment later: after a crash in between they
// come again. Where another engine has the part, that one is asked to, and again while nobody has it.
func (e *Engine) Settle(part int, numbers []uint64) error {
	for some := range slices.Chunk(numbers, settledAtOnce) {
		err := e.settleHere(store.Part(part), some)
		if errors.Is(err, ErrNobody) {
			q := &favour{Part: store.Part(part), Settled: some}
			err = e.entrust(q, func(context.Context) error { return e.settleHere(q.Part, some) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settledAtOnce bounds what one engine asks of another in one message.
const settledAtOnce = 1000

// settleHere is Settle in a part of this engine's, or ErrNobody where it is that no more.
func (e *Engine) settleHere(part store.Part, numbers []uint64) error {
	if !e.pushHere(part, &task{lazy: true, run: func(t *turn) error {
		t.owner.delivered = append(t.owner.delivered, numbers...)
		return nil
	}}) {
		return e.away()
	}
	return nil
}

const buriedPrefix = "notice-dead/"

func buriedKey(n *aparte.Notice) string {
	return buriedPrefix + n.To + "/" + n.Person.String() + "/" + strconv.FormatUint(n.Seq, 36) + "/" + string(n.Kind)
}

// Bury forgets a notice that could not be told, but that it could not is kept. Where another engine has the part, that one is asked to, and again while
// nobody has it; Bury does not wait for it. One that does not wait any more is not buried.
func (e *Engine) Bury(ctx context.Context, n aparte.Notice) error {
	part := e.partOf(n.Person)
	here := func(ctx context.Context) error {
		return e.inHere(ctx, part, func(t *turn) error { return t.buryNotice(&n) })
	}
	if err := here(ctx); !errors.Is(err, ErrNobody) {
		return err
	}
	return e.entrust(&favour{Part: part, Bury: &n}, here)
}

func (t *turn) buryNotice(n *aparte.Notice) error {
	waits, err := t.waits(n.Number)
	if err != nil || !waits {
		return err // it was buried before, or is of somebody who was erased
	}
	t.count(buriedKey(n), 1)
	t.owner.delivered = append(t.owner.delivered, n.Number)
	return nil
}

// waits reports whether there is a notice of this number in this part.
func (t *turn) waits(number uint64) (bool, error) {
	if number == 0 || slices.Contains(t.owner.delivered, number) {
		return false, nil
	}
	letters, err := t.owner.engine.store.Letters(t.ctx, t.owner.part, number-1, 1)
	if err != nil {
		return false, fmt.Errorf("notice %d of part %d: %w", number, t.owner.part, err)
	}
	return len(letters) == 1 && letters[0].Number == number && isNotice(letters[0].Body), nil
}

// Revive writes a notice again that was buried, and does nothing where that was done before. Where another engine has the part, that one does;
// ErrNobody says that nobody has had it for a while.
func (e *Engine) Revive(ctx context.Context, n aparte.Notice) error {
	part := e.partOf(n.Person)
	here := func(ctx context.Context) error {
		return e.inHere(ctx, part, func(t *turn) error { return t.reviveNotice(n) })
	}
	if err := here(ctx); !errors.Is(err, ErrNobody) {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, askFor)
	defer stop()
	return e.again(ctx, func() (bool, error) {
		err := e.hereOrThere(ctx, &favour{Part: part, Revive: &n}, here)
		return !errors.Is(err, ErrNobody) || e.closing.Load(), err
	})
}

func (t *turn) reviveNotice(n aparte.Notice) error {
	if t.owner.engine.outbox == nil {
		return errors.New("nobody tells others of what happened")
	}
	key, hour := buriedKey(&n), n.At.Truncate(time.Hour)
	rows, err := t.owner.engine.store.Counters(t.ctx, key, hour, hour.Add(time.Hour))
	if err != nil {
		return fmt.Errorf("a notice that was given up: %w", err)
	}
	buried := int64(0)
	for _, c := range append(rows, t.batch.Counters...) {
		if c.Key == key && c.Hour.Equal(hour) {
			buried += c.N
		}
	}
	if buried <= 0 {
		return nil
	}
	t.countAt(key, hour, -1)
	n.At = t.now.UTC()
	t.write(n)
	return nil
}

// Buried are notices to an endpoint that were given up in the last 90 days, up to limit of them, and how many there are.
func (e *Engine) Buried(ctx context.Context, to string, limit int) (found []aparte.Notice, all int, err error) {
	now := e.now()
	prefix := buriedPrefix + to + "/"
	rows, err := e.store.Counters(ctx, prefix, now.AddDate(0, 0, -90), now.Add(time.Hour))
	if err != nil {
		return nil, 0, fmt.Errorf("notices given up: %w", err)
	}
	for _, row := range rows {
		at := strings.Split(strings.TrimPrefix(row.Key, prefix), "/")
		if row.N <= 0 || len(at) != 3 {
			continue
		}
		person, err := aparte.ParsePersonID(at[0])
		seq, wrong := strconv.ParseUint(at[1], 36, 64)
		if err != nil || wrong != nil {
			continue
		}
		if all++; len(found) < limit {
			found = append(found, aparte.Notice{To: to, Kind: aparte.NoticeKind(at[2]), Person: person, Seq: seq, At: row.Hour})
		}
	}
	return found, all, nil
}

// Entry is one entry of a history, or store.ErrNotFound where it is not there any more: its person was erased, or it went with
// somebody who was taken out of them.
func (e *Engine) Entry(ctx context.Context, person aparte.PersonID, seq uint64) (StoryEntry, error) {
	entry, err := e.store.Entry(ctx, e.partOf(person), person, seq)
	if err == nil && entry.Kind == store.MovedEntry {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return StoryEntry{}, err
	} else if err != nil {
		return StoryEntry{}, fmt.Errorf("entry %d of %s: %w", seq, person, err)
	}
	return readEntry(entry)
}
