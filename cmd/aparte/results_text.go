package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// told is what the command prints of results, from the door's answer.
type told struct {
	Currency string `json:"currency"`
	Worth    struct {
		WindowDays  int    `json:"windowDays"`
		Note        string `json:"note"`
		Comparisons []struct {
			Holdout   string  `json:"holdout"`
			Objective string  `json:"objective"`
			Share     float64 `json:"share"`
			Treated   struct {
				People int64 `json:"people"`
			} `json:"treated"`
			HeldOut struct {
				People int64 `json:"people"`
			} `json:"heldOut"`
			Lift *struct {
				Difference float64    `json:"difference"`
				Anytime    [2]float64 `json:"anytime"`
			} `json:"lift"`
			Mismatch float64 `json:"mismatch"`
		} `json:"comparisons"`
	} `json:"worth"`
	Evidence *struct {
		Looking bool    `json:"looking"`
		Done    float64 `json:"done"`
		Found   *struct {
			People    int    `json:"people"`
			Sampled   bool   `json:"sampled"`
			Decisions int    `json:"decisions"`
			Open      int    `json:"open"`
			Settled   int    `json:"settled"`
			Trust     string `json:"trust"`
			Concerns  []struct {
				Words string `json:"words"`
			} `json:"concerns"`
			Propensities struct {
				P         float64 `json:"p"`
				Weights   float64 `json:"weights"`
				WeightsP  float64 `json:"weightsP"`
				Effective float64 `json:"effective"`
				Largest   float64 `json:"largest"`
			} `json:"propensities"`
			LeastElse float64      `json:"leastElse"`
			Earned    []toldEarned `json:"earned"`
			Untold    bool         `json:"untold"`
			Made      toldMade     `json:"made"`
			Magnets   toldMagnets  `json:"magnets"`
			Rates     []toldRate   `json:"rates"`
		} `json:"found"`
	} `json:"evidence"`
	Budgets []struct {
		ID       string  `json:"id"`
		Amount   int64   `json:"amount"`
		Per      string  `json:"per"`
		Spent    int64   `json:"spent"`
		Promised int64   `json:"promised"`
		Left     int64   `json:"left"`
		Price    float64 `json:"price"`
	} `json:"budgets"`
	Doses []struct {
		Messages   int   `json:"messages"`
		Weeks      int64 `json:"weeks"`
		Departures struct {
			People   int64      `json:"people"`
			Share    float64    `json:"share"`
			Interval [2]float64 `json:"interval"`
		} `json:"departures"`
		Value *struct {
			Mean     float64    `json:"mean"`
			Interval [2]float64 `json:"interval"`
		} `json:"value"`
	} `json:"doses"`
}

// toldRate is how often something came of what was said on a channel, and what others had.
type toldRate struct {
	Channel    string     `json:"channel"`
	Rate       string     `json:"rate"`
	Part       int        `json:"part"`
	Whole      int        `json:"whole"`
	Share      float64    `json:"share"`
	Interval   [2]float64 `json:"interval"`
	Benchmarks []struct {
		Sector map[string]string `json:"sector"`
		Share  float64           `json:"share"`
		Year   int               `json:"year"`
		Of     map[string]string `json:"of"`
		Source string            `json:"source"`
	} `json:"benchmarks"`
}

// toldEarned is what something that was said earned.
type toldEarned struct {
	Content    string                `json:"content"`
	Element    string                `json:"element"`
	Variant    string                `json:"variant"`
	Layout     string                `json:"layout"`
	Said       int                   `json:"said"`
	Open       int                   `json:"open"`
	All        toldFigure            `json:"all"`
	Objectives map[string]toldFigure `json:"objectives"`
}

type toldFigure struct {
	Each *struct {
		Value   float64    `json:"value"`
		Anytime [2]float64 `json:"anytime"`
	} `json:"each"`
	Words string `json:"words"`
}

