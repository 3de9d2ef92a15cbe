package history

import (
	"hash/fnv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Person is one customer of the slice. What is not in the data set is invented, always the same for the
// same customer, and marked so.
type Person struct {
	UserID    string // the data set's CustomerID
	Country   string // ISO 3166-1 alpha-2, from the data set's Country
	Locale    string // invented from the country
	Zone      string // invented from the country
	FirstName string // invented
	Email     string // invented; its domain leads nowhere

	EmailConsent     Answer // invented
	ProfilingConsent Answer // invented

	Orders int            // how many they placed
	Likes  map[string]int // lines they bought, by category
}

// Answer is what a person said when asked for consent.
type Answer uint8

// The answers.
const (
	Unasked Answer = iota
	Granted
	Refused
)

// invent makes a person of what the data set says of a customer.
func invent(customer, country string) Person {
	c, ok := countries[country]
	if !ok {
		c = countries["United Kingdom"]
	}
	p := Person{
		UserID: customer, Country: c.code, Locale: c.locale, Zone: c.zone,
		Email:            "customer-" + customer + "@shop.example",
		EmailConsent:     Granted,
		ProfilingConsent: Granted,
	}
	p.FirstName = FirstName(c.locale, customer)
	switch n := draw("email", customer) % 100; {
	case n < 8:
		p.EmailConsent = Refused
	case n < 14:
		p.EmailConsent = Unasked
	}
	if draw("profiling", customer)%100 < 3 {
		p.ProfilingConsent = Refused
	}
	return p
}

// FirstName invents a first name for somebody who speaks the language of locale, the same for the same id.
func FirstName(locale, id string) string {
	names := englishNames
	if strings.HasPrefix(locale, "fr") {
		names = frenchNames
	}
	return names[draw("name", id)%uint64(len(names))]
}

// draw is a number that depends on what it is for and on the customer, and on nothing else.
func draw(what, customer string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what + "/" + customer)) // never fails
	x := h.Sum64()
	x ^= x >> 33 // the low bits of FNV follow the last characters too closely
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

type country struct{ code, locale, zone string }

var countries = map[string]country{
	"Australia":       {"AU", "en-AU", "Australia/Sydney"},
	"Austria":         {"AT", "de-AT", "Europe/Vienna"},
	"Belgium":         {"BE", "fr-BE", "Europe/Brussels"},
	"Channel Islands": {"JE", "en-GB", "Europe/Jersey"},
	"Cyprus":          {"CY", "en-GB", "Asia/Nicosia"},
	"Denmark":         {"DK", "da-DK", "Europe/Copenhagen"},
	"EIRE":            {"IE", "en-IE", "Europe/Dublin"},
	"Finland":         {"FI", "fi-FI", "Europe/Helsinki"},
	"France":          {"FR", "fr-FR", "Europe/Paris"},
	"Germany":         {"DE", "de-DE", "Europe/Berlin"},
	"Iceland":         {"IS", "is-IS", "Atlantic/Reykjavik"},
	"Italy":           {"IT", "it-IT", "Europe/Rome"},
	"Malta":           {"MT", "en-GB", "Europe/Malta"},
	"Netherlands":     {"NL", "nl-NL", "Europe/Amsterdam"},
	"Norway":          {"NO", "nb-NO", "Europe/Oslo"},
	"Poland":          {"PL", "pl-PL", "Europe/Warsaw"},
	"Portugal":        {"PT", "pt-PT", "Europe/Lisbon"},
	"Spain":           {"ES", "es-ES", "Europe/Madrid"},
	"Sweden":          {"SE", "sv-SE", "Europe/Stockholm"},
	"Switzerland":     {"CH", "fr-CH", "Europe/Zurich"},
	"USA":             {"US", "en-US", "America/New_York"},
	"United Kingdom":  {"GB", "en-GB", "Europe/London"},
}

var englishNames = []string{
	"Abigail", "Alice", "Amelia", "Anna", "Beatrice", "Benjamin", "Bridget", "Charlotte", "Clara", "Daisy",
	"Daniel", "Edith", "Eleanor", "Eliza", "Emily", "Esther", "Fiona", "Florence", "Frances", "George",
	"Grace", "Hannah", "Harriet", "Helen", "Henry", "Imogen", "Isla", "Ivy", "Jack", "James",
	"Jane", "Jemima", "Josephine", "Julia", "Kate", "Laura", "Leo", "Lily", "Lucy", "Mabel",
	"Margaret", "Martha", "Matilda", "Maud", "Megan", "Molly", "Nancy", "Nora", "Oliver", "Olivia",
	"Oscar", "Penelope", "Phoebe", "Poppy", "Rosalind", "Rose", "Ruth", "Samuel", "Sophie", "Stella",
	"Susan", "Tessa", "Thomas", "Ursula", "Victoria", "Violet", "William", "Winifred",
}

var frenchNames = []string{
	"Adèle", "Agathe", "Aliénor", "Aurélie", "Benoît", "Camille", "Cécile", "Chloé", "Clémence", "Colette",
	"Diane", "Éléonore", "Élise", "Emma", "Étienne", "Françoise", "Gaëlle", "Hélène", "Inès", "Jeanne",
	"Joséphine", "Juliette", "Léa", "Léonie", "Loïc", "Louise", "Lucie", "Madeleine", "Maëlle", "Marguerite",
	"Marion", "Mathilde", "Noémie", "Océane", "Pauline", "Raphaël", "Sabine", "Sylvie", "Valérie", "Zoé",
}

// asEvent is the answer as an event tells it: a consent for a purpose, on a channel or on all.
func (a Answer) asEvent(purpose aparte.Purpose, channel aparte.Channel) (consent, bool) {
	return consent{Purpose: purpose, Channel: channel, Granted: a == Granted, Source: "first order", Wording: "2026-01"}, a != Unasked
}

type consent struct {
	Purpose aparte.Purpose `json:"purpose"`
	Channel aparte.Channel `json:"channel,omitempty"`
	Granted bool           `json:"granted"`
	Source  string         `json:"source"`
	Wording string         `json:"wording"`
}
