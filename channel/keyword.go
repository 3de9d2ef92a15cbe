package channel

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Keyword is a word with which people answer a text message, and that is understood whatever was said to them.
type Keyword string

// The keywords.
const (
	Stop  Keyword = "stop"  // never again
	Start Keyword = "start" // yes, write to me
	Help  Keyword = "help"  // who are you?
)

// keywords are those that rules of providers and of the law know: CTIA, Messaging Principles and Best Practices, section 5.1.3
// (STOP, UNSUBSCRIBE, END, …), and af2m's charter in France (STOP, CONTACT). In capitals, without accents.
var keywords = map[string]Keyword{
	"STOP": Stop, "STOPALL": Stop, "STOP ALL": Stop, "UNSUBSCRIBE": Stop, "CANCEL": Stop, "END": Stop, "QUIT": Stop, "REVOKE": Stop, "OPT OUT": Stop, "OPTOUT": Stop, "STOP SMS": Stop,
	"ARRET": Stop, "ARRETER": Stop, "ARRETEZ": Stop, "DESABONNER": Stop, "DESABONNEMENT": Stop, "DESINSCRIPTION": Stop, "STOP PUB": Stop,
	"STOPP": Stop, "ABMELDEN": Stop, "BAJA": Stop, "ALTO": Stop, "CANCELAR": Stop, "PARAR": Stop, "FERMA": Stop,
	"START": Start, "UNSTOP": Start, "SUBSCRIBE": Start, "OPT IN": Start, "REPRENDRE": Start, "ABONNER": Start, "ALTA": Start,
	"HELP": Help, "INFO": Help, "AIDE": Help, "CONTACT": Help, "HILFE": Help, "AYUDA": Help, "AIUTO": Help,
}

// KeywordOf is the keyword that a message consists of, or empty where it says more or something else. Case, accents, blanks and
// punctuation do not matter. A STOP that is one more word of a sentence is for whoever understands sentences.
func KeywordOf(text string) Keyword {
	const longest = 64
	if len(text) > longest {
		return ""
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToUpper(r)
		}
		return ' '
	}, norm.NFD.String(text))
	words := strings.Fields(plain)
	if len(words) == 2 && words[0] == "STOP" && isNumber(words[1]) {
		words = words[:1] // "STOP 36180", as our messages put it
	}
	return keywords[strings.Join(words, " ")]
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
