package compose

import (
	"container/list"
	"sync"
)

// cache keeps the values used last, up to a total weight. A value is made once however many ask for
// it at the same time; an error is handed to those who waited for it and is not kept.
type cache[K comparable, V any] struct {
	mu      sync.Mutex
	most    int64 // weight kept
	weight  int64
	entries map[K]*list.Element
	recent  list.List // of *cached[K, V], the one used last in front
}

type cached[K comparable, V any] struct {
	key    K
	make   sync.Once
	value  V
	err    error
	weight int64
}

func newCache[K comparable, V any](most int64) *cache[K, V] {
	return &cache[K, V]{most: most, entries: map[K]*list.Element{}}
}

// get is the value of key, made by produce, which also weighs it, where it is not there yet.
func (c *cache[K, V]) get(key K, produce func() (V, int64, error)) (V, error) {
	c.mu.Lock()
	at, ok := c.entries[key]
	if ok {
		c.recent.MoveToFront(at)
	} else {
		at = c.recent.PushFront(&cached[K, V]{key: key})
		c.entries[key] = at
	}
	entry := at.Value.(*cached[K, V])
	c.mu.Unlock()

	entry.make.Do(func() {
		var weight int64
		entry.value, weight, entry.err = produce()
		c.settle(at, entry, weight)
	})
	return entry.value, entry.err
}

// has reports whether the value of key is there, or is being made.
func (c *cache[K, V]) has(key K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.entries[key]
	return ok
}

// settle weighs a value that was just made and lets go of those not used for longest.
func (c *cache[K, V]) settle(at *list.Element, entry *cached[K, V], weight int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[entry.key] != at {
		return // let go of while it was being made
	}
	if entry.err != nil {
		c.drop(at)
		return
	}
	entry.weight = weight
	c.weight += weight
	for c.weight > c.most && c.recent.Len() > 0 {
		c.drop(c.recent.Back())
	}
}

func (c *cache[K, V]) drop(at *list.Element) {
	entry := c.recent.Remove(at).(*cached[K, V])
	delete(c.entries, entry.key)
	c.weight -= entry.weight
}
