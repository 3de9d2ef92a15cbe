package decide

import (
	"math"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// featureWords is what each kind of feature is to a marketer. {} is its value. A name that is not here is that
// of an element, which the brand gave.
var featureWords = map[string]sentence{
	"situation":     {"whatever the situation", "quelle que soit la situation"},
	"device":        {"on {}", "sur {}"},
	"hour":          {"between {} o’clock", "entre {} heures"},
	"day":           {"{}", "{}"},
	"channel":       {"on the channel {}", "sur le canal {}"},
	"slot":          {"in the slot {}", "dans l’emplacement {}"},
	"language":      {"language: {}", "langue : {}"},
	"lifecycle":     {"stage: {}", "étape : {}"},
	"last_seen":     {"last seen: {}", "vue pour la dernière fois : {}"},
	"orders":        {"orders so far: {}", "commandes jusqu’ici : {}"},
	"last_order":    {"last order: {}", "dernière commande : {}"},
	"first_order":   {"first order: {}", "première commande : {}"},
	"orders_a_year": {"orders a year: {}", "commandes par an : {}"},
	"known":         {"known by an account or an address: {}", "connue par un compte ou une adresse : {}"},
	"in_vain":       {"messages since the last order: {}", "messages depuis la dernière commande : {}"},
	"dwell":         {"for how long they have been looking", "la durée de leur attention"},
	"basket":        {"basket: {}", "panier : {}"},
	"answer":        {"they answered {}", "la personne a répondu {}"},

	"page_category":  {"on a page about {}", "sur une page qui parle de {}"},
	"likes_category": {"drawn to {}", "attirée par {}"},
	"wants_category": {"looking for {}", "cherche {}"},
	"place":          {"at a place of the kind {}", "dans un lieu du genre {}"},
	"persona":        {"type: {}", "type : {}"},

	"said_on":          {"said by {}", "dit par {}"},
	"channel_answered": {"they answered what came that way", "la personne a répondu à ce qui est venu par là"},
	"channel_ignored":  {"they left what came that way", "la personne a laissé ce qui est venu par là"},

	"silence":  {"saying nothing", "ne rien dire"},
	"content":  {"the content {}", "le contenu {}"},
	"kind":     {"contents of the kind {}", "les contenus du genre {}"},
	"layout":   {"the layout {}", "la mise en page {}"},
	"item":     {"the item {}", "l’article {}"},
	"category": {"items of {}", "les articles de {}"},
	"beside":   {"beside it, something of {}", "à côté, quelque chose de {}"},
	"price":    {"a price {}", "un prix {}"},

	"content_said":       {"said to them before", "déjà dit à la personne"},
	"favourite_category": {"the category they come back to most", "la catégorie à laquelle la personne revient le plus"},
	"item_said":          {"spoken of to them before", "article déjà évoqué"},
	"discount":           {"the discount", "la remise"},

	featureInIntent:    {"what their latest visit was about", "l’objet de leur dernière visite"},
	featureCategoryFit: {"how much of their interest goes to this category", "la part de cette catégorie dans ce qui l’intéresse"},
	featureItemFit:     {"they took an interest in this item", "la personne s’est intéressée à cet article"},
	featureViewed:      {"they looked at it last", "dernier article regardé"},
	featureDwelt:       {"they looked at it for long", "la personne l’a regardé longtemps"},
	featureInCart:      {"it is in their basket", "il est dans le panier"},
}

// valueWords is what the steps of the scales are to a marketer, by feature. A value that is not here is the
// brand's, or says itself.
var valueWords = map[string]sentence{
	"lifecycle=prospect": {"prospect", "prospect"},
	"lifecycle=new":      {"new customer", "nouvelle cliente"},
	"lifecycle=active":   {"active customer", "cliente active"},
	"lifecycle=at_risk":  {"at risk of leaving", "à risque de départ"},
	"lifecycle=dormant":  {"dormant", "dormante"},
	"lifecycle=lost":     {"lost", "perdue"},
	"lifecycle=won_back": {"won back", "reconquise"},

	"last_seen=never":        {"never", "jamais"},
	"last_seen=now":          {"within the hour", "il y a moins d’une heure"},
	"last_seen=today":        {"within a day", "il y a moins d’un jour"},
	"last_seen=this_week":    {"within a week", "il y a moins d’une semaine"},
	"last_seen=this_month":   {"within a month", "il y a moins d’un mois"},
	"last_seen=this_quarter": {"within three months", "il y a moins de trois mois"},
	"last_seen=this_year":    {"within a year", "il y a moins d’un an"},
	"last_seen=long_ago":     {"more than a year ago", "il y a plus d’un an"},

	"orders=many": {"more than 20", "plus de 20"},

	"last_order=never":     {"never", "jamais"},
	"last_order=this_week": {"within a week", "il y a moins d’une semaine"},
	"last_order=3_weeks":   {"within three weeks", "il y a moins de trois semaines"},
	"last_order=7_weeks":   {"within seven weeks", "il y a moins de sept semaines"},
	"last_order=15_weeks":  {"within 15 weeks", "il y a moins de 15 semaines"},
	"last_order=31_weeks":  {"within 31 weeks", "il y a moins de 31 semaines"},
	"last_order=longer":    {"longer ago", "il y a plus longtemps"},

	"first_order=never":     {"never", "jamais"},
	"first_order=this_week": {"within a week", "il y a moins d’une semaine"},
	"first_order=3_weeks":   {"within three weeks", "il y a moins de trois semaines"},
	"first_order=7_weeks":   {"within seven weeks", "il y a moins de sept semaines"},
	"first_order=15_weeks":  {"within 15 weeks", "il y a moins de 15 semaines"},
	"first_order=31_weeks":  {"within 31 weeks", "il y a moins de 31 semaines"},
	"first_order=63_weeks":  {"within 63 weeks", "il y a moins de 63 semaines"},
	"first_order=longer":    {"longer ago", "il y a plus longtemps"},

	"orders_a_year=under_1": {"less than one", "moins d’une"},
	"orders_a_year=more":    {"32 or more", "32 ou plus"},

	"device=unknown": {"an unknown device", "un appareil inconnu"},
	"device=desktop": {"a computer", "un ordinateur"},
	"device=mobile":  {"a phone", "un téléphone"},
	"device=tablet":  {"a tablet", "une tablette"},

	"day=weekday": {"on a weekday", "en semaine"},
	"day=weekend": {"at the weekend", "le week-end"},

	"channel=several":     {"several", "plusieurs"},
	"channel=web":         {"web", "web"},
	"channel=email":       {"e-mail", "e-mail"},
	"channel=mobile_push": {"mobile push", "push mobile"},
	"channel=web_push":    {"web push", "push web"},
	"channel=sms":         {"SMS", "SMS"},
	"channel=in_app":      {"app", "application"},
	"channel=ads":         {"ads", "publicité"},
	"channel=human":       {"a person", "une personne"},
	"channel=webhook":     {"webhook", "webhook"},

	"known=no":  {"no", "non"},
	"known=yes": {"yes", "oui"},

	"basket=empty":  {"empty", "vide"},
	"basket=filled": {"filled", "rempli"},
}

// featureIn puts a feature's detail, "name=value" or a name alone, in words.
func featureIn(detail string, b *aparte.Brand, lang string) string {
	name, value, _ := strings.Cut(detail, "=")
	words, known := featureWords[name]
	if !known {
		return elementIn(name, value, lang)
	}
	return strings.ReplaceAll(words.in(lang), "{}", valueIn(name, value, b, lang))
}

// elementIn is an element of a content and its variant, or the trait or the asset that it shares with others.
func elementIn(name, variant, lang string) string {
	if element, trait, shared := strings.Cut(name, ":"); shared {
		if variant == "" {
			variant = trait
		}
		name = element
	}
	return name + colon.in(lang) + variant
}

func valueIn(name, value string, b *aparte.Brand, lang string) string {
	if name == "said_on" {
		name = "channel"
	}
	if words, known := valueWords[name+"="+value]; known {
		return words.in(lang)
	}
	switch name {
	case "content":
		for i := range b.Contents {
			if string(b.Contents[i].ID) == value && len(b.Contents[i].Name) > 0 {
				return b.Contents[i].Name.In(lang, b.Locale)
			}
		}
	case "layout":
		for i := range b.Layouts {
			if string(b.Layouts[i].ID) == value && len(b.Layouts[i].Name) > 0 {
				return b.Layouts[i].Name.In(lang, b.Locale)
			}
		}
	case "persona":
		if p, known := b.Persona(aparte.PersonaID(value)); known {
			return p.Name.In(lang, b.Locale)
		}
	case "item":
		for i := range b.Items {
			if string(b.Items[i].ID) == value {
				return b.Items[i].Name.In(lang, b.Locale)
			}
		}
	case "price":
		if band, err := strconv.Atoi(value); err == nil { // of one to two times a power of two
			return strings.NewReplacer(
				"{from}", moneyIn(math.Ldexp(0.5, band), b.Currency, lang), "{to}", moneyIn(math.Ldexp(1, band), b.Currency, lang),
			).Replace(priceRange.in(lang))
		}
	}
	return value
}

var priceRange = sentence{"from {from} to {to}", "de {from} à {to}"}

// signs are those of the currencies that have one everybody knows.
var signs = map[string]string{"GBP": "£", "EUR": "€", "USD": "$"}

// worthIn is moneyIn for what was gained or lost, with its sign in front.
func worthIn(minor float64, currency, lang string) string {
	if minor < 0 {
		return "−" + moneyIn(minor, currency, lang)
	}
	return "+" + moneyIn(minor, currency, lang)
}

// moneyIn is the size of an amount in minor units as it is written in a language: "£1,234.50",
// "1 234,50 €".
func moneyIn(minor float64, currency, lang string) string {
	digits := aparte.MinorDigits(currency)
	text := strconv.FormatFloat(math.Abs(minor)/math.Pow10(digits), 'f', digits, 64)
	whole, part, _ := strings.Cut(text, ".")
	unit, known := signs[currency]
	if !known {
		unit = currency
	}
	if (sentence{"en", "fr"}).in(lang) == "fr" {
		return amount(whole, part, "\u202f", ",") + "\u00a0" + unit
	}
	if !known {
		return amount(whole, part, ",", ".") + "\u00a0" + unit
	}
	return unit + amount(whole, part, ",", ".")
}

// amount puts separators between each three digits and before the part.
func amount(whole, part, group, point string) string {
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if part == "" {
		return whole
	}
	return whole + point + part
}
