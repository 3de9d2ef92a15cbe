// Package sorted puts in order what does not fit in memory: pieces are sorted and kept in files, and merged when they
// are read (Knuth, The Art of Computer Programming, volume 3, section 5.4).
//
// It knows keys and bytes. It never knows what they mean.
package sorted

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Sorter takes rows in any order and gives them back in that of their keys; rows of one key in the order they came. It
// is not safe for concurrent use.
type Sorter struct {
	dir    string
	memory int
	held   []row
	size   int // bytes held
	n      int
	runs   []*os.File // each sorted
}

type row struct{ key, body []byte }

// New is a sorter that holds about as many bytes in memory, and keeps the rest in files below dir (empty: where temporary
// files go).
func New(dir string, memory int) *Sorter { return &Sorter{dir: dir, memory: memory} }

// overhead is what a row takes beside its bytes.
const overhead = 64

// Add takes a row.
func (s *Sorter) Add(key, body []byte) error {
	if s.size > s.memory {
		if err := s.spill(); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
	}
	s.held = append(s.held, row{bytes.Clone(key), bytes.Clone(body)})
	s.size += len(key) + len(body) + overhead
	s.n++
	return nil
}

// Len is how many rows were added.
func (s *Sorter) Len() int { return s.n }

func (s *Sorter) sort() {
	slices.SortStableFunc(s.held, func(a, b row) int { return bytes.Compare(a.key, b.key) })
}

// spill writes what is held to a file.
func (s *Sorter) spill() error {
	f, err := os.CreateTemp(s.dir, "aparte-sort-")
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	if err := os.Remove(f.Name()); err != nil { // it goes with the process, however that ends
		return err
	}
	s.sort()
	w := bufio.NewWriterSize(f, 256<<10)
	var length [binary.MaxVarintLen64]byte
	for _, r := range s.held {
		for _, b := range [][]byte{r.key, r.body} {
			if _, err := w.Write(length[:binary.PutUvarint(length[:], uint64(len(b)))]); err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
	}
	s.held, s.size = s.held[:0], 0
	return w.Flush()
}

// Each hands the rows to use, in order, until it returns an error. What it is handed is good until the next row. It
// can be called again.
func (s *Sorter) Each(use func(key, body []byte) error) error {
	s.sort()
	var m merge
	for i, f := range s.runs {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
		m = append(m, &run{order: i, from: bufio.NewReaderSize(f, 64<<10)})
	}
	m = append(m, &run{order: len(m), rest: s.held})
	open := m[:0]
	for _, r := range m {
		if err := r.next(); err == nil {
			open = append(open, r)
		} else if err != io.EOF {
			return fmt.Errorf("sort: %w", err)
		}
	}
	m = open
	heap.Init(&m)
	for len(m) > 0 {
		first := m[0]
		if err := use(first.key, first.body); err != nil {
			return err
		}
		switch err := first.next(); err {
		case nil:
			heap.Fix(&m, 0)
		case io.EOF:
			heap.Pop(&m)
		default:
			return fmt.Errorf("sort: %w", err)
		}
	}
	return nil
}

// Close lets the files go.
func (s *Sorter) Close() error {
	var errs []error
	for _, f := range s.runs {
		errs = append(errs, f.Close())
	}
	s.runs, s.held = nil, nil
	return errors.Join(errs...)
}

// run is a sorted piece that is being read: from a file, or the rest of what is held.
type run struct {
	row
	order int
	from  *bufio.Reader
	rest  []row
}

func (r *run) next() error {
	if r.from == nil {
		if len(r.rest) == 0 {
			return io.EOF
		}
		r.row, r.rest = r.rest[0], r.rest[1:]
		return nil
	}
	for _, b := range []*[]byte{&r.key, &r.body} {
		n, err := binary.ReadUvarint(r.from)
		if err != nil {
			return err
		}
		*b = slices.Grow((*b)[:0], int(n))[:n]
		if _, err := io.ReadFull(r.from, *b); err != nil {
			return err
		}
	}
	return nil
}

// merge is a heap of runs by their rows, of equal keys the older run first.
type merge []*run

func (m merge) Len() int { return len(m) }

func (m merge) Less(i, j int) bool {
	if c := bytes.Compare(m[i].key, m[j].key); c != 0 {
		return c < 0
	}
	return m[i].order < m[j].order
}

func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }
func (m *merge) Push(x any)   { *m = append(*m, x.(*run)) }

func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}
