package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte/simulate/cluster"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/postgres"
)

// nodesFlags are those of a simulation of nodes.
type nodesFlags struct {
	Nodes         int     `help:"Instead, simulate so many nodes under a load: how soon they answer, what is full first, what a failure costs." group:"nodes"`
	Work          string  `help:"Who works: parts spread over all nodes, as they are; or one node at a time, and the others wait." enum:"one,spread" default:"spread" group:"nodes"`
	Cores         int     `help:"Processor cores of a node." default:"8" group:"nodes"`
	Databases     int     `help:"PostgreSQL servers; 0: the one node has the embedded store." default:"1" group:"nodes"`
	DatabaseCores int     `help:"Processor cores of a server." default:"8" group:"nodes"`
	Parts         int     `help:"Parts of the store, fixed when it is created; by default what a new store has." group:"nodes"`
	Events        float64 `help:"Events a second, the mean of the day." default:"1000" group:"nodes"`
	Decisions     float64 `help:"Decisions a second, likewise." default:"500" group:"nodes"`
	Peak          float64 `help:"The day's highest rate over its mean, 1 to 2." default:"1.5" group:"nodes"`
	Bursts        int     `help:"Of the day." default:"1" group:"nodes"`
	BurstTimes    float64 `help:"What the load is multiplied by meanwhile." default:"1.5" group:"nodes"`
	BurstFor      float64 `help:"Seconds that a burst lasts." default:"5" group:"nodes"`
	Skew          float64 `help:"Standard deviation of what parts have to do, over its mean." default:"0.1" group:"nodes"`
	Variation     float64 `help:"Standard deviation of what a step takes, over its mean, 0 to 1." default:"0.5" group:"nodes"`
	Kill          int     `help:"Nodes killed at the height of the day." default:"0" group:"nodes"`
	Seconds       int     `help:"Seconds simulated: the curve of a day is gone through in them." default:"60" group:"nodes"`
	Figures       string  `help:"A file of what single steps take, instead of the figures that ship." type:"path" placeholder:"FILE.json" group:"nodes"`
	WriteFigures  bool    `help:"Print the figures that ship, with the commands that gave them, to be measured again and changed." group:"nodes"`
	Lang          string  `help:"Language of the words about nodes." enum:"en,fr" default:"en" group:"nodes"`
}

// What is not asked for by flags.
const (
	nodesPeople   = 10_000_000
	nodesPatience = 30     // seconds
	nodesPending  = 50_000 // as engine.Config has it
	nodesTurn     = 128    // as an owner has it
	quietFor      = 2 * time.Second
)

// runNodes simulates an installation, and prints what came of it.
func (c *simulateCommand) runNodes(ctx context.Context, out io.Writer) error {
	figures, err := c.readFigures()
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	if c.WriteFigures {
		return writeJSON(out, figures)
	}
	people := c.People
	if people == 0 {
		people = nodesPeople
	}
	parts := c.Parts
	switch {
	case parts != 0:
	case c.Databases == 0:
		parts = pebble.DefaultParts
	default:
		parts = postgres.DefaultParts
	}
	say, began := nodesWords[c.Lang], time.Now()
	bar := newProgress(os.Stderr, say.simulating, 1)
	report, err := cluster.Run(ctx, cluster.Config{
		Way: cluster.Way(c.Work), Nodes: c.Nodes, Cores: c.Cores, Databases: c.Databases, DatabaseCores: c.DatabaseCores, Parts: parts,
		People: float64(people), Events: c.Events, Decisions: c.Decisions, Peak: c.Peak, Bursts: c.Bursts, BurstTimes: c.BurstTimes, BurstFor: c.BurstFor,
		Skew: c.Skew, Variation: c.Variation, Killed: c.Kill, Patience: nodesPatience, Pending: nodesPending, TurnSize: nodesTurn,
		Seconds: c.Seconds, Seed: c.Seed, Figures: figures,
	}, func(done, of int) {
		if time.Since(began) > quietFor {
			bar.total = of
			bar.at(done)
		}
	})
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	if c.JSON {
		return writeJSON(out, report)
	}
	return say.print(out, report)
}

