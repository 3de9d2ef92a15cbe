package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// How an owner comes by the letters that are in the store and with nobody: those that were left under way when the part was opened, and later those
// of a commit that was not answered, and may have been written all the same.

const (
	letterPage = 1000
	askAfter   = time.Second // after which a doubtful letter is looked for, at first
	askHardly  = time.Minute // at last
)

// open loads what was left under way by whoever owned the part before.
func (o *owner) open(ctx context.Context) error {
	return o.eachLetter(ctx, o.lastLetter, func(l store.Letter) bool {
		o.lastLetter = l.Number
		if !isNotice(l.Body) { // those are for the outbox
			o.hand(l)
		}
		return true
	})
}

// eachLetter reads the letters with a number greater than after until use has seen enough.
func (o *owner) eachLetter(ctx context.Context, after uint64, use func(store.Letter) (more bool)) error {
	for {
		letters, err := o.engine.store.Letters(ctx, o.part, after, letterPage)
		if err != nil {
			return fmt.Errorf("letters of part %d: %w", o.part, err)
		}
		for _, l := range letters {
			if after = l.Number; !use(l) {
				return nil
			}
		}
		if len(letters) < letterPage {
			return nil
		}
	}
}

// hand posts a letter as the store has it.
func (o *owner) hand(l store.Letter) {
	body, err := decodeLetter(l.Body)
	if err != nil {
		o.engine.log.Error("letter cannot be read", "part", o.part, "number", l.Number, "error", err)
		return
	}
	o.engine.post(o, l, body, nil)
}

// dispose has a letter deleted with the next batch: somebody has acted upon it.
func (o *owner) dispose(l store.Letter) {
	o.delivered = append(o.delivered, l.Number)
	o.settlePosted(l.Number)
	o.patience /= 2 // others will be acted upon, too
}

// keep has a letter stay that was to be deleted.
func (o *owner) keep(l store.Letter) {
	o.delivered = slices.DeleteFunc(o.delivered, func(number uint64) bool { return number == l.Number })
	o.doubt(l)
}

// doubt has letters be looked for that may be in the store and are with nobody: those of a batch of which it is not known whether it was
// written, and those on which nobody could act.
func (o *owner) doubt(letters ...store.Letter) {
	for _, l := range letters {
		o.doubtful.add(span{l.Number, l.Number})
	}
	o.lookLater()
}

// lookLater sets when.
func (o *owner) lookLater() {
	if len(o.doubtful) > 0 && o.doubted.IsZero() {
		o.patience = min(max(2*o.patience, askAfter), askHardly)
		o.doubted = o.engine.now().Add(o.patience)
	}
}

// lookAgain hands over those that were doubtful and are there, once they have waited.
func (o *owner) lookAgain(ctx context.Context, now time.Time) {
	if o.doubted.IsZero() || now.Before(o.doubted) {
		return
	}
	doubtful := o.doubtful
	o.doubtful, o.doubted = nil, time.Time{}
	var notices []aparte.Notice
	for i, s := range doubtful {
		err := o.eachLetter(ctx, s.first-1, func(l store.Letter) bool {
			switch {
			case l.Number > s.last:
			case !isNotice(l.Body):
				o.hand(l)
			default:
				if n, err := decodeNotice(l.Body); err == nil { // else whoever is to tell it says so
					n.Number = l.Number
					notices = append(notices, n)
				}
			}
			return l.Number < s.last
		})
		if err != nil {
			o.engine.log.Error("look for letters", "part", o.part, "error", err)
			for _, s := range doubtful[i:] { // what was handed over already may be again: each step is idempotent
				o.doubtful.add(s)
			}
			o.lookLater()
			break
		}
	}
	if len(notices) > 0 && o.engine.outbox != nil {
		o.engine.outbox.Written(int(o.part), notices)
	}
}

// span is numbers that follow one another, the first and the last among them.
type span struct{ first, last uint64 }

// spans are numbers, as few spans as they were added in.
type spans []span

// add adds numbers, which join those that were added last where they follow them.
func (s *spans) add(more span) {
	if n := len(*s); n > 0 && (*s)[n-1].last+1 == more.first {
		(*s)[n-1].last = more.last
		return
	}
	*s = append(*s, more)
}
