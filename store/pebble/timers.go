package pebble

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"unique"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// timerID names a timer. It does not keep the caller's strings alive: there are few names, and many
// timers.
type timerID struct {
	person aparte.PersonID
	name   unique.Handle[string]
}

func idOf(timer *store.Timer) timerID { return timerID{timer.Person, unique.Make(timer.Name)} }

// alarm is what the row of a timer says, or not set where there is no such timer.
type alarm struct {
	due int64 // microseconds since 1970
	gen uint64
	set bool
}

// moveTimers sets the batch's timers over those of the same name, then deletes the fired ones that
// still are as the batch says.
func (t *turn) moveTimers() error {
	if err := t.readAlarms(); err != nil {
		return err
	}
	for i := range t.in.Timers {
		t.setTimer(&t.in.Timers[i])
	}
	for i := range t.in.Fired {
		t.fireTimer(&t.in.Fired[i])
	}
	return nil
}

func (t *turn) setTimer(timer *store.Timer) {
	id := idOf(timer)
	was, is := t.alarms[id], alarm{due: micros(timer.Due), gen: timer.Gen, set: true}
	if is == was {
		return
	}
	if was.set && was.due != is.due {
		t.deleteDue(was.due, &timer.Person, timer.Name)
	}
	t.key = appendTimerKey(t.key[:0], t.in.Part, &timer.Person, timer.Name)
	appendAlarm(t.reserve(t.key, alarmLen)[:0], is)
	t.key = appendDueKey(t.key[:0], t.in.Part, is.due, &timer.Person, timer.Name)
	binary.BigEndian.PutUint64(t.reserve(t.key, numberLen), is.gen)
	t.alarms[id] = is
}

func (t *turn) fireTimer(timer *store.Timer) {
	id := idOf(timer)
	was := t.alarms[id]
	if !was.set || was.gen != timer.Gen {
		return
	}
	t.deleteDue(was.due, &timer.Person, timer.Name)
	t.key = appendTimerKey(t.key[:0], t.in.Part, &timer.Person, timer.Name)
	t.delete(t.key)
	t.alarms[id] = alarm{}
}

func (t *turn) deleteDue(due int64, person *aparte.PersonID, name string) {
	t.key = appendDueKey(t.key[:0], t.in.Part, due, person, name)
	t.delete(t.key)
}

// readAlarms finds what the timers that the batch names are before it, the erased people's apart.
func (t *turn) readAlarms() error {
	t.timers = t.timers[:0]
	for i := range t.in.Timers {
		t.recallAlarm(idOf(&t.in.Timers[i]))
	}
	for i := range t.in.Fired {
		t.recallAlarm(idOf(&t.in.Fired[i]))
	}
	if len(t.timers) == 0 {
		return nil
	}
	slices.SortFunc(t.timers, func(a, b timerID) int {
		return cmp.Or(bytes.Compare(a.person[:], b.person[:]), strings.Compare(a.name.Value(), b.name.Value()))
	})
	return t.findAlarms()
}

// recallAlarm takes a timer from memory, or puts it on the list of those to find.
func (t *turn) recallAlarm(id timerID) {
	if _, erased := t.erased[id.person]; erased {
		return
	}
	if is, ok := t.part.alarms.get(id); ok {
		t.alarms[id] = is
		return
	}
	t.timers = append(t.timers, id)
}

func (t *turn) findAlarms() (err error) {
	low := appendPartKey(nil, tableTimer, t.in.Part)
	old, err := t.s.probe(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer old.end(&err)
	for i := range t.timers {
		id := &t.timers[i]
		t.key = appendTimerKey(t.key[:0], t.in.Part, &id.person, id.name.Value())
		v, found, err := old.find(t.key)
		if err != nil {
			return err
		}
		is := alarm{}
		if found {
			if is, err = readAlarm(v); err != nil {
				return err
			}
		}
		t.alarms[*id] = is
	}
	return nil
}
