package engine

import "context"

// CallRoll asks everybody for their audiences where that is due, and nothing else that a step does.
func (e *Engine) CallRoll(ctx context.Context) error { return e.roll.tend(ctx) }
