package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// partView is a member in which an object differs, in words where there are any.
type partView struct {
	Label, Before, After string
	Code                 bool // as it is written down, not words
}

// partsOf puts a member in which an object differs into words: a condition as a sentence, names and texts as they are read, an element by each
// text or picture that differs. What has no words is shown as it is written down.
func partsOf(lang string, b *aparte.Brand, kind string, p engine.Part) []partView {
	v := partView{Label: keyedText(lang, "part."+p.Name, p.Name), Before: p.Before, After: p.After, Code: true}
	say := func(text func(string) (string, bool)) bool {
		before, ok := text(p.Before)
		after, also := text(p.After)
		if ok && also {
			v.Before, v.After, v.Code = before, after, false
		}
		return ok && also
	}
	switch {
	case p.Name == "elements" && kind == "contents":
		if all, ok := elementsOf(lang, p); ok {
			return all
		}
	case p.Name == "name":
		say(func(raw string) (string, bool) {
			return read(raw, func(w aparte.Words) string { return wordsText(lang, w) })
		})
	case p.Name == "when":
		say(func(raw string) (string, bool) {
			return read(raw, func(when string) string {
				if said := inWords(lang, fieldsOf(lang, b), when); said != "" || when == "" {
					return said
				}
				return when
			})
		})
	case p.Name == "state":
		say(func(raw string) (string, bool) {
			return read(raw, func(s aparte.ContentState) string {
				return keyedText(lang, "content.state."+string(s), word(lang, "part.said"))
			})
		})
	case slices.Contains([]string{"event", "link", "kind", "value"}, p.Name):
		say(func(raw string) (string, bool) { return read(raw, func(s string) string { return s }) })
	}
	v.Before, v.After = cutShort(v.Before), cutShort(v.After)
	return []partView{v}
}

// read is JSON of a kind as text; nothing is empty.
func read[T any](raw string, text func(T) string) (string, bool) {
	if raw == "" {
		raw = "null"
	}
	if raw == "[]" { // as a list or words without anything are written
		raw = "null"
	}
	var x T
	if err := json.Unmarshal([]byte(raw), &x); err != nil {
		return "", false
	}
	return text(x), true
}

// elementsOf are the texts and pictures in which a content's elements differ.
func elementsOf(lang string, p engine.Part) (all []partView, ok bool) {
	var was, is []aparte.Element
	for raw, to := range map[string]*[]aparte.Element{p.Before: &was, p.After: &is} {
		if raw == "" {
			continue
		}
		if json.Unmarshal([]byte(strings.ReplaceAll(raw, `"words":[]`, `"words":null`)), to) != nil {
			return nil, false
		}
	}
	before, after := textsIn(lang, was), textsIn(lang, is)
	for _, t := range before {
		if i := slices.IndexFunc(after, func(o saidIn) bool { return o.at == t.at }); i < 0 {
			all = append(all, partView{Label: t.label, Before: t.text})
		} else if after[i].text != t.text {
			all = append(all, partView{Label: t.label, Before: t.text, After: after[i].text})
		}
	}
	for _, t := range after {
		if !slices.ContainsFunc(before, func(o saidIn) bool { return o.at == t.at }) {
			all = append(all, partView{Label: t.label, After: t.text})
		}
	}
	for i := range all {
		all[i].Before, all[i].After = cutShort(all[i].Before), cutShort(all[i].After)
	}
	return all, len(all) > 0
}

// saidIn is what a variant says in one language, or shows.
type saidIn struct{ at, label, text string }

func textsIn(lang string, elements []aparte.Element) (all []saidIn) {
	for i := range elements {
		e := &elements[i]
		for _, v := range e.Variants {
			label := named(lang, "element", e.Name)
			for _, t := range textsOf(v.Words) {
				if t.Text != "" {
					all = append(all, saidIn{fmt.Sprint(e.Name, "/", v.ID, "/", t.Lang), label + ", " + named(lang, "tongue", t.Lang), t.Text})
				}
			}
			if len(v.Words) == 0 {
				shown := v.Asset
				if shown == "" {
					shown = word(lang, "contents.item")
				}
				all = append(all, saidIn{fmt.Sprint(e.Name, "/", v.ID), label, shown})
			}
			for _, trait := range v.Traits {
				all = append(all, saidIn{fmt.Sprint(e.Name, "/", v.ID, "/trait/", trait), label + ", " + word(lang, "part.traits"), trait})
			}
		}
	}
	return all
}
