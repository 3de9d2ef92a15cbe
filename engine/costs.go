package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
	"github.com/aparte-dev/aparte/store"
)

// What advertising elsewhere has cost is one document, a row a day, channel and campaign, in that order. It is read where
// somebody asks for it: that is seldom.
const costsDocument = "costs"

// ErrManyCosts says that more would be kept than aparte.MaxMediaCosts.
var ErrManyCosts = errors.New("too many costs")

func compareCosts(a, b aparte.MediaCost) int {
	return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Campaign, b.Campaign))
}

// PutCosts keeps costs, each in the place of what was said of the same day, channel and campaign. The same again changes nothing.
// The error of what is wrong with one begins with its JSON pointer; then nothing is kept.
func (e *Engine) PutCosts(ctx context.Context, costs []aparte.MediaCost) error {
	now := e.brand.Load()
	if now == nil {
		return ErrNoBrand
	}
	var wrong []error
	costs = slices.Clone(costs)
	for i := range costs {
		field, reason := costs[i].Settle()
		if c := costs[i].Currency; reason == "" && c != "" && c != now.plan.Brand().Currency {
			field, reason = "currency", "is not the brand's, "+now.plan.Brand().Currency
		}
		if costs[i].Currency = ""; reason != "" {
			wrong = append(wrong, fmt.Errorf("/%d/%s: %s", i, field, reason))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	e.costing.Lock()
	defer e.costing.Unlock()
	before, err := e.costs(ctx)
	if err != nil {
		return err
	}
	all := append(slices.Clone(before), costs...)
	slices.SortStableFunc(all, compareCosts)
	kept := all[:0]
	for i, c := range all {
		if i+1 < len(all) && compareCosts(c, all[i+1]) == 0 || c.Amount == 0 { // the last that was said counts
			continue
		}
		kept = append(kept, c)
	}
	switch {
	case len(kept) > aparte.MaxMediaCosts:
		return fmt.Errorf("%w: at most %d are kept", ErrManyCosts, aparte.MaxMediaCosts)
	case slices.Equal(kept, before):
		return nil
	}
	body, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode costs: %w", err)
	}
	version, err := e.store.PutDocument(ctx, costsDocument, body)
	if err == nil {
		err = e.store.DropDocuments(ctx, costsDocument, version)
	}
	if err != nil {
		return fmt.Errorf("store costs: %w", err)
	}
	return nil
}

// Costs are those of days from one to another, both included; an empty day is any.
func (e *Engine) Costs(ctx context.Context, from, until string) ([]aparte.MediaCost, error) {
	all, err := e.costs(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c aparte.MediaCost) bool { return c.Day < from || until != "" && c.Day > until }), nil
}

func (e *Engine) costs(ctx context.Context) (all []aparte.MediaCost, err error) {
	doc, err := e.store.Document(ctx, costsDocument, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read costs: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &all); err != nil {
		return nil, fmt.Errorf("document %q, version %d: damaged", costsDocument, doc.Version)
	}
	return all, nil
}

// spent is what names of others have cost since a day, as touches are told apart.
func (e *Engine) spent(ctx context.Context, by attribution.By, since time.Time) (map[string]int64, error) {
	sums := map[string]int64{}
	if by == attribution.ByDevice || by == attribution.ByPersona {
		return sums, nil // nobody says what a device has cost
	}
	costs, err := e.Costs(ctx, since.UTC().Format(time.DateOnly), "")
	if err != nil {
		return nil, err
	}
	for _, c := range costs {
		name := c.Channel
		if by == attribution.ByContent && c.Campaign != "" {
			name += attribution.Between + c.Campaign
		}
		sums[name] += c.Amount
	}
	return sums, nil
}
