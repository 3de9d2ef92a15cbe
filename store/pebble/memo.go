package pebble

// memo remembers, of the rows lately written or read, what would cost a read to know again. The zero
// value remembers nothing. It is a part's, guarded by the part's mutex.
type memo[K comparable, V any] struct {
	rows map[K]V
	room int
}

func newMemo[K comparable, V any](room int) memo[K, V] {
	return memo[K, V]{rows: map[K]V{}, room: room}
}

func (m *memo[K, V]) get(k K) (V, bool) {
	v, ok := m.rows[k]
	return v, ok
}

// put remembers v for k. Where there is no room some other row, any, is forgotten.
func (m *memo[K, V]) put(k K, v V) {
	m.rows[k] = v
	if len(m.rows) <= m.room {
		return
	}
	for other := range m.rows {
		if len(m.rows) <= m.room {
			return
		}
		delete(m.rows, other)
	}
}

func (m *memo[K, V]) forget(k K) { delete(m.rows, k) }

func (m *memo[K, V]) forgetAll() { clear(m.rows) }
