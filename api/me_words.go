package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// meWording is the version of the words below by which people answer: it stands with each answer as its proof.
const meWording = "page-2026-11"

// meSource is where those answers are given.
const meSource = "own page"

// meWord is a text in the languages of the page. {} is what it is about.
type meWord struct{ en, fr string }

func (w meWord) in(lang string) string {
	if lang == "fr" {
		return frenchSpaces.Replace(w.fr)
	}
	return w.en
}

// frenchSpaces does not break before the signs that French sets apart.
var frenchSpaces = strings.NewReplacer(" ?", "\u00a0?", " :", "\u00a0:")

// meWords are the words of a person's page.
var meWords = map[string]meWord{
	"title":         {"Your page", "Votre page"},
	"title.choices": {"What would you like to hear?", "Que souhaitez-vous recevoir ?"},
	"lead":          {"What we know of you, why we wrote to you, and everything you can change. This page is yours alone: the link holds until {}.", "Ce que nous savons de vous, pourquoi nous vous avons écrit, et tout ce que vous pouvez changer. Cette page n’est que pour vous : le lien vaut jusqu’à {}."},
	"lead.choices":  {"You came by the link of a message. As messages are easily forwarded, this page lets you choose and shows nothing we know of you.", "Vous venez par le lien d’un message. Comme un message se transfère facilement, cette page vous laisse choisir et ne montre rien de ce que nous savons de vous."},
	"lead.file":     {"All that was known of you on {}.", "Tout ce qui était connu de vous le {}."},
	"language":      {"Français", "English"},
	"contents":      {"On this page", "Sur cette page"},

	"choices":           {"Your choices", "Vos choix"},
	"choices.channels":  {"Where may we write to you with offers and news?", "Où pouvons-nous vous écrire pour des offres et des nouvelles ?"},
	"choices.services":  {"What you asked for, such as the news of an order, always reaches you.", "Ce que vous avez demandé, comme les nouvelles d’une commande, vous parvient toujours."},
	"choices.more":      {"Other ways can be switched on from your whole page.", "D’autres moyens peuvent être activés depuis votre page complète."},
	"choices.kinds":     {"What may we speak of?", "De quoi pouvons-nous parler ?"},
	"choices.weekly":    {"How many messages in a week, at most?", "Combien de messages par semaine, au plus ?"},
	"choices.any":       {"As many as fit", "Autant qu’il convient"},
	"choices.none":      {"None", "Aucun"},
	"choices.pause":     {"Would you like a pause?", "Voulez-vous une pause ?"},
	"choices.nopause":   {"No pause", "Pas de pause"},
	"choices.month":     {"A pause of a month, from today", "Une pause d’un mois, à partir d’aujourd’hui"},
	"choices.keep":      {"The pause goes on until {}", "La pause dure jusqu’au {}"},
	"choices.use":       {"How may we choose for you?", "Comment pouvons-nous choisir pour vous ?"},
	"choices.profiling": {"By what I look at and like", "D’après ce que je regarde et ce que j’aime"},
	"choices.save":      {"Save my choices", "Enregistrer mes choix"},

	"open":      {"See everything", "Tout voir"},
	"open.text": {"We write a link to the address we have of you. It shows what we know of you and why you got each message, and lets you correct, take along or erase all of it.", "Nous envoyons un lien à l’adresse que nous avons de vous. Il montre ce que nous savons de vous et pourquoi vous avez reçu chaque message, et vous permet de tout corriger, emporter ou effacer."},
	"open.send": {"Send me the link", "Envoyez-moi le lien"},

	"known":           {"What we know of you", "Ce que nous savons de vous"},
	"known.names":     {"How we recognise you", "À quoi nous vous reconnaissons"},
	"known.names.how": {"To change an address or a number, write to us below: we make sure that it is yours.", "Pour changer une adresse ou un numéro, écrivez-nous plus bas : nous vérifions qu’il est bien à vous."},
	"known.declared":  {"What you told us", "Ce que vous nous avez dit"},
	"known.observed":  {"What we saw", "Ce que nous avons vu"},
	"known.inferred":  {"What we worked out from it", "Ce que nous en avons déduit"},
	"known.bought":    {"What others told us", "Ce que d’autres nous ont dit"},
	"known.bought.by": {"It was bought in or brought from elsewhere. Removed here, it does not come back.", "Cela a été acheté ou apporté d’ailleurs. Retiré ici, cela ne revient pas."},
	"known.inferred.by": {"It is computed from what you did. It may steer what we say, and is never shown in a message.",
		"C’est calculé d’après ce que vous avez fait. Cela peut orienter ce que nous disons, sans jamais paraître dans un message."},
	"known.nothing": {"Nothing.", "Rien."},
	"known.orders":  {"Your orders", "Vos commandes"},
	"known.answers": {"What you agreed to, and what not", "Ce que vous avez accepté, et ce que non"},

	"fact.first":    {"First seen", "Première visite"},
	"fact.last":     {"Last seen", "Dernière visite"},
	"fact.visits":   {"Visits", "Visites"},
	"fact.language": {"Language", "Langue"},
	"fact.zone":     {"Time zone", "Fuseau horaire"},
	"fact.device":   {"Device", "Appareil"},
	"fact.search":   {"Last search", "Dernière recherche"},
	"fact.basket":   {"In your basket", "Dans votre panier"},
	"fact.stage":    {"You are to us", "Vous êtes pour nous"},
	"fact.persona":  {"You resemble", "Vous ressemblez à"},
	"fact.tastes":   {"You seem to like", "Vous semblez aimer"},
	"fact.audience": {"You are among", "Vous faites partie de"},
	"fact.orders":   {"Orders", "Commandes"},
	"fact.revenue":  {"In all", "En tout"},
	"fact.order.1":  {"The first", "La première"},
	"fact.order.n":  {"The last", "La dernière"},
	"fact.bought":   {"Last bought", "Derniers achats"},
	"fact.phones":   {"Devices that get notifications", "Appareils qui reçoivent des notifications"},

	"name.userId": {"Customer account", "Compte client"}, "name.email": {"E-mail address", "Adresse e-mail"}, "name.phone": {"Telephone", "Téléphone"},
	"name.anonymousId": {"Browser or app", "Navigateur ou application"},

	"save": {"Save", "Enregistrer"}, "remove": {"Remove", "Retirer"}, "yes": {"yes", "oui"}, "no": {"no", "non"},

	"answers.for": {"For", "Pour"}, "answers.on": {"By", "Par"}, "answers.said": {"Answer", "Réponse"}, "answers.at": {"When", "Quand"}, "answers.where": {"Where, and what you read", "Où, et ce que vous avez lu"},
	"purpose.marketing": {"offers and news", "offres et nouvelles"}, "purpose.service": {"news of what you asked for", "nouvelles de ce que vous avez demandé"},
	"purpose.profiling": {"choosing by what you like", "choix d’après vos goûts"}, "purpose.location": {"where you are", "lieu où vous êtes"},

	"channel.": {"all ways", "tous les moyens"}, "channel.web": {"our site", "notre site"}, "channel.email": {"e-mail", "e-mail"}, "channel.sms": {"SMS", "SMS"},
	"channel.mobile_push": {"notifications of the app", "notifications de l’application"}, "channel.web_push": {"notifications of the browser", "notifications du navigateur"},
	"channel.in_app": {"the app", "l’application"}, "channel.ads": {"advertising elsewhere", "publicité ailleurs"}, "channel.human": {"a call", "un appel"},
	"channel.webhook": {"our partners", "nos partenaires"},

	"kind.product": {"products", "produits"}, "kind.incentive": {"offers and discounts", "offres et remises"}, "kind.reminder": {"reminders", "rappels"},
	"kind.article": {"articles", "articles"}, "kind.video": {"videos", "vidéos"}, "kind.service": {"services", "services"}, "kind.question": {"questions", "questions"},
	"kind.capture": {"invitations to sign up", "invitations à s’inscrire"}, "kind.seasonal": {"seasons and feasts", "saisons et fêtes"}, "kind.story": {"our stories", "nos histoires"},
	"kind.share": {"sharing with friends", "partage avec des amis"},

	"stage.prospect": {"not a customer yet", "pas encore cliente ou client"}, "stage.new": {"a new customer", "une nouvelle cliente ou un nouveau client"},
	"stage.active": {"a regular customer", "une cliente ou un client régulier"}, "stage.at_risk": {"somebody we have not seen for a while", "quelqu’un que nous n’avons pas vu depuis quelque temps"},
	"stage.dormant": {"somebody we have not seen for long", "quelqu’un que nous n’avons pas vu depuis longtemps"}, "stage.lost": {"somebody who left", "quelqu’un qui est parti"},
	"stage.won_back": {"somebody who came back", "quelqu’un qui est revenu"},

	"trait.timezone": {"time zone", "fuseau horaire"}, "trait.firstName": {"first name", "prénom"}, "trait.first_name": {"first name", "prénom"}, "trait.lastName": {"last name", "nom"}, "trait.last_name": {"last name", "nom"},
	"trait.name": {"name", "nom"}, "trait.birthday": {"birthday", "anniversaire"}, "trait.gender": {"gender", "genre"}, "trait.country": {"country", "pays"}, "trait.city": {"city", "ville"},
	"trait.address.city": {"city", "ville"}, "trait.address.country": {"country", "pays"}, "trait.address.street": {"street", "rue"}, "trait.address.postalCode": {"postcode", "code postal"},
	"trait.language": {"language", "langue"}, "trait.locale": {"language", "langue"}, "trait.company": {"company", "entreprise"}, "trait.age": {"age", "âge"},
	"trait.email": {"e-mail address", "adresse e-mail"}, "trait.phone": {"telephone", "téléphone"},

	"past":         {"Why you saw this", "Pourquoi vous avez vu ceci"},
	"past.text":    {"What we said to you, the latest first.", "Ce que nous vous avons dit, le plus récent d’abord."},
	"past.about":   {"The message you came by", "Le message par lequel vous venez"},
	"past.none":    {"We have not said anything to you yet.", "Nous ne vous avons encore rien dit."},
	"past.gone":    {"Its words are not kept any more.", "Ses mots ne sont plus conservés."},
	"past.why":     {"Why?", "Pourquoi ?"},
	"past.older":   {"Older", "Plus ancien"},
	"past.newer":   {"Newer", "Plus récent"},
	"past.clicked": {"You followed it.", "Vous l’avez suivi."},
	"past.unsaid":  {"The reasons are not kept any more.", "Les raisons ne sont plus conservées."},

	"human":      {"Talk to a human", "Parler à un humain"},
	"human.text": {"Write what you like: somebody reads it, with your story at hand, and answers by e-mail or telephone.", "Écrivez ce que vous voulez : quelqu’un le lit, avec votre histoire sous les yeux, et vous répond par e-mail ou par téléphone."},
	"human.what": {"What would you like to say?", "Que voulez-vous nous dire ?"},
	"human.send": {"Send", "Envoyer"},

	"take":      {"Take it with you", "Emporter le tout"},
	"take.text": {"All we know of you, your whole story, and the reasons of every decision about you.", "Tout ce que nous savons de vous, toute votre histoire, et les raisons de chaque décision à votre sujet."},
	"take.json": {"For machines (JSON)", "Pour les machines (JSON)"},
	"take.html": {"To read (HTML)", "À lire (HTML)"},

	"erase":       {"Erase everything", "Tout effacer"},
	"erase.text":  {"What we know of you goes for good.", "Ce que nous savons de vous disparaît pour de bon."},
	"erase.go":    {"Go to erasing", "Aller à l’effacement"},
	"erase.title": {"Erase everything we know of you?", "Effacer tout ce que nous savons de vous ?"},
	"erase.what": {"What you told us, what we saw, your whole story, your answers and how we recognise you are erased at once, and cannot be brought back. The shop keeps what the law obliges it to, such as invoices, elsewhere.",
		"Ce que vous nous avez dit, ce que nous avons vu, toute votre histoire, vos réponses et ce à quoi nous vous reconnaissons sont effacés aussitôt, sans retour possible. La boutique conserve ailleurs ce que la loi lui impose, comme les factures."},
	"erase.after": {"Nobody writes to you any more. Should you come back to our site, we know nothing of you, as on the first day.", "Plus personne ne vous écrit. Si vous revenez sur notre site, nous ne savons rien de vous, comme au premier jour."},
	"erase.take":  {"You may want to take it with you first.", "Vous voudrez peut-être d’abord l’emporter."},
	"erase.yes":   {"Yes, erase everything", "Oui, tout effacer"},
	"erase.back":  {"No, back to my page", "Non, retour à ma page"},

	"nothing":      {"We know nothing of you", "Nous ne savons rien de vous"},
	"nothing.text": {"All that was known by this link has been erased. There is nothing else to do.", "Tout ce qui était connu par ce lien a été effacé. Il n’y a rien d’autre à faire."},

	"dead":      {"This link leads nowhere any more", "Ce lien ne mène plus nulle part"},
	"dead.text": {"Links that show everything hold for an hour. Any message of ours has one by which you can ask for another.", "Les liens qui montrent tout valent une heure. Chacun de nos messages en porte un qui permet d’en demander un autre."},

	"said.choices": {"Your choices are saved, and hold from now on.", "Vos choix sont enregistrés et valent dès maintenant."},
	"said.trait":   {"It is corrected, and counts from now on.", "C’est corrigé, et compte dès maintenant."},
	"said.removed": {"It is removed, and counts no more.", "C’est retiré, et ne compte plus."},
	"said.sent":    {"We have written to {}. The link in it holds for an hour.", "Nous avons écrit à {}. Le lien du message vaut une heure."},
	"said.human":   {"Thank you. Somebody will read it and answer you{}.", "Merci. Quelqu’un le lira et vous répondra{}."},
	"said.at":      {" at {}", " à {}"},
	"wrong.form":   {"We could not read this. Please look at it again.", "Nous n’avons pas pu le lire. Regardez-y encore."},
	"wrong.text":   {"Please write something, of at most 2,000 letters.", "Écrivez quelque chose, d’au plus 2 000 lettres."},
	"wrong.often":  {"This was asked for too often. Please try again tomorrow.", "Cela a été demandé trop souvent. Réessayez demain."},
	"wrong.unsent": {"It could not be sent just now. Please write to us directly.", "L’envoi n’a pas pu se faire. Écrivez-nous directement."},
	"direct":       {"You can also write to us at", "Vous pouvez aussi nous écrire à"},
	"back":         {"To our site", "Vers notre site"},
}

