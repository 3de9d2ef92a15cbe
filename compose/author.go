package compose

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose/mjml"
)

// Author is a brand with the HTML of those layouts that are written in MJML, whatever HTML they had. The brand given stays as it is. The error
// joins everything that is wrong, each with its JSON pointer and its line.
func Author(b *aparte.Brand) (*aparte.Brand, error) {
	written := func(l aparte.Layout) bool { return l.MJML != "" }
	if !slices.ContainsFunc(b.Layouts, written) {
		return b, nil
	}
	authored := *b
	authored.Layouts = slices.Clone(b.Layouts)
	var errs []error
	for i := range authored.Layouts {
		l := &authored.Layouts[i]
		if !written(*l) {
			continue
		}
		html, err := mjml.Compile(l.MJML)
		if err != nil {
			errs = append(errs, fmt.Errorf("/layouts/%d/mjml: %w", i, err))
			continue
		}
		l.HTML = html
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &authored, nil
}
