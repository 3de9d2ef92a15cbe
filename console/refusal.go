package console

import (
	"regexp"
	"slices"
	"strings"
)

// What is wrong with what was sent is told in English by those who find it: packages asset, place, exchange and scenario; brandRefusals has the
// rest. These are their words in French; {} is what they name. TestEveryRefusalIsToldInFrench makes them say what they can.
var refusals = [][2]string{
	// asset
	{"the file is empty", "le fichier est vide"},
	{"the file has over {} MB", "le fichier dépasse {} Mo"},
	{"SVG is not taken, as it can hold programs and pictures without end: export it as PNG", "le SVG n’est pas accepté, car il peut contenir des programmes et des images sans fin : exportez-le en PNG"},
	{"the file is no picture (PNG, JPEG, GIF, WebP), film (MP4, WebM) or sound (MP3, M4A, OGG) that can be read", "le fichier n’est ni une image (PNG, JPEG, GIF, WebP), ni un film (MP4, WebM), ni un son (MP3, M4A, OGG) que l’on sache lire"},
	{"the picture has {} × {} pixels, at most {} million are taken", "l’image a {} × {} pixels, {} millions au plus sont acceptés"},
	{"the {} is damaged: {}", "le fichier {} est abîmé : {}"},
	{"uploads are kept nowhere here", "rien de ce qui est envoyé n’est gardé ici"},
	{"alt: a language is not a BCP 47 tag", "description : une langue n’est pas un code BCP 47"},
	{"alt: in {} it is empty or has over {} bytes", "description : en {}, elle est vide ou dépasse {} octets"},
	{"name: has no letter or digit of a file's name", "nom : aucune lettre ni chiffre d’un nom de fichier"},
	{"name: is over {} bytes", "nom : plus de {} octets"},
	{"{}: there is another asset of that name: what an asset shows never changes", "{} : une autre image porte ce nom, et ce qu’un nom montre ne change jamais"},
	{"there are {} assets already", "il y a déjà {} images"},
	// place
	{"is missing", "manque"},
	{"{} bytes, 1 to {} are allowed", "{} octets : de 1 à {} sont admis"},
	{"is no text", "n’est pas un texte"},
	{"{} languages, 1 to {} are allowed", "{} langues : de 1 à {} sont admises"},
	{"in {} has {} bytes, 1 to {} are allowed", "en {}, {} octets : de 1 à {} sont admis"},
	{"is no address of a page", "n’est pas l’adresse d’une page"},
	{"there is a radius too: a fence is the one or the other", "il y a aussi un rayon : c’est l’un ou l’autre"},
	{"is missing, and there is no polygon", "manque, et il n’y a pas de polygone"},
	{"{} is not between {} and {} metres", "{} n’est pas entre {} et {} mètres"},
	{"latitude {} is not between -90 and 90", "la latitude {} n’est pas entre −90 et 90"},
	{"longitude {} is not between -180 and 180", "la longitude {} n’est pas entre −180 et 180"},
	{"{} rings with {} corners, at most {} with {}", "{} anneaux de {} sommets, {} de {} au plus"},
	{"a ring has at least four corners, of which the last is the first", "un anneau a au moins quatre sommets, dont le dernier est le premier"},
	{"goes round a pole: draw a circle there", "fait le tour d’un pôle : tracez-y un cercle"},
	{"has no area", "n’a pas de surface"},
	{"{} is no time zone such as Europe/Paris", "{} n’est pas un fuseau horaire comme Europe/Paris"},
	{"{} of them, at most {}", "il y en a {}, {} au plus"},
	{"{} is not between 1, Monday, and 7", "{} n’est pas entre 1, lundi, et 7"},
	{"{} is no time of day such as {}", "{} n’est pas une heure comme {}"},
	{"{} is no date such as {}", "{} n’est pas une date comme {}"},
	{"the day has hours too", "ce jour a aussi des heures"},
	{"the day is closed too", "ce jour est aussi fermé"},
	{"is that of {} too", "est aussi celui de {}"},
	{"{} is the id of {} too", "{} est aussi l’identifiant de {}"},
	{"an amount has a currency, and none has none", "un montant a une devise, sans montant il n’y en a pas"},
	{"{} is no currency such as EUR", "{} n’est pas une devise comme EUR"},
	{"{} is not the brand's, {}", "{} n’est pas celle de la marque, {}"},
	{"is not after from", "n’est pas après le début"},
	{"{} places, at most {}", "{} lieux, {} au plus"},
	// exchange
	{"no number", "n’est pas un nombre"},
	{"empty", "est vide"},
	{"missing: the row has {} fields, the header {}", "manque : la ligne a {} champs, l’en-tête {}"},
	{"{} fields, the header has {}", "{} champs, l’en-tête en a {}"},
	{"two columns have this name", "deux colonnes portent ce nom"},
	{"not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8", "pas en UTF-8 : peut-être en ISO 8859-1 ou Windows-1252 ; enregistrez le fichier en UTF-8"},
	{"{} is not written like {}", "{} ne s’écrit pas comme {}"},
	{"{} is no day such as Mo", "{} n’est pas un jour comme Mo"},
	{"no duration such as 10m", "n’est pas une durée comme 10m"},
	{"is not of the right type", "n’est pas du bon type"},
	{"is not known here", "n’est pas connu ici"},
	{"is not one", "n’en est pas un"},
	{"no JSON from byte {} on: {}", "pas de JSON à partir de l’octet {} : {}"},
	{"no longitude and latitude", "pas de longitude et de latitude"},
	{"no rings of longitude and latitude", "pas d’anneaux de longitudes et de latitudes"},
	{"neither Point nor Polygon: several areas are several places", "ni Point ni Polygon : plusieurs surfaces sont plusieurs lieux"},
	{"neither a text nor texts by language", "ni un texte, ni des textes par langue"},
	{"longer than {} bytes", "plus de {} octets"},
	{"longer than {} bytes; is a quote not closed?", "plus de {} octets : un guillemet n’est-il pas fermé ?"},
	// scenario
	{"is missing: what it comes after; or absent, on or every", "manque : ce après quoi il vient ; ou absent, on ou every"},
	{"it begins with {} already: one of after, absent, on and every", "il commence déjà par {} : un seul parmi after, absent, on et every"},
	{"is missing: for how long they do not happen", "manque : pendant combien de temps cela n’arrive pas"},
	{"is missing: how long they may take from the first to the last", "manque : combien de temps du premier au dernier"},
	{"is missing: how often it may speak in that time", "manque : combien de fois il peut parler dans ce temps"},
	{"is missing: which audience is entered or left", "manque : dans quelle audience on entre, ou de laquelle on sort"},
	{"nothing here is {} or {}", "rien ici n’est {} ni {}"},
	{"belongs to {} and {}; until ends {}", "va avec {} et {} ; until met fin à {}"},
	{"belongs to {} and {}", "va avec {} et {}"},
	{"belongs to a trait", "va avec une caractéristique"},
	{"belongs to {}", "va avec {}"},
	{"{} bytes, at most {}", "{} octets, {} au plus"},
	{"{} events, at most {}", "{} événements, {} au plus"},
	{"{} is none of {}", "{} n’est aucun de {}"},
	{"{} is the event it comes after: it would never arise", "{} est l’événement après lequel il vient : il n’arriverait jamais"},
	{"{} is anything at all: nothing else belongs beside it", "{} est tout ce qui peut arriver : rien d’autre ne va à côté"},
	{"{} stands there twice", "{} y est deux fois"},
	{"is empty", "est vide"},
	{"{} is not between {} and {} days", "{} n’est pas entre {} et {} jours"},
	{"{} is not between {} and {}", "{} n’est pas entre {} et {}"},
	{"on channel {} it is now or never: nobody may come by later", "sur le canal {} c’est maintenant ou jamais : personne ne repassera peut-être"},
	{"names neither an event nor an objective", "ne nomme ni un événement ni un objectif"},
	{"names both an event and an objective", "nomme à la fois un événement et un objectif"},
	{"{} is no objective of the brand", "{} n’est pas un objectif de la marque"},
	{"{} is less than a day", "{} : moins d’un jour"},
	{"is longer than every: the next would be due before", "est plus long que every : le suivant viendrait avant"},
	{"names neither a trait nor what they buy", "ne nomme ni une caractéristique ni ce qui s’achète"},
	{"names both a trait and what they buy", "nomme à la fois une caractéristique et ce qui s’achète"},
	{"has spaces around it", "a des espaces autour"},
	{"{} is no whole number", "{} n’est pas un nombre entier"},
	{"is not YAML: {}", "n’est pas du YAML : {}"},
	{"is not YAML", "n’est pas du YAML"},
	{"is not JSON", "n’est pas du JSON"},
	{"more follows the end", "quelque chose suit la fin"},
	{"a member of this name stands there already", "un membre de ce nom y est déjà"},
	{"a key must be text", "une clé doit être un texte"},
	{"anchors and aliases are not read here: write it out", "ancres et renvois ne sont pas lus ici : écrivez-le en entier"},
	{"tags such as {} are not read here", "les étiquettes comme {} ne sont pas lues ici"},
	{"stands more than {} deep", "est à plus de {} niveaux"},
	{"there are no scenarios", "il n’y a pas de scénario"},
	{"duration {} is negative", "la durée {} est négative"},
	{"duration {}: want such as {}", "durée {} : écrire par exemple {}"},
	{"duration {}: days must be a whole number", "durée {} : les jours doivent être un nombre entier"},
	{"duration must be text such as {}", "une durée est un texte comme {}"},
	{"an event is its name, or an object: {}", "un événement est son nom, ou un objet : {}"},
	{"from here on they hold more than the {} timers of a person that are theirs: fewer scenarios, then or most", "à partir d’ici, ils tiennent plus que les {} minuteries d’une personne qui leur reviennent : moins de scénarios, de then ou de most"},
	{"{} is no audience of the brand", "{} n’est pas une audience de la marque"},
	{"the scenario must stay {}: others may speak of it", "le scénario doit rester {} : d’autres peuvent en parler"},
	{"one scenario belongs here, not {}", "un seul scénario va ici, pas {}"},
}