func (c *simulateCommand) readFigures() (cluster.Figures, error) {
	if c.nodesFlags.Figures == "" {
		return cluster.Measured()
	}
	file, err := os.Open(c.nodesFlags.Figures)
	if err != nil {
		return cluster.Figures{}, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, cluster.MaxFigures+1))
	if err != nil {
		return cluster.Figures{}, err
	}
	figures, err := cluster.ReadFigures(body)
	if err != nil {
		return figures, fmt.Errorf("%s: %w", c.nodesFlags.Figures, err)
	}
	return figures, nil
}

// clusterWords are what the command says of nodes.
type clusterWords struct {
	simulating string
	ways       map[cluster.Way]string
	what       string // nodes, cores, way, parts
	databases  string // databases, cores
	embedded   string
	load       string // people, events, decisions, seconds, seed
	waiting    string
	answered   string // answered, arrived, a second over the day, a second at the peak
	others     string // given up, under way, refusals, batch
	latency    string // head
	events     string
	decisions  string
	resources  string // head
	names      map[string]string
	full       string // bottleneck, headroom
	over       string // likewise
	behind     string
	failure    string // killed, out, refused, delayed, recovered
	kept       string // states, a day
	comma      string // of thousands
	point      string // of decimals
}

var nodesWords = map[string]*clusterWords{
	"en": {
		simulating: "Simulating",
		ways:       map[cluster.Way]string{cluster.One: "one at work", cluster.Spread: "parts spread over all"},
		what:       "Nodes: %s of %s cores, %s; parts: %s; ",
		databases:  "databases: %s of %s cores.\n",
		embedded:   "the store embedded.\n",
		load:       "People: %s; events %s/s, decisions %s/s in the mean of the day; %s s simulated, seed %s.\n",
		waiting:    "This is how it would be if one node worked at a time: all of them work (docs/scale.md).\n",
		answered:   "\nAnswered: %s of %s requests, %s/s over the day, %s/s at its height.\n",
		others:     "Gave up: %s; under way at the end: %s; answers that said to come back: %s; requests in a batch: %s.\n",
		latency:    "\nms until the answer\tmean\tp50\tp90\tp99\tp99.9\tmost\n",
		events:     "an event, durable", decisions: "a decision, durable",
		resources: "\nused\tcores\tin the mean\tbusiest, at its height\tthe same, batches full\n",
		names: map[string]string{
			cluster.Processors: "processors of nodes", cluster.Servers: "processors of databases", cluster.Owner: "owner of the busiest part", cluster.Learner: "learner",
		},
		full:    "\nFull first: %s, at %s times the load.\n",
		over:    "\nToo much: %s; %s times the load would fill it, and requests wait for more than a second.\n",
		behind:  "The learner is behind by %s ms at most.\n",
		failure: "\nNodes killed at the height of the day: %s. Their parts were at work elsewhere after %s s; %s requests were refused at least once, %s waited for more than a second; after %s s nobody did.\n",
		kept:    "\nTo be kept: %s GB of people, and %s GB of events and decisions a day; times the copies there are, and what a database needs besides.\n",
		comma:   ",", point: ".",
	},
	"fr": {
		simulating: "Simulation",
		ways:       map[cluster.Way]string{cluster.One: "un seul au travail", cluster.Spread: "parts réparties sur tous"},
		what:       "Nœuds : %s de %s cœurs, %s ; parts : %s ; ",
		databases:  "bases de données : %s de %s cœurs.\n",
		embedded:   "le magasin intégré.\n",
		load:       "Personnes : %s ; événements %s/s, décisions %s/s en moyenne sur la journée ; %s s simulées, graine %s.\n",
		waiting:    "Voilà ce que ce serait si un seul nœud travaillait à la fois : tous travaillent (docs/scale.md).\n",
		answered:   "\nRequêtes : %s ont une réponse, sur %s ; %s/s sur la journée, %s/s au plus fort.\n",
		others:     "Abandons : %s ; en cours à la fin : %s ; réponses « revenez plus tard » : %s ; requêtes par lot : %s.\n",
		latency:    "\nms jusqu’à la réponse\tmoyenne\tp50\tp90\tp99\tp99,9\tmaximum\n",
		events:     "un événement, durable", decisions: "une décision, durable",
		resources: "\noccupation\tcœurs\ten moyenne\tle plus chargé, au plus fort\tde même, lots pleins\n",
		names: map[string]string{
			cluster.Processors: "processeurs des nœuds", cluster.Servers: "processeurs des bases", cluster.Owner: "propriétaire de la part la plus chargée", cluster.Learner: "apprentissage",
		},
		full:    "\nCe qui sature d’abord : %s, à %s fois la charge.\n",
		over:    "\nC’est trop : %s ; %s fois la charge le remplit, et des requêtes attendent plus d’une seconde.\n",
		behind:  "L’apprentissage a %s ms de retard au plus.\n",
		failure: "\nNœuds tués au plus fort de la journée : %s. Leurs parts étaient au travail ailleurs après %s s ; %s requêtes ont été refusées au moins une fois, %s ont attendu plus d’une seconde ; après %s s, plus aucune.\n",
		kept:    "\nÀ conserver : %s Go de personnes, et %s Go d’événements et de décisions par jour ; fois le nombre de copies, plus ce qu’il faut à une base.\n",
		comma:   "\u202f", point: ",",
	},
}