// resultsWords are those of the text, in English and French.
var resultsWords = map[string][2]string{
	"point":      {".", ","},
	"fine":       {"Fine: nothing speaks against these figures.", "En ordre : rien ne contredit ces chiffres."},
	"look":       {"Look at this before you rely on the figures.", "À regarder avant de se fier aux chiffres."},
	"disbelieve": {"Do not believe these figures before it is known why:", "Ne croyez pas ces chiffres avant de savoir pourquoi :"},
	"looking":    {"The log is still being read: %.0f %%.", "Le journal est encore en cours de lecture : %.0f %%."},
	"of":         {"%d decisions of %d people; %d with a window not over, %d with one thing only that could be done", "%d décisions pour %d personnes ; %d ont une fenêtre encore ouverte, %d ne permettaient qu’une seule chose"},
	"sampled":    {"(people drawn by chance from more)", "(personnes tirées au hasard dans un plus grand nombre)"},
	"truth":      {"propensities: p %s; inverse ones add up to %.1f (p %s), worth %.1f even draws, the largest is %.2g %% of the sum", "propensions : p %s ; leurs inverses font en tout %.1f (p %s), ce qui vaut %.1f tirages égaux ; le plus grand en fait %.2g %%"},
	"worth":      {"What being told things adds, a person and %d days, against people held out", "Ce qu’ajoute le fait de parler aux gens, par personne et sur %d jours, face à celles tenues à l’écart"},
	"noholdout":  {"nobody is held out", "personne n’est tenu à l’écart"},
	"all":        {"in all", "en tout"},
	"notyet":     {"not enough yet", "encore trop peu"},
	"earned":     {"What was earned each time it was said, in minor units of %s", "Ce que chaque chose dite a rapporté à chaque fois, en sous-unités de %s"},
	"overlap":    {"of the open moments, in which something else had a chance of %.0f %% at least; their share of the times it was said is told", "aux moments ouverts, où autre chose avait au moins %.0f %% de chances ; leur part est indiquée"},
	"untold":     {"There are more layouts and variants than are told of.", "Il y a davantage de mises en page et de variantes que celles indiquées."},
	"said":       {"said", "fois dit"},
	"open":       {"open", "ouverts"},
	"each":       {"each", "à chaque fois"},
	"low":        {"low", "de"},
	"high":       {"high", "à"},
	"told":       {"told", "sollicitées"},
	"held":       {"held out", "à l’écart"},
	"split":      {"split p", "p (répartition)"},
	"made":       {"%d different creatives were seen, made of %d assets and texts: %.1f for each", "%d créations différentes ont été vues, faites de %d éléments et textes : %.1f pour chacun"},
	"creatives":  {"creatives", "créations"},
	"seen":       {"seen", "vues"},
	"minutes":    {"minutes from upload to first sight", "minutes de l’envoi à la première vue"},
	"magnets":    {"Addresses given, of the times one was asked for; relevant is what has an item or rules of its own", "Adresses données, parmi les fois où l’on en a demandé ; adapté : ce qui a un article ou des règles à soi"},
	"asked":      {"asked", "demandées"},
	"given":      {"given", "données"},
	"rate":       {"rate", "taux"},
	"relevant":   {"relevant", "adapté"},
	"generic":    {"generic", "générique"},
	"uplift":     {"where a draw decided between the two (%d people): relevant %.1f %%, generic %.1f %%, uplift %.1f points (%.1f to %.1f)", "où un tirage a décidé entre les deux (%d personnes) : adapté %.1f %%, générique %.1f %%, gain %.1f points (%.1f à %.1f)"},
	"budgets":    {"Budgets in their current period, in minor units of %s", "Budgets dans leur période en cours, en sous-unités de %s"},
	"amount":     {"amount", "montant"},
	"spent":      {"spent", "dépensé"},
	"promised":   {"promised", "promis"},
	"rest":       {"left", "reste"},
	"price":      {"shadow price", "prix dual"},
	"day":        {"a day", "par jour"},
	"week":       {"a week", "par semaine"},
	"month":      {"a month", "par mois"},
	"rates":      {"Rates by channel, in per cent, with what they are shares of", "Taux par canal, en pour cent, avec ce dont ils sont des parts"},
	"part":       {"times", "fois"},
	"whole":      {"of", "sur"},
	"share":      {"share", "part"},
	"others":     {"Others' figures, counted alike; they are no targets, and are of whom they say", "Chiffres d’autres, comptés de même ; ce ne sont pas des objectifs, et ils valent pour ceux qu’ils disent"},
	"doses":      {"Weeks by how many messages reached out (no causes: who is written to more is somebody else)", "Semaines selon le nombre de messages envoyés (pas un lien de cause : ceux à qui l’on écrit plus ne sont pas les mêmes)"},
	"messages":   {"messages", "messages"},
	"weeks":      {"weeks", "semaines"},
	"left":       {"departures", "départs"},
	"value":      {"value", "valeur"},
}

