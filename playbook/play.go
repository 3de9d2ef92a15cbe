package playbook

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
)

//go:embed plays/*.json layouts.json layouts/*.html
var files embed.FS

// Play is one of the playbook. Ids of what it brings begin with its own.
type Play struct {
	ID     string       `json:"id"`
	Name   aparte.Words `json:"name"`
	About  aparte.Words `json:"about"`            // when it speaks, to whom, and what ends it
	Before aparte.Words `json:"before,omitempty"` // what to see to before it is switched on
	Needs  Needs        `json:"needs"`

	Audiences []aparte.Audience `json:"audiences,omitempty"`
	Scenarios []aparte.Scenario `json:"scenarios,omitempty"` // none: it speaks where the brand is asked anyway, as on pages
	Rules     []aparte.Rule     `json:"rules,omitempty"`
	Contents  []aparte.Content  `json:"contents"`
	Layouts   []aparte.Layout   `json:"layouts,omitempty"` // those that the contents name, of the playbook's own
}

// Needs is what has to be there for a play to have anything to do.
type Needs struct {
	Events []string `json:"events,omitempty"` // that come in; Aparté's own are not told of
	Traits []string `json:"traits,omitempty"` // that people have
}

// order is in which order plays are told: first what wins people, then what keeps them.
var order = []string{
	"welcome", "capture", "browse", "basket", "price", "nurture", "hot", "retarget", "place",
	"replenish", "share", "survey", "birthday", "loyal", "reactivate",
}

// All are the plays, read anew: the caller may change them.
func All() ([]Play, error) {
	layouts, err := shelf()
	if err != nil {
		return nil, err
	}
	plays := make([]Play, len(order))
	for i, id := range order {
		if err := read("plays/"+id+".json", &plays[i]); err != nil {
			return nil, err
		}
		if err := plays[i].furnish(layouts); err != nil {
			return nil, fmt.Errorf("play %q: %w", id, err)
		}
	}
	return plays, nil
}

// ErrUnknown says that the playbook has no play of that name.
var ErrUnknown = errors.New("the playbook has no such play")

// Find is one play.
func Find(id string) (*Play, error) {
	plays, err := All()
	if err != nil {
		return nil, err
	}
	for i := range plays {
		if plays[i].ID == id {
			return &plays[i], nil
		}
	}
	return nil, fmt.Errorf("%q: %w: %s", id, ErrUnknown, strings.Join(order, ", "))
}

// shelf are the playbook's layouts. They fit any brand: they take its colours and fonts.
func shelf() ([]aparte.Layout, error) {
	var layouts []aparte.Layout
	if err := read("layouts.json", &layouts); err != nil {
		return nil, err
	}
	for i := range layouts {
		html, err := fs.ReadFile(files, path.Join("layouts", string(layouts[i].ID)+".html"))
		if err != nil {
			return nil, fmt.Errorf("playbook: layout %q: %w", layouts[i].ID, err)
		}
		layouts[i].HTML = string(html)
	}
	return layouts, nil
}

// furnish gives a play the layouts that its contents name.
func (p *Play) furnish(shelf []aparte.Layout) error {
	for i := range p.Contents {
		for _, id := range p.Contents[i].Layouts {
			named := func(l aparte.Layout) bool { return l.ID == id }
			at := slices.IndexFunc(shelf, named)
			if at < 0 {
				return fmt.Errorf("content %q: there is no layout %q", p.Contents[i].ID, id)
			}
			if !slices.ContainsFunc(p.Layouts, named) {
				p.Layouts = append(p.Layouts, shelf[at])
			}
		}
	}
	return nil
}

// read reads one document strictly.
func read(name string, into any) error {
	body, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("playbook: %w", err)
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("playbook: %s: %w", name, err)
	}
	return nil
}
