package decide

import (
	"slices"
	"time"

	"cel.dev/cel-go/cel"

	"github.com/aparte-dev/aparte"
)

// Variable is one thing rules can speak of.
type Variable struct {
	Name  string       // as a rule writes it: person.orders
	Type  string       // as CEL names it: int
	Words aparte.Words // what it is, in English and French
}

// Variables are all the things rules can speak of, grouped. Amounts of money are in minor units of the
// brand's currency. A map that has no entry for a key is no match, but for counters, affinities,
// what is due, intents, personas and what is at a place, where it is 0.
func Variables() []Variable {
	told := make([]Variable, len(variables))
	for i, v := range variables {
		told[i] = Variable{v.name, v.typ.String(), aparte.Words{"en": v.en, "fr": v.fr}}
	}
	return told
}

// scope is how often the value of a variable changes within a decision.
type scope uint8

const (
	ofDecision scope = iota // never
	ofContent               // with the content that is looked at
	ofItem                  // with the item
)

// How far ahead predictions look.
const (
	orderDue    = 30 * 24 * time.Hour
	churnAfter  = 90 * 24 * time.Hour
	categoryDue = 14 * 24 * time.Hour
)

type variable struct {
	name   string
	typ    *cel.Type
	scope  scope
	get    func(*deliberation) fact
	en, fr string
}

var (
	anyMap    = cel.MapType(cel.StringType, cel.DynType)
	numberMap = cel.MapType(cel.StringType, cel.DoubleType)
	truthMap  = cel.MapType(cel.StringType, cel.BoolType)
)

// variables is the table of all that rules can speak of: the checker, the evaluation and the console
// read it.
var (
	variables     = slices.Concat(personVariables, sessionVariables, momentVariables, placeVariables, thingVariables)
	variableIndex = indexed(variables)
)

func indexed(variables []variable) map[string]int {
	index := make(map[string]int, len(variables))
	for i, v := range variables {
		index[v.name] = i
	}
	return index
}

