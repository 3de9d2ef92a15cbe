package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// agree is by how much clocks may differ and be taken for the same.
const agree = time.Second

// ahead is how far a server's clock is ahead of this process's, by which leases are kept: each process gives its own time, and this brings it to
// that of the server, which is one for all. So a process whose clock is minutes ahead does not find run out what holds, nor one that died
// hold what nobody else has for as long. The time that the answer takes counts in favour of there being no difference.
func (s *Store) ahead(ctx context.Context, conn *pgx.Conn) (time.Duration, error) {
	var there int64
	before := s.now()
	if err := conn.QueryRow(ctx, "SELECT CAST(extract(epoch FROM now()) * 1000000 AS bigint)").Scan(&there); err != nil {
		return 0, err
	}
	least, most := instant(there).Sub(s.now()), instant(there).Sub(before)
	switch {
	case least > agree:
		return least, nil
	case most < -agree:
		return most, nil
	}
	return 0, nil
}
