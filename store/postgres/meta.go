package postgres

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What is written once, when a store is created.
const (
	metaParts   = "parts"   // number
	metaSecret  = "secret"  // secretLen bytes
	metaServers = "servers" // number
	metaPlace   = "place"   // number: which of these servers it is, from 0
	metaLabels  = "labels"  // numbers: what stands in the rows of each part
)

const secretLen = 32

// readMeta reads what the store was created with, or creates it. The first server decides, and the others have what it has.
func (s *Store) readMeta(ctx context.Context, o *Options) error {
	first := s.servers[0]
	secret, err := draw(o.Rand)
	if err != nil {
		return err
	}
	parts := cmp.Or(o.Parts, DefaultParts)
	if s.secret, err = first.settle(ctx, metaSecret, secret); err != nil {
		return err
	}
	if len(s.secret) != secretLen {
		return fmt.Errorf("damaged: secret of %d bytes", len(s.secret))
	}
	is, err := first.settleNumber(ctx, metaParts, parts)
	if err != nil {
		return err
	}
	if is < 1 || is > maxParts {
		return fmt.Errorf("damaged: %d parts", is)
	}
	if o.Parts != 0 && o.Parts != is {
		return fmt.Errorf("it was created with %d parts and cannot have %d", is, o.Parts)
	}
	s.parts = make([]part, is)
	for i, at := range s.servers {
		if err := s.readPlace(ctx, i, at); err != nil {
			return fmt.Errorf("server %d, %s: %w", i+1, at.name, err)
		}
	}
	return nil
}

// readPlace sees to it that a server is the i-th of the store, and takes up the parts that it has.
func (s *Store) readPlace(ctx context.Context, i int, at *server) error {
	secret, err := at.settle(ctx, metaSecret, s.secret)
	if err != nil {
		return err
	}
	if !bytes.Equal(secret, s.secret) {
		return errors.New("it has a part of another store")
	}
	for name, want := range map[string]int{metaParts: len(s.parts), metaServers: len(s.servers), metaPlace: i} {
		is, err := at.settleNumber(ctx, name, want)
		if err != nil {
			return err
		}
		if is != want {
			return fmt.Errorf("its %s is %d and not %d: the servers are always the same, in the same order", name, is, want)
		}
	}
	labels, err := at.labels(ctx, len(s.parts))
	if err != nil {
		return err
	}
	var own []int64
	for n := i; n < len(s.parts); n += len(s.servers) {
		s.parts[n].server, s.parts[n].label = at, labels[n]
		own = append(own, labels[n])
	}
	return at.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		for _, label := range own { // one by one: on Citus a statement is about one part
			if _, err := conn.Exec(ctx, "INSERT INTO lease (part, epoch, turn, owner, until) VALUES ($1, 0, 0, '', 0) ON CONFLICT DO NOTHING", label); err != nil {
				return err
			}
		}
		return nil
	})
}

// labels are what stands in the rows of each part: its number, and on Citus numbers that its hash spreads evenly, so that
// every shard has as many parts.
func (s *server) labels(ctx context.Context, parts int) ([]int64, error) {
	labels := make([]int64, parts)
	for n := range labels {
		labels[n] = int64(n)
	}
	if !s.citus {
		return labels, nil
	}
	kept, err := s.kept(ctx, metaLabels)
	if err == nil && kept == nil {
		if labels, err = s.evenLabels(ctx, parts); err != nil {
			return nil, err
		}
		var text []byte
		for _, label := range labels {
			text = binary.BigEndian.AppendUint64(text, uint64(label))
		}
		kept, err = s.settle(ctx, metaLabels, text)
	}
	if err != nil {
		return nil, err
	}
	if len(kept) != 8*parts {
		return nil, fmt.Errorf("damaged: labels of %d bytes", len(kept))
	}
	for n := range labels {
		labels[n] = int64(binary.BigEndian.Uint64(kept[8*n:]))
	}
	return labels, nil
}

// evenLabels takes the next number for each part whose shard has not its share of parts yet.
func (s *server) evenLabels(ctx context.Context, parts int) (labels []int64, err error) {
	err = s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		labels = nil
		var shards int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'lease'::regclass").Scan(&shards); err != nil {
			return err
		}
		share, has := (parts+shards-1)/shards, map[int64]int{}
		for label := int64(0); len(labels) < parts; label++ {
			var shard int64
			if err := conn.QueryRow(ctx, "SELECT get_shard_id_for_distribution_column('lease', $1::bigint)", label).Scan(&shard); err != nil {
				return err
			}
			if has[shard] < share {
				has[shard]++
				labels = append(labels, label)
			}
		}
		return nil
	})
	return labels, err
}

// settle writes a value where there is none, and answers what is there.
func (s *server) settle(ctx context.Context, name string, value []byte) (is []byte, err error) {
	err = s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, value); err != nil {
			return err
		}
		return conn.QueryRow(ctx, "SELECT value FROM meta WHERE name = $1", name).Scan(&is)
	})
	return is, err
}

// kept is a value, nil where there is none.
func (s *server) kept(ctx context.Context, name string) (is []byte, err error) {
	err = s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		err := conn.QueryRow(ctx, "SELECT value FROM meta WHERE name = $1", name).Scan(&is)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return is, err
}

func (s *server) settleNumber(ctx context.Context, name string, n int) (int, error) {
	is, err := s.settle(ctx, name, binary.BigEndian.AppendUint64(nil, uint64(n)))
	if err != nil {
		return 0, err
	}
	if len(is) != 8 {
		return 0, fmt.Errorf("damaged: %s of %d bytes", name, len(is))
	}
	return int(binary.BigEndian.Uint64(is)), nil
}