var personVariables = []variable{
	{"person.lifecycle", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.stage.Name) },
		"Stage: prospect, new, active, at_risk, dormant, lost or won_back", "Étape : prospect, new, active, at_risk, dormant, lost ou won_back"},
	{"person.days_in_stage", cel.DoubleType, ofDecision, func(d *deliberation) fact { return d.daysSince(d.stage.Since) },
		"Days since they entered that stage; infinite for a stranger", "Jours depuis l’entrée dans cette étape ; infini pour un inconnu"},
	{"person.order_due", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.person.Buys(d.recurrences(), "", d.now, orderDue)) },
		"Probability that a customer orders within 30 days", "Probabilité qu’un client commande dans les 30 jours"},
	{"person.churn", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(1 - d.person.Buys(d.recurrences(), "", d.now, churnAfter)) },
		"Probability that they order nothing for 90 days", "Probabilité qu’ils ne commandent rien pendant 90 jours"},
	{"person.alive", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.worth().Alive) },
		"Probability that they are still a customer, beside all others; 0 before a first order", "Probabilité qu’ils soient encore clients, comparés à tous les autres ; 0 avant une première commande"},
	{"person.ltv", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.worth().Value) },
		"What they are still expected to spend (lifetime value), in minor units", "Ce qu’ils devraient encore dépenser (valeur vie client), en centimes"},
	{"person.orders_ahead", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.worth().Orders) },
		"How many orders are still expected of them", "Nombre de commandes encore attendues"},
	{"persona", cel.StringType, ofDecision, func(d *deliberation) fact { return text(string(d.personas().first)) },
		"Their behavioural type: the first that is declared and holds, else the strongest found; empty: none", "Leur type de comportement : le premier déclaré qui s’applique, sinon le plus fort trouvé ; vide : aucun"},
	{"personas", numberMap, ofDecision, func(*deliberation) fact { return mapping(personaBag) },
		"How much they are of each type, from 0 to 1: personas[\"p2\"] > 0.5", "À quel point ils sont de chaque type, de 0 à 1 : personas[\"p2\"] > 0.5"},
	{"person.known", cel.BoolType, ofDecision, func(d *deliberation) fact { return truth(d.known()) },
		"Has an account or an e-mail address", "A un compte ou une adresse e-mail"},
	{"person.referred", cel.BoolType, ofDecision, func(d *deliberation) fact { return truth(!d.impersonal && !d.person.ReferredBy().IsZero()) },
		"Came by a link that a friend shared", "Est venue par un lien partagé par une amie"},
	{"person.orders", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.person.Orders.Count)) },
		"How many orders they placed", "Nombre de commandes passées"},
	{"person.revenue", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.person.Orders.Revenue.Amount)) },
		"What they spent in all, in minor units", "Total dépensé, en centimes"},
	{"person.days_since_order", cel.DoubleType, ofDecision, func(d *deliberation) fact { return d.daysSince(d.person.Orders.LastAt) },
		"Days since the last order; infinite if there is none", "Jours depuis la dernière commande ; infini s’il n’y en a pas"},
	{"person.days_since_seen", cel.DoubleType, ofDecision, func(d *deliberation) fact { return d.daysSince(d.person.LastSeen) },
		"Days since they were last seen; infinite for a stranger", "Jours depuis la dernière visite ; infini pour un inconnu"},
	{"person.days_known", cel.DoubleType, ofDecision, func(d *deliberation) fact { return d.daysSince(d.person.FirstSeen) },
		"Days since they were first seen; infinite for a stranger", "Jours depuis la première visite ; infini pour un inconnu"},
	{"person.in_vain", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.inVain())) },
		"Messages that reached out to them since their last order, in the last 90 days", "Messages reçus depuis leur dernière commande, sur 90 jours"},
	{"person.sessions", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.person.Session.Count)) },
		"How many visits there were, this one included", "Nombre de visites, celle-ci comprise"},
	{"person.locale", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.locale()) },
		"Language, such as fr or en-GB", "Langue, par exemple fr ou en-GB"},
	{"person.goodwill", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.goodwill) },
		"1: never bothered; towards 0: solicited too much", "1 : jamais dérangé ; vers 0 : trop sollicité"},
	{"traits", anyMap, ofDecision, func(*deliberation) fact { return mapping(traitBag) },
		"What they declared or showed: traits.country", "Ce qu’ils ont déclaré ou montré : traits.country"},
	{"inferred", anyMap, ofDecision, func(*deliberation) fact { return mapping(inferredBag) },
		"What was computed or bought in: inferred.persona", "Ce qui a été calculé ou acheté : inferred.persona"},
	{"counters", numberMap, ofDecision, func(*deliberation) fact { return mapping(counterBag) },
		"Decayed counts: counters.orders_30d", "Compteurs atténués : counters.orders_30d"},
	{"affinity.category", numberMap, ofDecision, func(*deliberation) fact { return mapping(categoryBag) },
		"What attracts them: affinity.category[\"Lanterns\"]", "Ce qui les attire : affinity.category[\"Lanternes\"]"},
	{"affinity.brand", numberMap, ofDecision, func(*deliberation) fact { return mapping(brandBag) },
		"The same, for brands", "Idem, pour les marques"},
	{"affinity.item", numberMap, ofDecision, func(*deliberation) fact { return mapping(itemBag) },
		"The same, for items", "Idem, pour les articles"},
	{"affinity.price", numberMap, ofDecision, func(*deliberation) fact { return mapping(priceBag) },
		"The same, for prices within their category: low, middle, high", "Idem, pour les prix au sein de leur catégorie : low, middle, high"},
	{"affinity.attribute", numberMap, ofDecision, func(*deliberation) fact { return mapping(attributeBag) },
		"The same, for attributes of items: affinity.attribute[\"colour=red\"]", "Idem, pour les attributs des articles : affinity.attribute[\"colour=red\"]"},
	{"affinity.content", numberMap, ofDecision, func(*deliberation) fact { return mapping(kindBag) },
		"The kinds of contents they follow: affinity.content[\"article\"]", "Les genres de contenus qu’ils suivent : affinity.content[\"article\"]"},
	{"affinity.tone", numberMap, ofDecision, func(*deliberation) fact { return mapping(toneBag) },
		"The tones they follow, as variants have them: affinity.tone[\"warm\"]", "Les tons qu’ils suivent, tels que les variantes les portent : affinity.tone[\"warm\"]"},
	{"affinity.channel", numberMap, ofDecision, func(*deliberation) fact { return mapping(channelBag) },
		"The channels on which they follow: affinity.channel[\"email\"]", "Les canaux sur lesquels ils suivent : affinity.channel[\"email\"]"},
	{"affinity.hour", numberMap, ofDecision, func(*deliberation) fact { return mapping(hourBag) },
		"The hours of their day in which they respond: affinity.hour[\"20\"]", "Les heures chez eux où ils répondent : affinity.hour[\"20\"]"},
	{"due.category", numberMap, ofDecision, func(*deliberation) fact { return mapping(dueBag) },
		"Probability that they buy there within 14 days: due.category[\"Tea\"] > 0.5", "Probabilité d’un achat dans les 14 jours : due.category[\"Thé\"] > 0.5"},
	{"audiences", truthMap, ofDecision, func(*deliberation) fact { return mapping(audienceBag) },
		"The audiences they are in: \"regulars\" in audiences", "Les audiences dont ils font partie : \"regulars\" in audiences"},
	{"score", numberMap, ofDecision, func(*deliberation) fact { return mapping(scoreBag) },
		"How near they are to an objective, from 0 to 1: score[\"order\"] >= 0.6", "Maturité vers un objectif, de 0 à 1 : score[\"order\"] >= 0.6"},
	{"points", numberMap, ofDecision, func(*deliberation) fact { return mapping(pointsBag) },
		"The points they scored toward an objective: points[\"order\"] > 5", "Points acquis vers un objectif : points[\"order\"] > 5"},
	{"alike", numberMap, ofDecision, func(*deliberation) fact { return mapping(alikeBag) },
		"How like a look-alike’s seeds they are, as the share of everybody else who are no more so: alike[\"vip\"] >= 0.95", "Leur ressemblance aux modèles d’un jumelage : la part de tous les autres qui ne leur ressemblent pas plus : alike[\"vip\"] >= 0.95"},
}

