package aparte

import "time"

// Moment is an occasion to speak to one person.
type Moment struct {
	Person  PersonID
	Trigger string // what made it: "request", "open", "scenario:basket"
	Channel Channel
	Slots   []string // the places that can speak, such as "hero"; on outbound channels one, the channel's name
	Context Context
	At      time.Time
}

// Context is the situation of a moment: what is true now and may not be true in an hour. Every field
// may be empty.
type Context struct {
	Device    string // "desktop", "mobile", "tablet"
	Locale    string // BCP 47
	Zone      string // IANA time zone
	Country   string // ISO 3166-1 alpha-2
	Page      string // path of the page
	Item      ItemID // the item the page is about
	Category  string // the category the page is about
	Search    string
	UserAgent string
	Stay      Stay           // the place of the brand where they are; zero: none, or none is known
	Near      Near           // the nearest shop where they are at no place; zero: none, or none is known
	Values    []ContextValue // whatever else the caller tells, by name
}

// ContextValue is one named piece of context that Aparté has no field for.
type ContextValue struct {
	Name  string
	Value Value
}
