package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/engine"
)

// reader is somebody who knows of a page only what it says: the accessible names of what is on it.
type reader struct {
	t    *testing.T
	ctx  context.Context
	lang int // 0: English, 1: French
	shot int
	took time.Duration // what somebody's hands would have taken for it, see press and fill
}

// What somebody takes for one thing, by the keystroke-level model (Card, Moran and Newell, "The keystroke-level model for user
// performance time with interactive systems", Communications of the ACM 23, 1980): to think of it, to go to it with the pointer and
// press, to go from the pointer to the keys, and to type a letter as an average typist who is not a secretary does.
const (
	takesThought = 1350 * time.Millisecond
	takesPress   = 1300 * time.Millisecond
	takesHoming  = 400 * time.Millisecond
	takesLetter  = 280 * time.Millisecond
)

// one is what has a role and a name, as an object of the page; it is waited for.
func (r *reader) one(role, name string) runtime.RemoteObjectID {
	r.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		document, err := chromedp.Call(r.ctx, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			r.t.Fatal(err)
		}
		found, err := chromedp.Call(r.ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: document.Root.BackendNodeID, Role: role, AccessibleName: name})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, n := range found.Nodes {
			if n.Ignored {
				continue
			}
			object, err := chromedp.Call(r.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID})
			if err != nil {
				r.t.Fatal(err)
			}
			return object.Object.ObjectID
		}
	}
	r.t.Fatalf("no %s is called %q; the page says\n%s", role, name, r.text())
	return ""
}

// text is what the page says.
func (r *reader) text() string {
	r.t.Helper()
	text, err := chromedp.Run(r.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// with has a function of the page called on something.
func (r *reader) with(what runtime.RemoteObjectID, function, argument string) {
	r.t.Helper()
	value, err := json.Marshal(argument)
	if err != nil {
		r.t.Fatal(err)
	}
	done, err := chromedp.Call(r.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: what, Arguments: []*runtime.CallArgument{{Value: value}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if done.ExceptionDetails != nil {
		r.t.Fatalf("%q: %s", argument, done.ExceptionDetails.Exception.Description)
	}
}

// in is what is said in their language. French ties its colons to the word before.
func (r *reader) in(en, fr string) string {
	return [2]string{en, strings.ReplaceAll(fr, " :", "\u00a0:")}[r.lang]
}

// follow presses what leads to another page, and waits until that is there: a page that goes while it is asked may never answer.
func (r *reader) follow(role, name string) {
	r.t.Helper()
	r.took += takesThought + takesPress
	what := r.one(role, name)
	_, err := chromedp.Run(r.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, func(context.Context, *chromedp.Target) (chromedp.Void, error) {
		r.with(what, `function () { setTimeout(() => this.click()) }`, "")
		return chromedp.Void{}, nil
	}))
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *reader) link(en, fr string) { r.t.Helper(); r.follow("link", r.in(en, fr)) }
func (r *reader) push(en, fr string) { r.t.Helper(); r.follow("button", r.in(en, fr)) }

// tick marks a box, or one of several.
func (r *reader) tick(role, en, fr string) {
	r.t.Helper()
	r.took += takesThought + takesPress
	r.with(r.one(role, r.in(en, fr)), `function () { this.click() }`, "")
}

// fill writes into a field.
func (r *reader) fill(role, en, fr, text string) {
	r.t.Helper()
	r.took += takesThought + takesPress + 2*takesHoming + time.Duration(utf8.RuneCountInString(text))*takesLetter
	r.with(r.one(role, r.in(en, fr)), `function (text) { this.focus(); this.value = text; this.dispatchEvent(new Event("change", {bubbles: true})) }`, text)
}

// choose takes the first of a list that begins with a text.
func (r *reader) choose(en, fr, option string) {
	r.t.Helper()
	r.took += takesThought + 2*takesPress
	r.with(r.one("combobox", r.in(en, fr)), `function (text) {
		var o = Array.from(this.options).find(function (o) { return o.text.startsWith(text) })
		if (!o) throw new Error("not among " + Array.from(this.options).map(function (o) { return o.text }))
		this.value = o.value; this.dispatchEvent(new Event("change", {bubbles: true}))
	}`, option)
}

// sees waits until the page says something, and keeps its picture.
func (r *reader) sees(en, fr string) {
	r.t.Helper()
	said := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if said = r.text(); strings.Contains(said, r.in(en, fr)) {
			if kept := os.Getenv("APARTE_SHOTS"); kept != "" {
				r.shot++
				shoot(r.ctx, r.t, filepath.Join(kept, fmt.Sprintf("path-%s-%02d.png", r.in("en", "fr"), r.shot)))
			}
			return
		}
	}
	r.t.Fatalf("the page does not say %q but\n%s", r.in(en, fr), said)
}

// earned is the low end of the interval that stands in a content's row.
func (r *reader) earned(content string) (low float64) {
	r.t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(content) + `\t[^\n]*\t([^\t\n]*)\s(?:to|à)\s`).FindStringSubmatch(r.text())
	if m == nil {
		r.t.Fatalf("no row tells what %q earned:\n%s", content, r.text())
	}
	digits := strings.NewReplacer("£", "", ",", ".", "−", "-", "\u00a0", "").Replace(m[1])
	low, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil {
		r.t.Fatal(err)
	}
	return low
}

// postman takes letters, and has nowhere to go with them.
type postman struct{}

func (postman) Channel() aparte.Channel                      { return aparte.Email }
func (postman) Send(context.Context, *channel.Message) error { return nil }

// gifts has people come, a few of whom buy a gift, and most of those to whom a content is said; then nine days go by.
func (s *stage) gifts(people int, content aparte.ContentID, days *atomic.Int64) {
	s.t.Helper()
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range people {
		user := fmt.Sprint("gift-", i)
		answers, err := s.engine.Moment(s.t.Context(), s.event(aparte.Track, "Product Viewed", user, `{"product_id": "85123A"}`),
			engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"aside"}})
		if err != nil {
			s.t.Fatal(err)
		}
		buys := 0.1
		if answers[0].Decision.Action.Content == content {
			buys = 0.95
		}
		if chance.Float64() > buys {
			continue
		}
		if err := s.engine.Accept(s.t.Context(), []aparte.Event{s.event(aparte.Track, "Gift Bought", user, "{}")}); err != nil {
			s.t.Fatal(err)
		}
	}
	days.Store(9)
}