var sessionVariables = []variable{
	{"session.active", cel.BoolType, ofDecision, func(d *deliberation) fact { return truth(d.visiting) },
		"A visit is going on", "Une visite est en cours"},
	{"session.pages", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.pages())) },
		"Pages seen in the visit that is going on", "Pages vues dans la visite en cours"},
	{"session.minutes", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.minutes()) },
		"How long the visit has been going on", "Durée de la visite en cours"},
	{"session.intent", numberMap, ofDecision, func(*deliberation) fact { return mapping(intentBag) },
		"What the latest visit is about: session.intent[\"Lanterns\"]", "Objet de la dernière visite : session.intent[\"Lanternes\"]"},
	{"session.search", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.person.Session.Search) },
		"The last thing searched for", "Dernière recherche"},
	{"session.dwell", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(d.dwell()) },
		"For how many seconds pages were in view in the visit that is going on", "Combien de secondes des pages ont été sous leurs yeux dans la visite en cours"},
	{"session.item_dwell", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(d.person.Session.ItemDwell) },
		"For how many seconds the item looked at last was", "Combien de secondes le dernier article regardé l’a été"},
	{"cart.lines", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(len(d.person.Cart.Lines))) },
		"How many different items are in the basket", "Nombre d’articles différents dans le panier"},
	{"cart.value", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.cartValue())) },
		"What the basket is worth, in minor units", "Valeur du panier, en centimes"},
}

var momentVariables = []variable{
	{"moment.channel", cel.StringType, ofDecision, func(d *deliberation) fact { return text(string(d.channel())) },
		"Channel: web, email, sms, …", "Canal : web, email, sms, …"},
	{"moment.slot", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Slot) },
		"The place that can speak, such as hero", "L’emplacement, par exemple hero"},
	{"moment.trigger", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Moment.Trigger) },
		"What made the moment: request, open, scenario:…", "Ce qui a provoqué le moment : request, open, scenario:…"},
	{"moment.device", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.device()) },
		"desktop, mobile, tablet, or empty", "desktop, mobile, tablet, ou vide"},
	{"moment.country", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Moment.Context.Country) },
		"Where they are: FR, or empty", "Pays où ils se trouvent : FR, ou vide"},
	{"moment.page", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Moment.Context.Page) },
		"Path of the page", "Chemin de la page"},
	{"moment.item", cel.StringType, ofDecision, func(d *deliberation) fact { return text(string(d.q.Moment.Context.Item)) },
		"The item the page is about", "L’article de la page"},
	{"moment.category", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Moment.Context.Category) },
		"The category the page is about", "La catégorie de la page"},
	{"moment.hour", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.local.Hour())) },
		"Hour of their day, 0 to 23", "Heure chez eux, de 0 à 23"},
	{"moment.weekday", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(int64(d.weekday())) },
		"Day of their week, 1 for Monday to 7", "Jour chez eux, de 1 pour lundi à 7"},
	{"reply.intent", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.contextText("reply.intent")) },
		"What the reply that is answered wants: delivery, product, price, complaint, thanks, appointment, human or other; empty: none is", "Ce que demande la réponse à laquelle on répond : delivery, product, price, complaint, thanks, appointment, human ou other ; vide : aucune"},
	{"reply.channel", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.contextText("reply.channel")) },
		"The channel by which that reply came, or empty", "Le canal par lequel cette réponse est venue, ou vide"},
	{"context", anyMap, ofDecision, func(*deliberation) fact { return mapping(contextBag) },
		"Whatever else the caller tells: context.weather", "Tout autre contexte transmis : context.weather"},
	{"now", cel.TimestampType, ofDecision, func(*deliberation) fact { return fact{kind: instant} },
		"The instant of the decision", "L’instant de la décision"},
}