// meWordIn is a word of the page; a name that has none is spelled out.
func meWordIn(key, lang string) string {
	if w, ok := meWords[key]; ok {
		return w.in(lang)
	}
	_, name, _ := strings.Cut(key, ".")
	return strings.NewReplacer("_", " ", ".", " ").Replace(name)
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

// dayIn is a date as it is spoken; empty for no time.
func dayIn(at time.Time, lang string) string {
	switch {
	case at.IsZero():
		return ""
	case lang != "fr":
		return at.Format("2 January 2006")
	case at.Day() == 1:
		return "1er " + frenchMonths[at.Month()-1] + at.Format(" 2006")
	}
	return strconv.Itoa(at.Day()) + " " + frenchMonths[at.Month()-1] + at.Format(" 2006")
}

// minuteIn is a time of a day as it is spoken.
func minuteIn(at time.Time, lang string) string {
	if lang == "fr" {
		return strings.Replace(at.Format("15:04"), ":", "\u00a0h\u00a0", 1)
	}
	return at.Format("15:04")
}

// valueIn is a trait's value as it is read.
func valueIn(v aparte.Value, lang string) string {
	if v.Kind != aparte.Bool {
		return v.String()
	}
	if v.Num != 0 {
		return meWordIn("yes", lang)
	}
	return meWordIn("no", lang)
}