// frenchTies keep French signs on the line of their word, in formats, too.
var frenchTies = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " %%", "\u00a0%%")

// write writes the results as text.
func (r *told) write(to io.Writer, lang string, ways bool) error {
	say := func(key string) string {
		if lang == "fr" {
			return frenchTies.Replace(resultsWords[key][1])
		}
		return resultsWords[key][0]
	}
	var b strings.Builder
	r.writeTrust(&b, say)
	r.writeWorth(&b, say)
	r.writeEarned(&b, say, ways)
	r.writeMade(&b, say)
	r.writeMagnets(&b, say)
	r.writeBudgets(&b, say)
	r.writeDoses(&b, say)
	r.writeRates(&b, say, lang)
	_, err := io.WriteString(to, b.String())
	return err
}

func (r *told) writeTrust(b *strings.Builder, say func(string) string) {
	if r.Evidence == nil {
		return
	}
	if r.Evidence.Looking {
		fmt.Fprintf(b, say("looking")+"\n", 100*r.Evidence.Done)
	}
	f := r.Evidence.Found
	if f == nil {
		return
	}
	fmt.Fprintln(b, say(f.Trust))
	for _, c := range f.Concerns {
		fmt.Fprintln(b, "  -", c.Words)
	}
	fmt.Fprintf(b, say("of"), f.Decisions, f.People, f.Open, f.Settled)
	if f.Sampled {
		fmt.Fprint(b, " ", say("sampled"))
	}
	p := f.Propensities
	fmt.Fprintln(b, "\n"+decimals(say, say("truth"), chance(p.P), p.Weights, chance(p.WeightsP), p.Effective, 100*p.Largest))
}

func (r *told) writeWorth(b *strings.Builder, say func(string) string) {
	if len(r.Worth.Comparisons) == 0 {
		fmt.Fprintf(b, "\n%s\n", say("noholdout"))
		return
	}
	fmt.Fprintf(b, "\n"+say("worth")+"\n", r.Worth.WindowDays)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \t%s\t%s\t%s\t%s\t%s\t%s\n", say("told"), say("held"), say("each"), say("low"), say("high"), say("split"))
	for _, c := range r.Worth.Comparisons {
		name := c.Objective
		if name == "" {
			name = say("all")
		}
		fmt.Fprintf(t, "  %s\t%d\t%d\t", name, c.Treated.People, c.HeldOut.People)
		if c.Lift == nil {
			fmt.Fprintln(t, say("notyet")+decimals(say, "\t\t\t%s", rare(c.Mismatch)))
			continue
		}
		fmt.Fprintln(t, decimals(say, "%.2f\t%.2f\t%.2f\t%s", c.Lift.Difference, c.Lift.Anytime[0], c.Lift.Anytime[1], rare(c.Mismatch)))
	}
	_ = t.Flush() // to memory
}

func (r *told) writeEarned(b *strings.Builder, say func(string) string, ways bool) {
	if r.Evidence == nil || r.Evidence.Found == nil {
		return
	}
	found := r.Evidence.Found
	fmt.Fprintf(b, "\n"+say("earned")+",\n"+say("overlap")+"\n", r.Currency, 100*found.LeastElse)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \t%s\t%s\t%s\t%s\t%s\n", say("said"), say("open"), say("each"), say("low"), say("high"))
	for i := range found.Earned {
		e := &found.Earned[i]
		name := e.Content
		if e.Element != "" || e.Layout != "" {
			if !ways {
				continue
			}
			name = "    " + strings.TrimSpace(e.Layout+e.Element+" "+e.Variant)
		}
		fmt.Fprintf(t, "  %s\t%d\t%s\t%s\n", name, e.Said, decimals(say, "%.0f %%", 100*float64(e.Open)/float64(max(e.Said, 1))), e.All.cells(say))
		for _, id := range slices.Sorted(maps.Keys(e.Objectives)) {
			if f := e.Objectives[id]; len(e.Objectives) > 1 && f.Each != nil {
				fmt.Fprintf(t, "    %s · %s\t\t\t%s\n", name, id, f.cells(say))
			}
		}
	}
	_ = t.Flush() // to memory
	if found.Untold && ways {
		fmt.Fprintln(b, say("untold"))
	}
}

