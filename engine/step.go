package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// Step brings a stepped engine up to the time its clock shows: every timer that is due fires, those it
// sets included, and audiences are asked for where that is due; everything is committed; and the learner takes in what that taught; people are looked at all together, where that is due. When it returns,
// the next decision is taken by the model that knows it.
//
// It is for callers whose time is not the wall's, such as a simulation: the same events and steps then
// make the same decisions, however fast the machine is. A message that left for its channel is not waited
// for: Delivered does. Steps must not overlap.
func (e *Engine) Step(ctx context.Context) error {
	if !e.stepped {
		return errors.New("step: the engine keeps its own time")
	}
	e.kept.expire(e.now())
	if err := e.roll.tend(ctx); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if err := e.crier.tend(ctx); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if err := e.forgetter.tend(ctx); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if err := e.purger.tend(ctx); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if err := e.seals.forget(ctx, e.now()); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	for behind := true; behind; {
		var err error
		if behind, err = e.tendAll(ctx); err != nil {
			return fmt.Errorf("step: %w", err)
		}
	}
	for e.learner.behind() {
		if err := e.learner.learn(ctx); err != nil {
			return fmt.Errorf("step: %w", err)
		}
	}
	if err := e.fitter.tend(ctx); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	return nil
}

// Delivered waits until every message that left for its channel has been answered, and what came of it is noted. Only the next
// step fires what that set off.
func (e *Engine) Delivered(ctx context.Context) error {
	if err := e.courier.wait(ctx); err != nil {
		return fmt.Errorf("wait for messages on their way: %w", err)
	}
	return nil
}

// tendAll has every owner do what is due once, after it has done what was asked before, and reports
// whether any had something due.
func (e *Engine) tendAll(ctx context.Context) (behind bool, err error) {
	var late atomic.Bool
	all := newPending(1)
	for o := range e.here() {
		all.add(1)
		if !o.push(&task{done: all.finish, run: func(t *turn) error {
			if due, loaded := o.schedule.next(); !loaded || !due.After(t.now) {
				o.step = true
				late.Store(true)
			}
			return nil
		}}) {
			all.finish(ErrClosed)
		}
	}
	all.finish(nil)
	err = all.wait(ctx)
	return late.Load(), err
}
