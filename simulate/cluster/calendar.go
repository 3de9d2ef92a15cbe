package cluster

// occurrence is something that happens at a time.
type occurrence struct {
	at   int64  // ns
	nth  uint64 // that was put down: of two at one time, the earlier
	kind kind
	who  int32  // a request, a part or a node
	age  uint32 // of who, when it was put down: an older one does not happen
}

type kind uint8

const (
	arrival  kind = iota // the next request comes
	reached              // a request is at the node that has its part
	computed             // a part's owner has done its turn
	served               // it is at the database
	kept                 // it is on disk, and whoever waits has an answer
	again                // whoever was refused comes again
	killing              // nodes are killed
	takeover             // their parts are at work elsewhere
)

// calendar has what is to happen, the next first: a binary heap.
type calendar struct {
	heap []occurrence
	nth  uint64
}

func (o *occurrence) before(other *occurrence) bool {
	return o.at < other.at || o.at == other.at && o.nth < other.nth
}

func (c *calendar) put(at int64, k kind, who int32, age uint32) {
	c.nth++
	c.heap = append(c.heap, occurrence{at, c.nth, k, who, age})
	for i := len(c.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !c.heap[i].before(&c.heap[parent]) {
			break
		}
		c.heap[i], c.heap[parent] = c.heap[parent], c.heap[i]
		i = parent
	}
}

// next takes the next occurrence out; there must be one.
func (c *calendar) next() occurrence {
	first, last := c.heap[0], len(c.heap)-1
	c.heap[0] = c.heap[last]
	c.heap = c.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && c.heap[child+1].before(&c.heap[child]) {
			child++
		}
		if !c.heap[child].before(&c.heap[i]) {
			return first
		}
		c.heap[i], c.heap[child] = c.heap[child], c.heap[i]
		i = child
	}
}
