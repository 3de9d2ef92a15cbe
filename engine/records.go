package engine

import (
	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// records holds encoded states of people whom the cache let go. They take a third of what they take decoded, and the garbage collector does not look into
// them. What comes goes into one half; when that is full, the other is emptied for what comes next. The zero value holds nothing.
type records struct {
	size         int // bytes of a half, at most
	newer, older half
}

// half is states, end to end.
type half struct {
	bytes []byte
	at    map[aparte.PersonID]spot
}

// spot is where a state is, and the number of the person's last entry.
type spot struct {
	from, to int
	last     uint64
}

func newRecords(bytes int64) records {
	return records{size: int(bytes / 2), newer: newHalf(), older: newHalf()}
}

func newHalf() half { return half{at: map[aparte.PersonID]spot{}} }

// put takes a copy of somebody's state, in place of any before.
func (r *records) put(row store.PersonRow) {
	n := len(row.State)
	if n > r.size {
		r.drop(row.ID)
		return
	}
	if len(r.newer.bytes)+n > r.size {
		r.newer, r.older = r.older, r.newer
		r.newer.empty()
	}
	h := &r.newer
	if cap(h.bytes) < len(h.bytes)+n { // twice as much each time, and never more than there may be
		h.bytes = append(make([]byte, 0, min(max(2*cap(h.bytes), len(h.bytes)+n), r.size)), h.bytes...)
	}
	from := len(h.bytes)
	h.bytes = append(h.bytes, row.State...)
	h.at[row.ID] = spot{from, len(h.bytes), row.Last}
}

// get is somebody's state as it was last put, lent until the next put.
func (r *records) get(id aparte.PersonID) (row store.PersonRow, held bool) {
	for _, h := range []*half{&r.newer, &r.older} {
		if is, held := h.at[id]; held {
			return store.PersonRow{ID: id, Last: is.last, State: h.bytes[is.from:is.to:is.to]}, true
		}
	}
	return row, false
}

func (r *records) drop(id aparte.PersonID) {
	delete(r.newer.at, id)
	delete(r.older.at, id)
}

func (r *records) clear() {
	r.newer.empty()
	r.older.empty()
}

func (h *half) empty() {
	clear(h.at)
	h.bytes = h.bytes[:0]
}