var placeVariables = []variable{
	{"place.id", cel.StringType, ofDecision, func(d *deliberation) fact { return text(string(d.q.Moment.Context.Stay.Place)) },
		"The place of the brand where they are, or empty", "Le lieu de la marque où ils se trouvent, ou vide"},
	{"place.kind", cel.StringType, ofDecision, func(d *deliberation) fact { return text(d.q.Moment.Context.Stay.Kind) },
		"Its kind: shop, …", "Son genre : shop, …"},
	{"place.open", cel.BoolType, ofDecision, func(d *deliberation) fact { return truth(d.q.Moment.Context.Stay.Open) },
		"It is open now, by its own clock", "Il est ouvert en ce moment, à son heure"},
	{"place.minutes", cel.DoubleType, ofDecision, func(d *deliberation) fact { return double(d.sojourn()) },
		"How long they have been there", "Depuis combien de temps ils y sont"},
	{"nearest.id", cel.StringType, ofDecision, func(d *deliberation) fact { return text(string(d.q.Moment.Context.Near.Place)) },
		"The shop nearest to them where they are at no place, or empty", "La boutique la plus proche quand ils ne sont dans aucun lieu, ou vide"},
	{"nearest.open", cel.BoolType, ofDecision, func(d *deliberation) fact { return truth(d.q.Moment.Context.Near.Open) },
		"It is open now, by its own clock", "Elle est ouverte en ce moment, à son heure"},
	{"nearest.metres", cel.IntType, ofDecision, func(d *deliberation) fact { return integer(d.q.Moment.Context.Near.Distance) },
		"How far away it is, in metres; 0 where none is near: nearest.id != \"\" && nearest.metres < 2000", "À combien de mètres elle se trouve ; 0 si aucune n’est proche : nearest.id != \"\" && nearest.metres < 2000"},
	{"place.stock", numberMap, ofDecision, func(*deliberation) fact { return mapping(shelfBag) },
		"How many of an item are left there: place.stock[item.id] > 0.0", "Combien il y reste d’un article : place.stock[item.id] > 0.0"},
	{"place.offer", numberMap, ofDecision, func(*deliberation) fact { return mapping(offerBag) },
		"Its price while it is in stock and on offer there, in minor units, or 0: place.offer[item.id] > 0.0", "Son prix s’il y est en stock et en promotion, en centimes, sinon 0 : place.offer[item.id] > 0.0"},
}

var thingVariables = []variable{
	{"content.id", cel.StringType, ofContent, func(d *deliberation) fact { return text(string(d.content.ID)) },
		"The content that is looked at", "Le contenu examiné"},
	{"content.kind", cel.StringType, ofContent, func(d *deliberation) fact { return text(d.content.Kind) },
		"Its kind: product, incentive, article, …", "Son genre : product, incentive, article, …"},
	{"content.purpose", cel.StringType, ofContent, func(d *deliberation) fact { return text(string(d.content.Purpose)) },
		"marketing or service", "marketing ou service"},
	{"content.percent", cel.DoubleType, ofContent, func(d *deliberation) fact { return double(d.content.Incentive.Percent) },
		"What it takes off the price, in per cent", "Réduction accordée, en pour cent"},
	{"content.said", cel.IntType, ofContent, func(d *deliberation) fact { return integer(int64(d.times[d.content.index])) },
		"How many times it was said to them", "Nombre de fois où il leur a été dit"},
	{"item.id", cel.StringType, ofItem, func(d *deliberation) fact { return text(string(d.item.ID)) },
		"The item it would speak of", "L’article dont il parlerait"},
	{"item.category", cel.StringType, ofItem, func(d *deliberation) fact { return text(d.item.Category) },
		"Its category", "Sa catégorie"},
	{"item.brand", cel.StringType, ofItem, func(d *deliberation) fact { return text(d.item.Brand) },
		"Its brand", "Sa marque"},
	{"item.price", cel.IntType, ofItem, func(d *deliberation) fact { return integer(int64(d.item.Price.Amount)) },
		"Its price, in minor units", "Son prix, en centimes"},
	{"item.was_price", cel.IntType, ofItem, func(d *deliberation) fact { return integer(int64(d.item.WasPrice.Amount)) },
		"Its price before a reduction, or 0", "Son prix avant réduction, ou 0"},
	{"item.margin", cel.DoubleType, ofItem, func(d *deliberation) fact { return double(d.item.Margin) },
		"Share of the price that is margin", "Part du prix qui est marge"},
	{"item.stock", cel.IntType, ofItem, func(d *deliberation) fact { return integer(int64(d.item.Stock)) },
		"How many are left", "Combien il en reste"},
}
