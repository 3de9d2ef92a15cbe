package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Costs is one load of what advertising elsewhere has cost: rows of day, channel (or source and medium), campaign, amount in minor
// units, currency. What was said before of a day, channel and campaign makes way, so that the same file again changes nothing.
type Costs struct {
	Files    []string
	Origin   *Origin       // of what the one file was made of; nil: files are what they are
	Format   record.Format // empty: each file's name tells
	Currency string        // the brand's: rows in another are set aside
	Door     Ledger
	Aside    io.Writer // as of a Load
}

// Ledger is where costs are kept.
type Ledger interface {
	// PutCosts keeps costs. It answers what is wrong, by JSON pointers into them; then nothing was kept.
	PutCosts(ctx context.Context, put []aparte.MediaCost) ([]Fault, error)
}

// Spent is what became of the rows of costs. Rows = Put + Aside; Put is what was kept or was kept already.
type Spent struct {
	Rows    int      `json:"rows"`
	Put     int      `json:"put"`
	Aside   int      `json:"aside"`
	Reasons []Reason `json:"reasons"`
	Broken  []string `json:"broken,omitempty"`
}

const costsAtOnce = 5_000

// Run loads.
func (c *Costs) Run(ctx context.Context) (*Spent, error) {
	result, aside := &Spent{}, asides{to: c.Aside}
	var err error
	for _, path := range c.Files {
		if err = c.read(ctx, path, result, &aside); err != nil {
			break
		}
	}
	result.Aside, result.Reasons = aside.rows, aside.told()
	return result, errors.Join(err, aside.err)
}

func (c *Costs) read(ctx context.Context, path string, result *Spent, aside *asides) error {
	name := path
	if c.Origin != nil {
		name = c.Origin.Name
	}
	from, closer, err := record.OpenAs(name, path, c.Format, nil)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }() // it was only read
	var put []aparte.MediaCost
	broken, err := aside.each(ctx, name, from, &result.Rows, func(rec *record.Record) error {
		cost, bad := c.cost(rec)
		if bad != nil {
			aside.record(bad, rec)
			return nil
		}
		if put = append(put, cost); len(put) < costsAtOnce {
			return nil
		}
		err := c.flush(ctx, put, result)
		put = put[:0]
		return err
	})
	if broken != "" {
		result.Broken = append(result.Broken, broken)
	}
	if err != nil {
		return err
	}
	return c.flush(ctx, put, result)
}

// cost is what a row says.
func (c *Costs) cost(rec *record.Record) (cost aparte.MediaCost, bad *table.Error) {
	text := func(name string) string {
		cell, _ := rec.Cell(name)
		return cell.Plain()
	}
	cost = aparte.MediaCost{Day: text("day"), Channel: text("channel"), Campaign: text("campaign"), Currency: text("currency")}
	if cost.Day == "" {
		cost.Day = text("date")
	}
	if cost.Channel == "" && text("source") != "" {
		cost.Channel = text("source") + " / " + text("medium")
	}
	var err error
	if cost.Amount, err = strconv.ParseInt(text("amount"), 10, 64); err != nil {
		return cost, rec.Bad("amount", "must be a whole number of minor units")
	}
	if cost.Currency != "" && cost.Currency != c.Currency {
		return cost, rec.Bad("currency", "is not the brand's, %s", c.Currency)
	}
	if field, reason := cost.Settle(); reason != "" {
		return cost, rec.Bad(field, "%s", reason)
	}
	return cost, nil
}

func (c *Costs) flush(ctx context.Context, put []aparte.MediaCost, result *Spent) error {
	if len(put) == 0 {
		return nil
	}
	faults, err := c.Door.PutCosts(ctx, put)
	if err == nil && len(faults) > 0 {
		err = fmt.Errorf("%s: %s", faults[0].Pointer, faults[0].Message)
	}
	if err != nil {
		return fmt.Errorf("put costs: %w", err)
	}
	result.Put += len(put)
	return nil
}