func (s *stage) event(kind aparte.EventType, name, user, properties string) aparte.Event {
	now := s.now().UTC()
	return aparte.Event{Type: kind, Name: name, MessageID: aparte.MessageID(name + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test", Properties: []byte(properties)}
}

// The first ten minutes of somebody who has never seen the console, who finds their way by what is written on its pages alone: they
// state an objective, add two contents, set a rule, switch a scenario on, look at a content as a real person would get it, and, when
// people have come by for a while, read what it earned.
func TestTheFirstTenMinutesGoByWhatThePagesSay(t *testing.T) {
	for lang, name := range []string{"English", "French"} {
		t.Run(name, func(t *testing.T) {
			var days atomic.Int64
			s := standBy(t, engine.Config{Now: func() time.Time { return time.Now().AddDate(0, 0, int(days.Load())) }, Senders: []channel.Sender{postman{}}})
			s.serve(console.Config{})
			s.arrive("17850", "Ada")
			s.arrive("12347", "Grace")
			r := &reader{t: t, ctx: browser(t), lang: lang}
			if err := chromedp.Do(r.ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.server.URL+"/console/")); err != nil {
				t.Fatal(err)
			}
			if lang == 1 {
				r.follow("link", "Français")
			}

			r.link("Contents", "Contenus")
			r.link("Objectives", "Objectifs")
			r.fill("textbox", "Name in English", "Nom en anglais", "A gift is bought")
			r.fill("textbox", "Name in French", "Nom en français", "Un cadeau est acheté")
			r.fill("combobox", "The event that reaches it", "L’événement qui l’atteint", "Gift Bought")
			r.tick("radio", "Always the same", "Toujours la même chose")
			r.fill("textbox", "Amount (GBP)", "Montant (GBP)", "5")
			r.push("Save and publish", "Enregistrer et publier")
			r.sees("Saved: it is in force.", "Enregistré : c’est en vigueur.")

			for _, content := range [][2]string{{"A lamp for the evening", "Une lampe pour le soir"}, {"A gift in its paper", "Un cadeau dans son papier"}} {
				r.link("Contents", "Contenus")
				r.link("Add a content", "Ajouter un contenu")
				r.fill("textbox", "Name in English", "Nom en anglais", content[0])
				r.fill("textbox", "Name in French", "Nom en français", content[1])
				r.fill("textbox", "Headline: In English", "Titre : En anglais", content[0])
				r.fill("textbox", "Headline: In French", "Titre : En français", content[1])
				r.fill("textbox", "Body: In English", "Texte : En anglais", "Small things that keep well.")
				r.fill("textbox", "Body: In French", "Texte : En français", "De petites choses qui durent.")
				r.fill("textbox", "Call to action: In English", "Appel à l’action : En anglais", "See it")
				r.fill("textbox", "Call to action: In French", "Appel à l’action : En français", "La voir")
				r.push("Add it", "L’ajouter")
				r.sees("Added.", "Ajouté.")
				r.push("Approve and publish", "Approuver et publier")
				r.sees("Approved and published", "Approuvé et publié")
			}

			r.link("Rules", "Règles")
			r.fill("textbox", "Name in English", "Nom en anglais", "Not who bought a lot")
			r.fill("textbox", "Name in French", "Nom en français", "Pas qui a beaucoup acheté")
			r.choose("What is looked at, row 1", "Ce qui est regardé, ligne 1", r.in("number of orders", "nombre de commandes"))
			r.choose("Comparison, row 1", "Comparaison, ligne 1", r.in("is at most", "est au plus"))
			r.fill("combobox", "Value, row 1", "Valeur, ligne 1", "9")
			r.push("Count who is concerned", "Compter qui est concerné")
			r.sees("2 of 2", "2 sur 2")
			r.tick("checkbox", "A gift in its paper", "Un cadeau dans son papier")
			r.push("Save and publish", "Enregistrer et publier")
			r.sees("Saved: it is in force.", "Enregistré : c’est en vigueur.")

			r.link("Scenarios", "Scénarios")
			r.link("See what it would do: A basket was filled, and left", "Voir ce qu’il ferait : Un panier a été rempli, puis laissé")
			r.push("Switch on", "Mettre en marche")
			r.sees("Switched on: a new version of the brand is in force.", "En marche : une nouvelle version de la marque est en vigueur.")

			r.link("Contents", "Contenus")
			r.link("A gift in its paper", "Un cadeau dans son papier")
			r.choose("As seen by", "Vu par", "Grace")
			r.push("Show", "Montrer")
			r.sees("A gift in its paper", "Un cadeau dans son papier")

			s.gifts(3_000, "a-gift-in-its-paper", &days)
			r.link("Results", "Résultats")
			r.sees("What each content earned", "Ce que chaque contenu a rapporté")
			if low := r.earned(r.in("A gift in its paper", "Un cadeau dans son papier")); low <= 0 {
				t.Errorf("what earned several pounds each time is not told to: at least %.2f", low)
			}
			if r.took > 10*time.Minute {
				t.Errorf("it takes %v of work, without reading", r.took)
			}
			t.Logf("%.0f seconds of work by the keystroke-level model, without reading", r.took.Seconds())

			b := s.engine.Plan().Brand()
			objective, contents := b.Objectives[len(b.Objectives)-1], 0
			for i := range b.Contents {
				if b.Contents[i].Name["en"] == "A lamp for the evening" || b.Contents[i].Name["en"] == "A gift in its paper" && len(b.Contents[i].Rules) == 1 {
					contents++
				}
			}
			if objective.Event != "Gift Bought" || objective.Value != "500" || contents != 2 {
				t.Errorf("of what was stated stands: %+v and %d contents", objective, contents)
			}
		})
	}
}
