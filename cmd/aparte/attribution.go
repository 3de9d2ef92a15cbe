package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// creditCommand tells what channels, contents or devices are owed by every model, beside what they were measured to earn.
type creditCommand struct {
	URL       string           `help:"Server to ask." name:"url" default:"http://127.0.0.1:8080" env:"APARTE_URL"`
	SecretKey string           `help:"Secret key of the server." env:"APARTE_SECRET_KEY"`
	Objective string           `help:"Toward which objective; none: the brand's first."`
	By        string           `help:"What touches are told apart by." enum:"channel,content,element,persona,device" default:"channel"`
	Element   string           `help:"Which one, with --by element: headline, for one."`
	Order     int              `help:"Of the longest Markov chain, 1 to 4; shorter ones are told, too." default:"1"`
	Days      int              `help:"Of the weeks that the last so many days touch; 0: all that are kept." default:"0"`
	Spent     map[string]int64 `help:"What a name that is not Aparté's has cost in that time, in minor units: 'google / cpc=120000'; else the costs that are kept (aparte import costs)." placeholder:"NAME=AMOUNT"`
	JSON      bool             `name:"json" help:"One JSON object on standard output, as GET /v1/admin/attribution answers it."`
}

// Help is what `aparte attribution --help` says beside the flags.
func (creditCommand) Help() string {
	return `Journeys are what people met on the way to the objective: what of Aparté's they saw or clicked, and visits by source and
medium (UTM parameters, or the page that led to them). One ends with the objective, or when nothing was met for 30 days. Each model
shares the conversions and their value out among what was met; none says what would not have happened without it.

The last columns do: what was earned each time something was said, beyond what would have been earned without it, with its
interval of 95 % for any time of looking, from the propensities in the log (aparte results).

Journeys of a file: aparte lab attribution.`
}

// Run asks the server and prints what it answers.
func (c *creditCommand) Run(ctx context.Context) error {
	address, err := url.JoinPath(c.URL, "/v1/admin/attribution")
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	query := url.Values{"by": {c.By}, "order": {strconv.Itoa(c.Order)}, "objective": {c.Objective}}
	if c.Element != "" {
		query.Set("element", c.Element)
	}
	if c.Days > 0 {
		query.Set("since", time.Now().UTC().AddDate(0, 0, -c.Days).Format(time.RFC3339))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Spent)) {
		query.Add("spent", fmt.Sprintf("%s=%d", name, c.Spent[name]))
	}
	body, err := ask(ctx, http.MethodGet, address+"?"+query.Encode(), c.SecretKey)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Println(string(bytes.TrimSpace(body)))
		return err
	}
	var told creditTold
	if err := json.Unmarshal(body, &told); err != nil {
		return fmt.Errorf("%s: the answer is no attribution: %w", c.URL, err)
	}
	return told.write(os.Stdout)
}

// creditTold is what the command prints, from the door's answer.
type creditTold struct {
	Objective   string  `json:"objective"`
	Currency    string  `json:"currency"`
	Journeys    float64 `json:"journeys"`
	Conversions float64 `json:"conversions"`
	Value       float64 `json:"value"`
	Since       string  `json:"since"`
	Elsewhere   int64   `json:"costElsewhere"`
	Rows        []struct {
		Name      string  `json:"name"`
		Journeys  float64 `json:"journeys"`
		Converted float64 `json:"converted"`
		Credits   map[string]struct {
			Conversions float64 `json:"conversions"`
		} `json:"credits"`
		Cost   *int64 `json:"cost"`
		Return map[string]struct {
			ROAS float64 `json:"roas"`
		} `json:"return"`
		Measured *creditMeasured `json:"measured"`
	} `json:"rows"`
	Paths []struct {
		Touches   []string `json:"touches"`
		Converted float64  `json:"converted"`
		Lost      float64  `json:"lost"`
	} `json:"paths"`
	Sales []struct {
		Device      string  `json:"device"`
		Conversions float64 `json:"conversions"`
		Share       float64 `json:"share"`
	} `json:"sales"`
	Families  []creditMeasured `json:"families"`
	Audiences []struct {
		Audience   string  `json:"audience"`
		Cost       float64 `json:"cost"`
		Attributed map[string]struct {
			Conversions float64 `json:"conversions"`
		} `json:"attributed"`
		Return map[string]struct {
			ROAS float64 `json:"roas"`
		} `json:"return"`
		Measured *creditMeasured `json:"measured"`
	} `json:"audiences"`
}

