package persona

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// sentence is English and French. {} is the key.
type sentence struct{ en, fr string }

func (s sentence) words() aparte.Words { return aparte.Words{"en": s.en, "fr": s.fr} }

func (s sentence) in(lang string) string {
	if strings.HasPrefix(lang, "fr") {
		return s.fr
	}
	return s.en
}

var everybody = sentence{"Everybody", "Tout le monde"}

// phrase is how a sign is told of one person, and what it is in a type's name.
type phrase struct{ told, name sentence }

// phrases are those of the signs, by facet and key; of a facet whose keys are the brand's, by facet.
var phrases = map[string]phrase{
	"orders_a_year=high": {sentence{"buys often", "achète souvent"}, sentence{"frequent buyers", "achats fréquents"}},
	"orders_a_year=low":  {sentence{"buys rarely", "achète rarement"}, sentence{"rare buyers", "achats rares"}},
	"basket=high":        {sentence{"spends much at a time", "dépense beaucoup à la fois"}, sentence{"large baskets", "gros paniers"}},
	"basket=low":         {sentence{"spends little at a time", "dépense peu à la fois"}, sentence{"small baskets", "petits paniers"}},
	"discounts=reduced":  {sentence{"waits for discounts", "attend les remises"}, sentence{"on discount", "en promotion"}},
	"discounts=full":     {sentence{"buys at full price", "achète au prix fort"}, sentence{"full price", "plein tarif"}},
	"looks_a_month=high": {sentence{"often comes without buying", "vient souvent sans acheter"}, sentence{"often look", "regardent souvent"}},
	"looks_a_month=low":  {sentence{"rarely comes without buying", "vient rarement sans acheter"}, sentence{"rarely look", "regardent rarement"}},
	"answers=followed":   {sentence{"follows what they are told", "suit ce qu’on lui dit"}, sentence{"responsive", "réagit aux messages"}},
	"answers=left":       {sentence{"leaves what they are told", "laisse ce qu’on lui dit"}, sentence{"unresponsive", "insensible aux messages"}},
	"customer=never":     {sentence{"never bought", "n’a jamais acheté"}, sentence{"never bought", "jamais acheté"}},
	"customer=bought":    {sentence{"has bought", "a déjà acheté"}, sentence{"customers", "clients"}},
	"hours=night":        {sentence{"comes at night", "vient la nuit"}, sentence{"at night", "la nuit"}},
	"hours=morning":      {sentence{"comes in the morning", "vient le matin"}, sentence{"in the morning", "le matin"}},
	"hours=afternoon":    {sentence{"comes in the afternoon", "vient l’après-midi"}, sentence{"in the afternoon", "l’après-midi"}},
	"hours=evening":      {sentence{"comes in the evening", "vient le soir"}, sentence{"in the evening", "le soir"}},
	"week=weekday":       {sentence{"comes on weekdays", "vient en semaine"}, sentence{"on weekdays", "en semaine"}},
	"week=weekend":       {sentence{"comes at the weekend", "vient le week-end"}, sentence{"at the weekend", "le week-end"}},
	"device=desktop":     {sentence{"uses a computer", "utilise un ordinateur"}, sentence{"on a computer", "sur ordinateur"}},
	"device=mobile":      {sentence{"uses a phone", "utilise un téléphone"}, sentence{"on a phone", "sur téléphone"}},
	"device=tablet":      {sentence{"uses a tablet", "utilise une tablette"}, sentence{"on a tablet", "sur tablette"}},
	"category":           {sentence{"drawn to {}", "attirée par {}"}, sentence{"{}", "{}"}},
	"brand":              {sentence{"drawn to {}", "attirée par {}"}, sentence{"{}", "{}"}},
}

// In is the sign in words, of one person: "buys often", "achète souvent".
func (s *Sign) In(lang string, called Called) string {
	return s.fill(s.phrase().told.in(lang), lang, called)
}

// named is the sign as a part of a name: "frequent buyers", "achats fréquents".
func (s *Sign) named(lang string, called Called) string {
	return s.fill(s.phrase().name.in(lang), lang, called)
}

func (s *Sign) phrase() phrase {
	if p, known := phrases[s.Facet+"="+s.Key]; known {
		return p
	}
	if p, known := phrases[s.Facet]; known {
		return p
	}
	return phrase{sentence{"{}", "{}"}, sentence{"{}", "{}"}} // a device of a kind that came later
}

func (s *Sign) fill(text, lang string, called Called) string {
	key := s.Key
	switch s.Facet {
	case "category":
		key = called(aparte.CategoryAffinity, s.Key, lang)
	case "brand":
		key = called(aparte.BrandAffinity, s.Key, lang)
	}
	return strings.ReplaceAll(text, "{}", key)
}

// nameOf names a type by the two signs that tell most, with more where another has that name already, and notes it.
func nameOf(signs []Sign, taken map[string]bool, called Called) aparte.Words {
	in := func(lang string, n int) string {
		if len(signs) == 0 {
			return sentence{"Others", "Les autres"}.in(lang)
		}
		var parts []string
		for i := range signs[:n] {
			parts = append(parts, signs[i].named(lang, called))
		}
		return capital(strings.Join(parts, ", "))
	}
	n := min(2, len(signs))
	for n < len(signs) && taken[in("en", n)] {
		n++
	}
	name := aparte.Words{"en": in("en", n), "fr": in("fr", n)}
	for i := 2; taken[name["en"]]; i++ {
		name = aparte.Words{"en": fmt.Sprintf("%s (%d)", in("en", n), i), "fr": fmt.Sprintf("%s (%d)", in("fr", n), i)}
	}
	taken[name["en"]] = true
	return name
}

// capital is text with a capital first.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
