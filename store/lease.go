package store

import (
	"context"
	"time"
)

// Vacant waits until nobody has a part, as the lease of one who is gone runs out, and answers how it was had last. It is ErrLeased where somebody renews it.
func Vacant(ctx context.Context, s Store, part Part) (Lease, error) {
	now := ClockOf(s)
	first, err := s.Lease(ctx, part)
	for l := first; ; l, err = s.Lease(ctx, part) {
		switch {
		case err != nil:
			return Lease{}, err
		case !l.Until.After(now()):
			return l, nil
		case l.Until.After(first.Until):
			return Lease{}, ErrLeased
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return Lease{}, ctx.Err()
		}
	}
}
