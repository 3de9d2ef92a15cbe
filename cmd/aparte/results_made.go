package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// toldMade is what was seen of what was made by hand.
type toldMade struct {
	Exposures int     `json:"exposures"`
	Creatives int     `json:"creatives"`
	Made      int     `json:"made"`
	PerPiece  float64 `json:"perPiece"`
	Pieces    []struct {
		Asset     string   `json:"asset"`
		Content   string   `json:"content"`
		Element   string   `json:"element"`
		Variant   string   `json:"variant"`
		Exposures int      `json:"exposures"`
		Creatives int      `json:"creatives"`
		Minutes   *float64 `json:"minutes"`
	} `json:"pieces"`
}

// toldMagnets is what was collected by contents that ask for an address.
type toldMagnets struct {
	Relevant toldCollection `json:"relevant"`
	Generic  toldCollection `json:"generic"`
	Each     []struct {
		Content string `json:"content"`
		toldCollection
	} `json:"each"`
	Uplift *struct {
		People   int         `json:"people"`
		Relevant float64     `json:"relevant"`
		Generic  float64     `json:"generic"`
		Value    float64     `json:"value"`
		Anytime  *[2]float64 `json:"anytime"`
	} `json:"uplift"`
}

type toldCollection struct {
	Asked int64 `json:"asked"`
	Given int64 `json:"given"`
	Rate  *struct {
		Value    float64    `json:"value"`
		Interval [2]float64 `json:"interval"`
	} `json:"rate"`
}

// piecesPrinted is how many of the things made by hand are printed; more are in the JSON.
const piecesPrinted = 12

func (r *told) writeMade(b *strings.Builder, say func(string) string) {
	if r.Evidence == nil || r.Evidence.Found == nil || r.Evidence.Found.Made.Exposures == 0 {
		return
	}
	made := &r.Evidence.Found.Made
	fmt.Fprintln(b, "\n"+decimals(say, say("made"), made.Creatives, made.Made, made.PerPiece))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \t%s\t%s\t%s\n", say("creatives"), say("seen"), say("minutes"))
	for _, p := range made.Pieces[:min(piecesPrinted, len(made.Pieces))] {
		name, wait := p.Asset, ""
		if name == "" {
			name = strings.Join([]string{p.Content, p.Element, p.Variant}, " ")
		}
		if p.Minutes != nil {
			wait = decimals(say, "%.1f", *p.Minutes)
		}
		fmt.Fprintf(t, "  %s\t%d\t%d\t%s\n", name, p.Creatives, p.Exposures, wait)
	}
	_ = t.Flush() // to memory
}

func (r *told) writeMagnets(b *strings.Builder, say func(string) string) {
	if r.Evidence == nil || r.Evidence.Found == nil || len(r.Evidence.Found.Magnets.Each) == 0 {
		return
	}
	m := &r.Evidence.Found.Magnets
	fmt.Fprintf(b, "\n%s\n", say("magnets"))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \t%s\t%s\t%s\t%s\t%s\n", say("asked"), say("given"), say("rate"), say("low"), say("high"))
	m.Relevant.line(t, say, say("relevant"))
	m.Generic.line(t, say, say("generic"))
	for i := range m.Each {
		m.Each[i].line(t, say, "  "+m.Each[i].Content)
	}
	_ = t.Flush() // to memory
	if u := m.Uplift; u != nil && u.Anytime != nil {
		fmt.Fprintln(b, "  "+decimals(say, say("uplift"), u.People, 100*u.Relevant, 100*u.Generic, 100*u.Value, 100*u.Anytime[0], 100*u.Anytime[1]))
	}
}

func (c toldCollection) line(t *tabwriter.Writer, say func(string) string, name string) {
	rate := "\t\t"
	if c.Rate != nil {
		rate = decimals(say, "%.1f %%\t%.1f %%\t%.1f %%", 100*c.Rate.Value, 100*c.Rate.Interval[0], 100*c.Rate.Interval[1])
	}
	fmt.Fprintf(t, "  %s\t%d\t%d\t%s\n", name, c.Asked, c.Given, rate)
}
