package engine

import (
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Aside is a place where what could not be taken in is kept. Who is erased is erased there as well.
type Aside interface {
	Erase(ctx context.Context, who []aparte.Identifier) (int, error)
}

// eraseAside removes what is kept aside of a person.
func (e *Engine) eraseAside(ctx context.Context, p *aparte.Person) error {
	if e.aside == nil || len(p.Identifiers) == 0 {
		return nil
	}
	if _, err := e.aside.Erase(ctx, p.Identifiers); err != nil {
		return fmt.Errorf("erase what is kept aside of %s: %w", p.ID, err)
	}
	return nil
}
