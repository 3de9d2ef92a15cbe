package compose

import (
	"errors"
	"html"
	"strings"
	"time"

	"github.com/osteele/liquid"
	"github.com/osteele/liquid/render"
)

// Limits on the values that filters make: with those of inspect.go they bound what a template can
// hold in memory, doubling in a loop included.
const (
	maxValue = 16 << 10 // bytes of a text
	maxList  = maxRange // members of a list
)

// authorError is an error whose text may be shown to an author: it holds nothing about a person.
type authorError string

func (e authorError) Error() string { return string(e) }

const (
	errTooLong authorError = "the text grows beyond 16 KB"
	errNumber  authorError = "takes a number"
)

// filter is a filter that a template may use.
type filter struct {
	voice  bool // it speaks a language: the inspector adds the scene's voice to its arguments
	markup bool // it makes markup: offered to layouts only
	apply  applied
}

// applied is what a filter does with a value, nil where that is the library's own affair. The voice is
// nil for a filter that does not ask for it.
type applied func(value any, v *voice, args []any) (any, error)

// filters are the filters that a template may use.
var filters = map[string]filter{
	"money":  {voice: true, apply: money},
	"date":   {voice: true, apply: date},
	"plural": {voice: true, apply: pluralise},

	"default": {apply: defaultTo}, "escape": {apply: leave}, "escape_once": {apply: leave},
	"url": {apply: safeAddress}, "url_encode": {apply: urlEncode},
	"newline_to_br": {markup: true, apply: newlineToBreak},

	"append": {apply: appendText}, "prepend": {apply: prependText}, "join": {apply: join}, "split": {apply: split},
	"replace": {apply: replace(-1)}, "replace_first": {apply: replace(1)}, "truncate": {apply: truncateTo},

	"remove": {}, "remove_first": {}, "capitalize": {}, "upcase": {}, "downcase": {}, "strip": {}, "lstrip": {}, "rstrip": {},
	"truncatewords": {}, "slice": {}, "first": {}, "last": {}, "size": {}, "reverse": {}, "sort": {}, "uniq": {}, "compact": {},
	"plus": {}, "minus": {}, "times": {}, "divided_by": {}, "modulo": {}, "round": {}, "floor": {}, "ceil": {},
	"abs": {}, "at_least": {}, "at_most": {},
}

// voiceVariable is the name under which the inspector hands the voice to filters.
const voiceVariable = "_voice"

// voice is how a scene is spoken: its language, its time zone, its currency.
type voice struct {
	*tongue
	locale   string
	zone     *time.Location
	currency string
}

// newLiquid is a Liquid engine for templates that have been inspected. It reads no files. Where it
// makes markup, whatever an expression yields is escaped; nothing opts out of that.
func newLiquid(markup bool) *liquid.Engine {
	engine := liquid.NewEngine()
	engine.StrictVariables()
	engine.RegisterTemplateStore(noFiles{})
	if markup {
		engine.SetAutoEscapeReplacer(render.HtmlEscaper)
	}
	engine.RegisterBlock(captureTag, capture(markup))

	for name, f := range filters {
		switch {
		case f.apply == nil:
		case f.voice:
			engine.RegisterFilter(name, func(value any, v *voice, args ...any) (any, error) { return f.apply(value, v, args) })
		default:
			engine.RegisterFilter(name, func(value any, args ...any) (any, error) { return f.apply(value, nil, args) })
		}
	}
	return engine
}

// capture keeps what a block prints as text: markup in it is kept as the characters it is made of.
func capture(markup bool) liquid.Renderer {
	return func(ctx render.Context) (string, error) {
		w := limited{most: maxValue}
		if err := ctx.RenderChildren(&w); err != nil {
			return "", err
		}
		s := string(w.text)
		if markup {
			s = html.UnescapeString(s)
		}
		ctx.Set(strings.TrimSpace(ctx.TagArgs()), s)
		return "", nil
	}
}

// noFiles is a template store that holds nothing.
type noFiles struct{}

func (noFiles) ReadTemplate(string) ([]byte, error) {
	return nil, errors.New("a template stands alone")
}