// number writes a number with so many decimals, as the language has it.
func (w *clusterWords) number(v float64, decimals int) string {
	whole, rest, _ := strings.Cut(fmt.Sprintf("%.*f", decimals, v), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + w.comma + whole[i:]
	}
	if rest != "" {
		return whole + w.point + rest
	}
	return whole
}

// print writes a report for people.
func (w *clusterWords) print(out io.Writer, r *cluster.Report) error {
	var text strings.Builder
	whole := func(v float64) string { return w.number(v, 0) }
	fmt.Fprintf(&text, w.what, whole(float64(r.Nodes)), whole(float64(r.Cores)), w.ways[r.Way], whole(float64(r.Parts)))
	if r.Databases > 0 {
		fmt.Fprintf(&text, w.databases, whole(float64(r.Databases)), whole(float64(r.ServerOf)))
	} else {
		fmt.Fprint(&text, w.embedded)
	}
	fmt.Fprintf(&text, w.load, whole(r.People), whole(r.Events), whole(r.Decisions), whole(float64(r.Seconds)), fmt.Sprint(r.Seed))
	if r.Way == cluster.One && r.Nodes > 1 {
		fmt.Fprint(&text, w.waiting)
	}
	fmt.Fprintf(&text, w.answered, whole(float64(r.Answered)), whole(float64(r.Arrived)), whole(r.AnsweredPerSecond), whole(r.PeakPerSecond))
	fmt.Fprintf(&text, w.others, whole(float64(r.GivenUp)), whole(float64(r.UnderWay)), whole(float64(r.Refusals)), w.number(r.Turn, 1))
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, w.latency)
	for _, of := range []struct {
		name string
		is   cluster.Latency
		rate float64
	}{{w.events, r.EventLatency, r.Events}, {w.decisions, r.DecisionLatency, r.Decisions}} {
		if of.rate > 0 {
			fmt.Fprint(table, of.name)
			for _, ms := range []float64{of.is.Mean, of.is.P50, of.is.P90, of.is.P99, of.is.P999, of.is.Max} {
				fmt.Fprint(table, "\t", w.number(ms, 1))
			}
			fmt.Fprintln(table)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(table, w.resources)
	for _, of := range r.Resources {
		fmt.Fprintf(table, "%s\t%s\t%s %%\t%s %%\t%s %%\n", w.names[of.Name], whole(of.Units), w.number(100*of.Used, 1), w.number(100*of.Peak, 1), w.number(100*of.Full, 1))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	what := w.full
	if r.Overloaded {
		what = w.over
	}
	fmt.Fprintf(&text, what, w.names[r.Bottleneck], w.number(r.Headroom, 1))
	fmt.Fprintf(&text, w.behind, w.number(r.LearnerBehind, 1))
	if f := r.Failure; f != nil {
		fmt.Fprintf(&text, w.failure, whole(float64(f.Killed)), w.number(f.Out, 1), whole(float64(f.Refused)), whole(float64(f.Delayed)), w.number(f.Recovered, 1))
	}
	fmt.Fprintf(&text, w.kept, whole(r.StatesGB), whole(r.DailyGB))
	_, err := io.WriteString(out, text.String())
	return err
}