// cells are a figure with its interval, or why there is none.
func (f toldFigure) cells(say func(string) string) string {
	if f.Each == nil {
		return f.Words + "\t\t"
	}
	return decimals(say, "%.2f\t%.2f\t%.2f", f.Each.Value, f.Each.Anytime[0], f.Each.Anytime[1])
}

// rare is a p-value, without its powers of ten where it is small.
func rare(p float64) string {
	if p < 0.001 {
		return "<\u00a00.001"
	}
	return fmt.Sprintf("%.2g", p)
}

// chance is a p-value in a sentence, with its sign.
func chance(p float64) string {
	if p < 0.001 {
		return rare(p)
	}
	return "=\u00a0" + rare(p)
}

// decimals are numbers as the language writes them: with the sign that is a minus, and in French with a comma, and a space that
// does not break before the per cent sign.
func decimals(say func(string) string, format string, numbers ...any) string {
	text := strings.ReplaceAll(fmt.Sprintf(format, numbers...), "-", "−")
	if say("point") == "." {
		return text
	}
	return strings.NewReplacer(".", ",", " %", "\u00a0%").Replace(text)
}

func (r *told) writeBudgets(b *strings.Builder, say func(string) string) {
	if len(r.Budgets) == 0 {
		return
	}
	fmt.Fprintf(b, "\n"+say("budgets")+"\n", r.Currency)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  \t%s\t%s\t%s\t%s\t%s\n", say("amount"), say("spent"), say("promised"), say("rest"), say("price"))
	for _, x := range r.Budgets {
		fmt.Fprintf(t, "  %s\t%s\n", x.ID, decimals(say, "%d %s\t%d\t%d\t%d\t%.2f", x.Amount, say(x.Per), x.Spent, x.Promised, x.Left, x.Price))
	}
	_ = t.Flush() // to memory
}

func (r *told) writeRates(b *strings.Builder, say func(string) string, lang string) {
	if r.Evidence == nil || r.Evidence.Found == nil || len(r.Evidence.Found.Rates) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", say("rates"))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\t\t%s\t%s\t%s\t%s\t%s\t\n", say("part"), say("whole"), say("share"), say("low"), say("high"))
	var others []string
	for _, x := range r.Evidence.Found.Rates {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t\n", x.Channel, x.Rate, x.Part, x.Whole, decimals(say, "%.2f\t%.2f\t%.2f", 100*x.Share, 100*x.Interval[0], 100*x.Interval[1]))
		for _, o := range x.Benchmarks {
			others = append(others, fmt.Sprintf("%s %s: %s %%, %s, %d (%s; %s)", x.Channel, x.Rate, decimals(say, "%.2f", 100*o.Share), o.Sector[lang], o.Year, o.Of[lang], o.Source))
		}
	}
	_ = t.Flush()
	if len(others) > 0 {
		fmt.Fprintf(b, "%s:\n", say("others"))
		for _, line := range others {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
}

func (r *told) writeDoses(b *strings.Builder, say func(string) string) {
	if len(r.Doses) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", say("doses"))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", say("messages"), say("weeks"), say("left"), say("value"))
	for _, d := range r.Doses {
		fmt.Fprintf(t, "  %d\t%d\t", d.Messages, d.Weeks)
		fmt.Fprint(t, decimals(say, "%d, %.2f %% (%.2f–%.2f)\t", d.Departures.People, 100*d.Departures.Share, 100*d.Departures.Interval[0], 100*d.Departures.Interval[1]))
		if d.Value == nil {
			fmt.Fprintln(t, say("notyet"))
			continue
		}
		fmt.Fprintln(t, decimals(say, "%.2f (%.2f; %.2f)", d.Value.Mean, d.Value.Interval[0], d.Value.Interval[1]))
	}
	_ = t.Flush() // to memory
}
