package console

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/engine"
)

// edited is what every page has by which the brand is changed.
type edited struct {
	Version   uint64        // of the brand the page was made of
	Done      string        // what was done, a word; empty: nothing
	Mode      string        // see draftMode
	Theirs    []touchedView // what others published meanwhile: nothing was saved
	Overtaken bool
	Faults    map[string]string // by the member of what is edited, such as "when"
	Others    []string          // faults elsewhere, each with its place
}

// At is what is wrong with a field, empty where nothing is.
func (e *edited) At(field string) string { return e.Faults[field] }

// Wrong reports whether anything is.
func (e *edited) Wrong() bool { return len(e.Faults) > 0 || len(e.Others) > 0 }

func (e *edited) fault(field, text string) {
	if e.Faults == nil {
		e.Faults = map[string]string{}
	}
	if e.Faults[field] == "" {
		e.Faults[field] = text
	}
}

// editOf begins a page by which the brand is changed.
func (s *console) editOf(r *http.Request) edited {
	e := edited{Version: s.plan(r).Version(), Done: r.URL.Query().Get("done"), Mode: draftMode(r)}
	if _, known := words["edit.done."+e.Done]; !known {
		e.Done = ""
	}
	if e.Mode != "" && e.Done != "" && !slices.Contains(draftDone, e.Done) {
		e.Done = "drafted"
	}
	return e
}

// draftDone are things done that mean the same in a draft and out of it.
var draftDone = []string{"begun", "opened", "left", "dropped", "settled"}

// draftMode ends the keys of words that say something else where a draft is worked in.
func draftMode(r *http.Request) string {
	if draftAt(r) != nil {
		return ".draft"
	}
	return ""
}

// maxEdit bounds what a form sends that changes the brand.
const maxEdit = 128 << 10

// put publishes a brand made of the version that the form names, or keeps it in the draft that is worked on, and reports whether it did. at is the JSON pointer of what was
// edited: what is wrong there is told at its field, where the page shows it, and elsewhere with its place.
func (s *console) put(r *http.Request, e *edited, b *aparte.Brand, at string, fields ...string) bool {
	base, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		base = 0
	}
	if err = s.keep(r, b, base); err == nil {
		return true
	}
	lang := language(r)
	if old := (*engine.Overtaken)(nil); errors.As(err, &old) {
		e.Overtaken = true
		if was, err := s.Engine.Version(r.Context(), base); err == nil && e.Mode == "" {
			now := s.Engine.Plan().Brand()
			e.Theirs = touched(lang, now, engine.Changes(was, now))
		}
		return false
	}
	e.refuse(lang, err, at, fields)
	e.needs(lang)
	return false
}

// pointed is a fault with its place.
var pointed = regexp.MustCompile(`^(/[^ :]*): (?s:(.*))$`)

// refuse notes what is wrong with a brand: at the fields that the page shows of what is edited, all else with its place.
func (e *edited) refuse(lang string, err error, at string, fields []string) {
	for _, line := range strings.Split(err.Error(), "\n") {
		m := pointed.FindStringSubmatch(line)
		if m == nil {
			e.Others = append(e.Others, refusal(lang, line))
			continue
		}
		rest, here := strings.CutPrefix(m[1], at+"/")
		name, deeper, _ := strings.Cut(rest, "/")
		if !here || !slices.Contains(fields, name) {
			e.Others = append(e.Others, m[1]+": "+refusal(lang, m[2]))
			continue
		}
		text := refusal(lang, m[2])
		if deeper != "" {
			text = deeper + ": " + text
		}
		e.fault(name, text)
	}
}

var neededElement = regexp.MustCompile(`elements\.([A-Za-z_]+) (?:is not known here|n’est pas connu ici)`)

// needs says at the elements which of them the layouts show and are not there.
func (e *edited) needs(lang string) {
	var names []string
	e.Others = slices.DeleteFunc(e.Others, func(fault string) bool {
		m := neededElement.FindStringSubmatch(fault)
		if m == nil {
			return false
		}
		if name := named(lang, "element", m[1]); !slices.Contains(names, name) {
			names = append(names, name)
		}
		return true
	})
	if len(names) > 0 {
		e.fault("elements", word(lang, "content.needs")+" "+strings.Join(names, ", "))
	}
}

// author is who publishes what a request asks for.
func author(r *http.Request) string {
	if u, ok := access.UserOf(r.Context()); ok && u.Name != "" {
		return u.Name
	}
	return "console"
}

// touchedView is what became of an object, for a page.
type touchedView struct {
	engine.Touched
	What, Name string // in words
	Parts      []partView
}

// touched are changes, for a page; b is one of the brands between which they are.
func touched(lang string, b *aparte.Brand, changes []engine.Change) (all []touchedView) {
	const most = 100
	for i := range changes[:min(len(changes), most)] {
		c := &changes[i]
		v := touchedOf(lang, engine.Touched{Kind: c.Kind, ID: c.ID, Name: c.Name, Did: c.Did})
		for _, p := range c.Parts() {
			v.Parts = append(v.Parts, partsOf(lang, b, c.Kind, p)...)
		}
		all = append(all, v)
	}
	return all
}

func touchedOf(lang string, t engine.Touched) touchedView {
	v := touchedView{Touched: t, What: keyedText(lang, "edit.kind."+t.Kind, t.Kind), Name: t.ID}
	if name := wordsText(lang, t.Name); name != "" {
		v.Name = name
	}
	return v
}

// cutShort is a text that a page can hold.
func cutShort(text string) string {
	const most = 600
	if len(text) <= most {
		return text
	}
	return clipped(text, most) + " …"
}
