package quality

import (
	"context"
	"slices"
	"sync"

	"github.com/aparte-dev/aparte/store"
)

// memory keeps documents for as long as the process lives. The zero value is empty.
type memory struct {
	mu    sync.Mutex
	named map[string]*versions
}

// versions are those of one document: bodies[i] is version first+i.
type versions struct {
	first  uint64
	bodies [][]byte
}

// PutDocument implements store.Documents.
func (m *memory) PutDocument(_ context.Context, name string, body []byte) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.named == nil {
		m.named = map[string]*versions{}
	}
	v := m.named[name]
	if v == nil {
		v = &versions{first: 1}
		m.named[name] = v
	}
	v.bodies = append(v.bodies, slices.Clone(body))
	return v.first + uint64(len(v.bodies)) - 1, nil
}

// Document implements store.Documents.
func (m *memory) Document(_ context.Context, name string, version uint64) (store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.named[name]
	if v == nil {
		return store.Document{}, store.ErrNotFound
	}
	if version == 0 {
		version = v.first + uint64(len(v.bodies)) - 1
	}
	if version < v.first || version-v.first >= uint64(len(v.bodies)) {
		return store.Document{}, store.ErrNotFound
	}
	return store.Document{Version: version, Body: slices.Clone(v.bodies[version-v.first])}, nil
}

// DropDocuments implements store.Documents.
func (m *memory) DropDocuments(_ context.Context, name string, before uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v := m.named[name]; v != nil && before > v.first {
		n := min(before-v.first, uint64(len(v.bodies)))
		v.bodies, v.first = slices.Clone(v.bodies[n:]), v.first+n
	}
	return nil
}
