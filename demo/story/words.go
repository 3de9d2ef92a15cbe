package story

import (
	"fmt"
	"time"
)

// words are those of the story in one language.
type words struct {
	lang, locale                                                                    string
	tries, week, opens, passes, buys, again, noMail, orders, friend, thanked, after string
	credit, audience, silence, nothing, picture                                     string
	days                                                                            [7]string
}

func wordsIn(french bool) words {
	if french {
		return words{
			lang: "fr", locale: "fr-FR",
			tries:   "Isabelle, qui achète chaque mois sa crème à la rose, regarde le rouge Framboise sur le site, l’essaie à la caméra, et s’en va.",
			week:    "Une semaine a passé. Elle n’a rien acheté.",
			opens:   "Deux heures plus tard, elle ouvre le message. Elle n’achète pas.",
			passes:  "Dimanche : elle passe à moins de 150 m de la boutique de la rue des Tilleuls. La crème a été achetée il y a un mois.",
			buys:    "Une heure plus tard, la caisse enregistre le rouge et la crème.",
			again:   "Le lendemain matin, elle rouvre le message de la semaine passée.",
			noMail:  "Elle n’a pas de message à rouvrir.",
			orders:  "Elle regarde sa commande sur le site, et partage le lien si on le lui propose.",
			friend:  "%s arrive par le lien : personne ne la connaît.",
			thanked: "Des amies sont venues : un mot à Isabelle ?",
			after:   "Huit jours après. Camille a commandé. Inès et Louise avaient essayé une teinte : leur semaine est passée.",
			credit:  "dû à %s : %.0f %%", audience: "Isabelle fait maintenant partie de : %s",
			silence: "silence", nothing: "rien n’est dit", picture: "image",
			days: [7]string{"Dimanche", "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi"},
		}
	}
	return words{
		lang: "en", locale: "en-GB",
		tries:   "Isabelle, who buys her rose cream every month, looks at the raspberry lipstick on the site, tries it on by camera, and leaves.",
		week:    "A week has passed. She has bought nothing.",
		opens:   "Two hours later she opens the mail. She does not buy.",
		passes:  "Sunday: she passes within 150 m of the shop in rue des Tilleuls. The cream was bought a month ago.",
		buys:    "An hour later the till rings up the lipstick and the cream.",
		again:   "The next morning she opens last week’s mail again.",
		noMail:  "There is no mail that she could open again.",
		orders:  "She looks at her order on the site, and shares the link if she is offered to.",
		friend:  "%s comes by the link: nobody knows her.",
		thanked: "Friends have come: a word to Isabelle?",
		after:   "Eight days later. Camille has ordered. Inès and Louise had tried a shade on: their week has passed.",
		credit:  "owed to %s: %.0f %%", audience: "Isabelle is now among the %s",
		silence: "silence", nothing: "nothing is said", picture: "picture",
		days: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
}

func (w *words) date(at time.Time) string {
	at = at.In(paris)
	return fmt.Sprintf("%s %s, %s", w.days[at.Weekday()], at.Format("2006-01-02"), at.Format("15:04"))
}
