package intent

import (
	"slices"
	"strings"
)

// A word by which people leave, where they write little else; and turns of phrase that mean the same wherever they stand.
// Who wants silence must get it: here a rule does not wait for a probability.
var (
	leaving = []string{"stop", "unsubscribe", "unsubscribed", "desabonner", "desabonnement", "desinscription", "desinscrire", "optout"}
	phrases = []string{
		"unsubscribe me", "remove me from", "take me off", "stop emailing", "stop writing to me", "stop contacting me", "stop sending me",
		"do not write to me", "don t write to me", "do not contact me", "don t contact me",
		"desabonnez moi", "desinscrivez moi", "me desabonner", "me desinscrire", "retirez moi de", "enlevez moi de",
		"ne plus recevoir", "plus recevoir vos", "ne m ecrivez plus", "ne plus me contacter", "ne me contactez plus", "arretez de m",
	}
)

// mostBeside is how many words may stand beside one of leaving: "please stop", "stop svp merci".
const mostBeside = 3

// wantsOut reports whether somebody asks not to be written to any more.
func wantsOut(words []string) bool {
	if len(words) <= 1+mostBeside && !slices.Contains(words, "?") && slices.ContainsFunc(words, func(w string) bool { return slices.Contains(leaving, w) }) {
		return true
	}
	text := " " + strings.Join(words, " ") + " "
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, " "+p) })
}
