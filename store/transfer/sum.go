package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Sum is how many rows of a kind there are, and a checksum (SHA-256) of them in order.
type Sum struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	SHA   string `json:"sha256"`
}

// summing gathers sums.
type summing struct {
	kinds  []string
	counts map[string]int
	hashes map[string]hash.Hash
}

// add adds a row, field by field.
func (s *summing) add(kind string, fields ...[]byte) {
	h := s.hashes[kind]
	s.counts[kind]++
	for _, f := range fields {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f)))) // never fails
		h.Write(f)
	}
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func instant(t time.Time) []byte { return number(uint64(t.UnixMicro())) }

// Sums reads all of a store. Two stores with equal sums hold the same. Told is called with how many of how many steps are done.
func Sums(ctx context.Context, p Place, told func(done, total int)) ([]Sum, error) {
	s := &summing{kinds: []string{"documents", "identifiers", "people", "entries", "timers", "letters", "feed", "counters"}, counts: map[string]int{}, hashes: map[string]hash.Hash{}}
	for _, kind := range s.kinds {
		s.hashes[kind] = sha256.New()
	}
	if err := s.documents(ctx, p); err != nil {
		return nil, err
	}
	for n := range store.Part(p.Parts()) {
		told(int(n), p.Parts()+1)
		if err := s.part(ctx, p, n); err != nil {
			return nil, fmt.Errorf("read part %d: %w", n, err)
		}
	}
	told(p.Parts(), p.Parts()+1)
	counters, err := p.Counters(ctx, "", always, forever)
	if err != nil {
		return nil, err
	}
	for _, c := range counters {
		s.add("counters", []byte(c.Key), instant(c.Hour), number(uint64(c.N)))
	}
	told(p.Parts()+1, p.Parts()+1)
	var sums []Sum
	for _, kind := range s.kinds {
		sums = append(sums, Sum{kind, s.counts[kind], hex.EncodeToString(s.hashes[kind].Sum(nil))})
	}
	return sums, nil
}

func (s *summing) documents(ctx context.Context, p Place) error {
	names, err := p.DocumentNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := eachVersion(ctx, p, name, func(d store.Document) error {
			s.add("documents", []byte(name), number(d.Version), d.Body)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *summing) part(ctx context.Context, p Place, n store.Part) error {
	if err := eachIdentifier(ctx, p, n, func(rows []store.IdentifierRow) error {
		for _, r := range rows {
			s.add("identifiers", r.Key[:], r.Person[:])
		}
		return nil
	}); err != nil {
		return err
	}
	if err := eachPerson(ctx, p, n, func(rows []store.PersonRow) error {
		for _, r := range rows {
			s.add("people", r.ID[:], number(r.Last), r.State)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := eachHistory(ctx, p, n, func(id aparte.PersonID) error {
		return eachEntry(ctx, p, n, id, func(e *store.Entry) error {
			s.add("entries", id[:], number(e.Seq), instant(e.At), []byte{byte(e.Kind)}, e.Key[:], e.Body)
			return nil
		})
	}); err != nil {
		return err
	}
	timers, err := p.Due(ctx, n, forever, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, t := range timers {
		s.add("timers", t.Person[:], []byte(t.Name), instant(t.Due), number(t.Gen))
	}
	if err := eachLetter(ctx, p, n, func(letters []store.Letter) error {
		for _, l := range letters {
			s.add("letters", number(l.Number), number(uint64(l.To)), l.Body)
		}
		return nil
	}); err != nil {
		return err
	}
	return eachFed(ctx, p, n, 0, func(rows []store.FeedRow) error {
		for _, r := range rows {
			s.add("feed", number(r.Position), r.Body)
		}
		return nil
	})
}
