package brand

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
)

//go:generate go run ./generate -out assets
//go:embed *.json layouts/*.html assets/*.png
var files embed.FS

// Brand is the furnished brand, read anew: the caller may change it. Its documents are
//
//	brand.json     what it is called, how it looks, objectives, scenarios, pressure, holdout
//	items.json     the catalogue
//	contents.json  what can be said
//	rules.json     who may be told what
//	layouts.json   how it is laid out; the HTML of the layout ID stands in layouts/ID.html
//
// A member that aparte.Brand does not have is an error, as is a member that another document holds. An
// error names the file and the place in it: contents.json#/3/kind.
func Brand() (*aparte.Brand, error) { return Read(files) }

// Assets are the brand's pictures, by the names by which the brand calls them.
func Assets() fs.FS {
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return assets
}

// Read reads a brand that is laid out as Brand says from any directory.
func Read(dir fs.FS) (*aparte.Brand, error) {
	var b aparte.Brand
	if err := document(dir, "brand.json", &b); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		file string
		into any
		full bool
	}{
		{"items.json", &b.Items, b.Items != nil},
		{"contents.json", &b.Contents, b.Contents != nil},
		{"rules.json", &b.Rules, b.Rules != nil},
		{"layouts.json", &b.Layouts, b.Layouts != nil},
	} {
		if list.full {
			return nil, fmt.Errorf("brand.json: %s is the place for these", list.file)
		}
		if err := document(dir, list.file, list.into); err != nil {
			return nil, err
		}
	}
	return &b, markup(dir, b.Layouts)
}

// markup puts the HTML of each layout that has a file of it.
func markup(dir fs.FS, layouts []aparte.Layout) error {
	for i := range layouts {
		l := &layouts[i]
		name := path.Join("layouts", string(l.ID)+".html")
		html, err := fs.ReadFile(dir, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("layout %q: %w", l.ID, err)
		case l.HTML != "":
			return fmt.Errorf("layouts.json#/%d/html: %s says it too", i, name)
		}
		l.HTML = string(html)
	}
	return nil
}

// document reads one document strictly.
func document(dir fs.FS, name string, into any) error {
	body, err := fs.ReadFile(dir, name)
	if err != nil {
		return fmt.Errorf("brand: %w", err)
	}
	err = json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &meaning):
		return fmt.Errorf("%s#%s: is not known here", name, meaning.JSONPointer)
	case errors.As(err, &meaning):
		return fmt.Errorf("%s#%s: %w", name, meaning.JSONPointer, cause(meaning))
	case errors.As(err, &syntax):
		return fmt.Errorf("%s#%s: %w", name, syntax.JSONPointer, syntax.Err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// cause is what is wrong, without the place, which is told already.
func cause(err *json.SemanticError) error {
	if err.Err != nil {
		return err.Err
	}
	return fmt.Errorf("cannot be %s", err.JSONKind)
}
