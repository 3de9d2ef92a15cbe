package engine

import (
	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

// Reveals lists what a content of the brand in force lets a person see that the brand knows of them.
func (e *Engine) Reveals(content *aparte.Content) []compose.Reveal {
	now := e.brand.Load()
	if now == nil || e.composer == nil { // an archive has no texts
		return nil
	}
	return e.composer.Reveals(now.plan.Brand(), content)
}

// learnedTraits are the traits that of nobody are known otherwise than inferred or bought in, as the last fit counted them.
func (e *Engine) learnedTraits() (names []string) {
	fit := e.Fit()
	if fit == nil {
		return nil
	}
	for i := range fit.Traits {
		if k := &fit.Traits[i]; k.People > 0 && k.From[aparte.Declared]+k.From[aparte.Observed] == 0 {
			names = append(names, k.Name)
		}
	}
	return names
}