type creditMeasured struct {
	Family string     `json:"family"`
	Said   int        `json:"said"`
	Open   int        `json:"open"`
	Figure toldFigure `json:"figure"`
	Cost   float64    `json:"cost"`
	Return *struct {
		ROAS float64 `json:"roas"`
	} `json:"return"`
}

// printedModels are the columns of the table.
var printedModels = []string{"first", "last", "linear", "timeDecay", "position", "shapley", "markov1"}

const printedPaths = 10

func (r *creditTold) write(to io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s since %s: %.0f of %.0f journeys converted, worth %.0f minor units of %s\n\n", r.Objective, cmp.Or(r.Since, "ever"), r.Conversions, r.Journeys, r.Value, r.Currency)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "met\tjourneys\tconverted\t%s\tcost\tROAS linear\tmeasured each\tlow\thigh\tROAS measured\t\n", strings.Join(printedModels, "\t"))
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\t", row.Name, row.Journeys, row.Converted)
		for _, model := range printedModels {
			fmt.Fprintf(t, "%.2f\t", row.Credits[model].Conversions)
		}
		cost, back := "–", "–"
		if row.Cost != nil {
			cost = strconv.FormatInt(*row.Cost, 10)
		}
		if x, known := row.Return["linear"]; known {
			back = fmt.Sprintf("%.2f", x.ROAS)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", cost, back, row.Measured.cells())
	}
	_ = t.Flush() // to memory
	if r.Elsewhere > 0 {
		fmt.Fprintf(&b, "\nspent on what is in no row: %d\n", r.Elsewhere)
	}
	r.writeRest(&b)
	_, err := to.Write(b.Bytes())
	return err
}

func (m *creditMeasured) cells() string {
	if m == nil || m.Figure.Each == nil {
		return "–\t\t\t–"
	}
	back := "–"
	if m.Return != nil {
		back = fmt.Sprintf("%.2f", m.Return.ROAS)
	}
	return fmt.Sprintf("%.2f\t%.2f\t%.2f\t%s", m.Figure.Each.Value, m.Figure.Each.Anytime[0], m.Figure.Each.Anytime[1], back)
}

func (r *creditTold) writeRest(b *bytes.Buffer) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	if len(r.Families) > 0 {
		fmt.Fprintf(t, "\nwhat decisions were about\tsaid\topen\tmeasured each\tlow\thigh\tROAS\n")
		for i := range r.Families {
			f := &r.Families[i]
			fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", f.Family, f.Said, f.Open, f.cells())
		}
	}
	if len(r.Audiences) > 0 {
		fmt.Fprintf(t, "\nsaid to people in (they overlap)\tcost\tfirst\tlast\tlinear\tROAS linear\tmeasured each\tlow\thigh\tROAS measured\n")
		for _, x := range r.Audiences {
			back := "–"
			if of, known := x.Return["linear"]; known {
				back = fmt.Sprintf("%.2f", of.ROAS)
			}
			fmt.Fprintf(t, "%s\t%.0f\t%.2f\t%.2f\t%.2f\t%s\t%s\n", x.Audience, x.Cost, x.Attributed["first"].Conversions, x.Attributed["last"].Conversions, x.Attributed["linear"].Conversions, back, x.Measured.cells())
		}
	}
	fmt.Fprintf(t, "\ncommonest paths\tconverted\tdid not\n")
	for _, p := range r.Paths[:min(len(r.Paths), printedPaths)] {
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\n", strings.Join(p.Touches, " > "), p.Converted, p.Lost)
	}
	fmt.Fprintf(t, "\nconversions made on\tconversions\tshare\n")
	for _, s := range r.Sales {
		fmt.Fprintf(t, "%s\t%.0f\t%.1f %%\n", s.Device, s.Conversions, 100*s.Share)
	}
	_ = t.Flush() // to memory
}
