package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

// revealView is one thing that a content lets the person see that the brand knows of them.
type revealView struct {
	What string   // in words
	Name string   // the trait; empty where the words say it all
	In   []string // where, in words
}

// reveals are what a content lets people see that is known of them, in words.
func (s *console) reveals(r *http.Request, b *aparte.Brand, c *aparte.Content) (views []revealView) {
	lang := language(r)
	for _, x := range s.Engine.Reveals(c) {
		v := revealView{Name: x.Name}
		switch x.Kind {
		case compose.RevealsTrait:
			v.What = word(lang, "reveals.trait")
		case compose.RevealsMoment:
			v.What = word(lang, "reveals.moment")
			if i := slices.IndexFunc(b.Scenarios, func(o aparte.Scenario) bool { return string(o.ID) == x.Name }); i >= 0 && len(b.Scenarios[i].Name) > 0 {
				v.Name = b.Scenarios[i].Name.In(lang, b.Locale)
			}
		default:
			v.What, v.Name = word(lang, "reveals."+string(x.Kind)+"."+x.Name), ""
		}
		for _, where := range x.In {
			id, isLayout := strings.CutPrefix(where, "layout:")
			i := slices.IndexFunc(b.Layouts, func(l aparte.Layout) bool { return string(l.ID) == id })
			switch {
			case where == "link":
				where = word(lang, "reveals.link")
			case isLayout && i >= 0:
				where = word(lang, "reveals.layout") + " " + b.Layouts[i].Name.In(lang, b.Locale)
			case !isLayout:
				where = named(lang, "element", where)
			}
			v.In = append(v.In, where)
		}
		views = append(views, v)
	}
	return views
}