// refusalPatterns are the refusals, ready to be looked for: those that say most come first, as a {} may be anything.
var refusalPatterns = func() (all []refusalPattern) {
	for _, said := range slices.Concat(refusals, brandRefusals, doorRefusals) {
		parts := strings.Split(said[0], "{}")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		all = append(all, refusalPattern{regexp.MustCompile(`^(?s:` + strings.Join(parts, "(.*?)") + `)$`), said[1], len(strings.ReplaceAll(said[0], "{}", ""))})
	}
	slices.SortStableFunc(all, func(a, b refusalPattern) int { return b.says - a.says })
	return all
}()

type refusalPattern struct {
	english *regexp.Regexp
	french  string
	says    int // how many bytes it says itself
}

// deepestRefusal bounds how often a refusal can name another.
const deepestRefusal = 4

// refusal is what is wrong in the reader's language; what nobody has put into words of theirs stays as it is.
func refusal(lang, text string) string {
	if lang != "fr" {
		return text
	}
	return tied(lang, inFrench(text, deepestRefusal))
}

// laterIssue is where another of several faults of a condition begins.
var laterIssue = regexp.MustCompile(`; (line [0-9]+, column [0-9]+: )`)

func inFrench(text string, deep int) string {
	if deep == 0 {
		return text
	}
	if at := laterIssue.FindStringIndex(text); at != nil {
		return inFrench(text[:at[0]], deep) + " ; " + inFrench(text[at[0]+2:], deep)
	}
	for _, p := range refusalPatterns {
		m := p.english.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		var french strings.Builder
		for i, part := range strings.Split(p.french, "{}") { // what is named may hold braces of its own
			if i > 0 {
				french.WriteString(inFrench(m[i], deep-1))
			}
			french.WriteString(part)
		}
		return french.String()
	}
	return text
}

// behind is what an error says behind the kind that it is of, in the reader's language.
func behind(lang string, err, kind error) string {
	text := strings.TrimLeft(strings.TrimPrefix(err.Error(), kind.Error()), ": \n")
	return strings.Join(told(lang, text), " ; ")
}

// refusalsOf are the lines of an error, each with its place, in the reader's language.
func refusalsOf(lang string, err error) []string { return told(lang, err.Error()) }

func told(lang, text string) (all []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if m := pointed.FindStringSubmatch(line); m != nil {
			line = m[1] + ": " + refusal(lang, m[2])
		} else {
			line = refusal(lang, line)
		}
		all = append(all, line)
	}
	return all
}
