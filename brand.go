package aparte

import "time"

// Ids of what a marketer brings. They are chosen by the marketer and stay the same across versions.
type (
	ItemID      string
	ContentID   string
	LayoutID    string
	RuleID      string
	ObjectiveID string
	ScenarioID  string
	BudgetID    string
)

// Brand is everything a marketer brings, as one immutable, versioned document: objectives, rules,
// assets, and nothing else. It is data: a new layout, content or kind of content is a new version of
// the brand, never a release.
type Brand struct {
	Name       string      `json:"name"`
	Home       string      `json:"home"`     // address of the brand's site, where links without a host lead
	Currency   string      `json:"currency"` // ISO 4217: the one in which value is counted
	Locale     string      `json:"locale"`   // BCP 47: spoken where the person's is unknown or not translated
	Zone       string      `json:"zone"`     // IANA time zone: assumed where the person's is unknown
	Style      Style       `json:"style"`
	Voice      Voice       `json:"voice,omitzero"`
	Sender     Sender      `json:"sender"`
	Categories []Category  `json:"categories,omitempty"` // names of those of the items; one that is not here is called as the items have it
	Items      []Item      `json:"items"`
	Contents   []Content   `json:"contents"`
	Layouts    []Layout    `json:"layouts"`
	Rules      []Rule      `json:"rules"`
	Audiences  []Audience  `json:"audiences,omitempty"`
	Lookalikes []Lookalike `json:"lookalikes,omitempty"`
	Objectives []Objective `json:"objectives"`
	Scenarios  []Scenario  `json:"scenarios"`
	Scores     []Score     `json:"scores,omitempty"` // how near people are to objectives, as the marketer sees it
	Pressure   Pressure    `json:"pressure"`
	Explore    Exploration `json:"explore,omitzero"`
	Postage    []Postage   `json:"postage,omitempty"`  // what channels cost; one that is not here costs nothing
	Budgets    []Budget    `json:"budgets,omitempty"`  // what may be given away; a content that none pays for is bounded by none
	Personas   []Persona   `json:"personas,omitempty"` // the first that holds comes first
	Policy     Policy      `json:"policy,omitzero"`    // what of what is known may not be used
	Wordings   []Wording   `json:"wordings,omitempty"` // of consents
	Lifetime   Lifetime    `json:"lifetime,omitzero"`  // how what people will still bring is reckoned
	Holdout    float64     `json:"holdout"`            // share of people for whom silence is kept on purpose, in [0, 1)
}

// Style is how the brand looks. Colours are #rrggbb.
type Style struct {
	Ink        string `json:"ink"`
	Paper      string `json:"paper"`
	Accent     string `json:"accent"`
	OnAccent   string `json:"onAccent"`
	Logo       string `json:"logo"`       // an asset
	FontFamily string `json:"fontFamily"` // CSS font-family for HTML
}

// Sender is who e-mails come from.
type Sender struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"replyTo"`
	Postal  string `json:"postal"` // postal address shown at the foot
	Stop    string `json:"stop"`   // the number to which a text with STOP ends texts; empty: the one they come from
	Pace    Pace   `json:"pace,omitzero"`
}

// Category is what a category of items is called.
type Category struct {
	Key  string `json:"key"` // as items and events have it
	Name Words  `json:"name"`
}

// CategoryName is what a category is called in the language of locale: its key where it has no name.
func (b *Brand) CategoryName(key, locale string) string {
	for i := range b.Categories {
		if c := &b.Categories[i]; c.Key == key {
			return c.Name.In(locale, b.Locale)
		}
	}
	return key
}

// Item is a thing in the catalogue.
type Item struct {
	ID         ItemID  `json:"id"`
	Name       Words   `json:"name"`
	Category   string  `json:"category"`
	Brand      string  `json:"brand"`
	Price      Money   `json:"price"`
	WasPrice   Money   `json:"wasPrice"` // the price before a reduction; zero where there is none
	Margin     float64 `json:"margin"`   // share of the price that is margin, in [0, 1]
	Stock      int64   `json:"stock"`
	Image      string  `json:"image"` // an asset
	Link       string  `json:"link"`
	Popularity float64 `json:"popularity"` // sales in the recent past, for a first answer about a stranger

	// Attributes are what else can draw people to it: colour, material, scent.
	Attributes map[string]string `json:"attributes,omitempty"`

	Reviews *Reviews `json:"reviews,omitempty"` // nil: none are known
}

// Words is a text in several languages: BCP 47 language to text.
type Words map[string]string

// In is the text in the language of locale, else in fallback's, else the one whose language sorts
// first; empty where there are no words.
func (w Words) In(locale, fallback string) string {
	for _, l := range []string{locale, base(locale), fallback, base(fallback)} {
		if s, ok := w[l]; ok {
			return s
		}
	}
	first := ""
	for l := range w {
		if first == "" || l < first {
			first = l
		}
	}
	return w[first]
}

func base(locale string) string {
	for i := range len(locale) {
		if locale[i] == '-' || locale[i] == '_' {
			return locale[:i]
		}
	}
	return locale
}

// Content is something that can be said. Its elements' variants, its layouts and the items it may
// speak of multiply into the actions among which a decision chooses.
type Content struct {
	ID       ContentID  `json:"id"`
	Name     Words      `json:"name"` // for the marketer and for "why did I get this?"
	Kind     string     `json:"kind"` // product, incentive, article, video, service, question, ...
	Purpose  Purpose    `json:"purpose"`
	Channels []Channel  `json:"channels"`
	Slots    []string   `json:"slots"`   // empty: any slot of its channels
	Layouts  []LayoutID `json:"layouts"` // those of the slot's channel are considered
	Elements []Element  `json:"elements"`
	Items    ItemSource `json:"items"` // where its item comes from; empty: speaks of none

	// Companion is where a second item comes from, of which it speaks beside the first where there is one: the message is
	// one, its pressure is that of one, and both count as said. It is said without where there is none.
	Companion ItemSource `json:"companion,omitempty"`

	Rules     []RuleID     `json:"rules"` // all must hold
	From      time.Time    `json:"from"`  // valid from; zero: always
	Until     time.Time    `json:"until"` // valid before; zero: for good
	Cost      int64        `json:"cost"`  // of saying it once, in minor units
	Incentive Incentive    `json:"incentive"`
	Link      string       `json:"link"`      // Liquid; empty: the item's link
	Scenarios []ScenarioID `json:"scenarios"` // where it may be said when a scenario speaks; empty: anywhere
	Fallback  Fallback     `json:"fallback"`
	Ask       *Ask         `json:"ask,omitempty"` // what it asks them; nil: nothing

	// Toward are the objectives it is said for: who is held out of one of them is not told. Empty: none in particular, so
	// that only the brand's own holdout keeps it from anybody.
	Toward []ObjectiveID `json:"toward"`

	// State keeps it from being said, whatever its rules, until a marketer has it said.
	State ContentState `json:"state,omitzero"`
}

// ContentState is whether a content may be said. The zero value is: yes.
type ContentState string

// The states.
const (
	Proposed ContentState = "proposed" // not before somebody approves it
	Halted   ContentState = "halted"   // it was said, and somebody stopped it
)

// Element is one part of a content with its variants. Text variants are Liquid templates.
type Element struct {
	Name     string    `json:"name"` // headline, body, visual, cta, subject, preheader, tone, ...
	Variants []Variant `json:"variants"`
}

// Variant is one way to fill an element: words, or an asset, or the item's own image where both are
// empty.
type Variant struct {
	ID    string `json:"id"`
	Words Words  `json:"words"`
	Asset string `json:"asset"`

	// Traits are what the marketer says it has in common with variants of the same element elsewhere, such as
	// "warm" or "question": what one of them teaches, all of them begin with.
	Traits []string `json:"traits,omitempty"`
}

// ItemSource names how the item of a content is found for a person.
type ItemSource string

// The item sources.
const (
	NoItems      ItemSource = ""
	Recommended  ItemSource = "recommended" // affinity and what sells, never bought already
	LastViewed   ItemSource = "last_viewed"
	InCart       ItemSource = "in_cart"
	BoughtBefore ItemSource = "bought_before"
	OnPage       ItemSource = "on_page"  // the item the page is about
	News         ItemSource = "news"     // the item whose price dropped, that is back in stock or that they searched for, where the moment comes after that
	DueItems     ItemSource = "due"      // what they bought and must be running out of (Person.RunsOut)
	AtPlace      ItemSource = "at_place" // in stock at the place where they are, what is on offer there first, then what attracts them most
)

// Incentive is what a content gives away. The zero value gives nothing.
type Incentive struct {
	Percent float64 `json:"percent"` // off the item's price, in [0, 100]
	Code    string  `json:"code"`
}

// Fallback is what a slot answers when its decision fails or is silent where a picture must be: never
// a broken image.
type Fallback struct {
	Asset string `json:"asset"`
	Link  string `json:"link"`
}

// Rule is a marketer's condition, a CEL expression that yields a bool. See decide.Variables for what
// it can speak of.
type Rule struct {
	ID         RuleID `json:"id"`
	Name       Words  `json:"name"`
	When       string `json:"when"`
	Everywhere bool   `json:"everywhere"` // holds for every content, named by it or not
}

// Objective is what counts as value.
type Objective struct {
	ID     ObjectiveID `json:"id"`
	Name   Words       `json:"name"`
	Event  string      `json:"event"`  // name of the track event, such as "Order Completed"
	Value  string      `json:"value"`  // CEL over the event's properties and currency: minor units of the brand's currency; one that reads a discount counts it, and it is charged to no content beforehand
	Window Duration    `json:"window"` // how long after a decision it still counts for it
	Credit Credit      `json:"credit"` // which of the decisions whose windows are open it counts for
	Learn  Lesson      `json:"learn"`  // what is learned of it

	// Memory is how long what followed a decision is learned from: at least so long, and no longer than twice. 0: for good,
	// which tells most in a world that stays as it is.
	Memory Duration `json:"memory,omitzero"`

	// Holdout is the share of people to whom no marketing that is said toward this objective is said, so that what it adds
	// is measured by itself; in [0, 1).
	Holdout float64 `json:"holdout"`
}

// Credit says which decisions an objective's value counts for.
type Credit string

// The credits. What a person does anyway is in every open window alike: credited to all, it is fair to
// silence and noisy; credited to what was clicked, it is quickly learned and flatters what is clicked by
// those who would have bought anyway.
const (
	CreditAll     Credit = ""        // every decision whose window is open, silences included
	CreditClicked Credit = "clicked" // only those whose link was followed
)

// Lesson is what is learned of an objective, to tell actions apart by.
type Lesson string

// The lessons. What follows an action is learned from few decisions, but where the season or a kind of people
// brings much value whatever is said, what was said then and to them may get the credit. What an action adds is
// learned by comparing it with another that might as well have been chosen: seasons and kinds of people cancel,
// and persuading those who would buy anyway is worth nothing. It takes more decisions; until there are enough,
// the first is used. Where value is seldom and of one size, as one for each registration, a hurdle model learns how
// likely it is that there is any, by logistic regression, and how much there is where there is some.
const (
	LearnReward Lesson = "reward" // what follows an action; so is the empty lesson
	LearnEffect Lesson = "effect" // what an action adds to what would have followed anyway
	LearnHurdle Lesson = "hurdle" // the chance that anything follows, times the mean of what does
)

// Exploration is how decisions try what is not known to be best. The zero value is what suits what is learned: where an
// objective learns effects, Thompson's way, elsewhere that of inverse gaps.
type Exploration struct {
	Way      Way      `json:"way,omitzero"`
	Schedule Schedule `json:"schedule,omitzero"` // of squarecb and thompson: how fast γ grows with the n examples learned
	Gamma    float64  `json:"gamma,omitzero"`    // γ's factor; 0: 2.5 (1,000 where it is constant)
	Hope     float64  `json:"hope,omitzero"`     // how many standard deviations of its value count in favour of a candidate; 0: 1, below 0: none
	Epsilon  float64  `json:"epsilon,omitzero"`  // of epsilon-greedy: the chance to choose anything; 0: 0.05
}

// Lifetime is how lifetime value is reckoned: what people are still expected to spend. The zero value foretells a year of
// people who come and go without a word, and discounts nothing.
type Lifetime struct {
	Model    Buying   `json:"model,omitzero"`
	Horizon  Duration `json:"horizon,omitzero"`  // how far ahead; 0: a year
	Discount float64  `json:"discount,omitzero"` // what a year takes off, in [0, 1): 0.1 makes 100 in a year worth 90 today
	Period   Duration `json:"period,omitzero"`   // of a contract: from one payment to the next
}

// Buying is a model of how people buy and leave; package lifetime names their sources.
type Buying string

// The models of buying.
const (
	ParetoNBD Buying = "paretonbd" // people leave at any time, without a word; so does the empty model
	BGNBD     Buying = "bgnbd"     // they leave after a purchase or not at all: quicker, and who bought once counts as a customer for good
	Contract  Buying = "contract"  // they pay once a period until they end it (shifted beta-geometric)
)

// Way is a way to explore. Each gives every candidate a chance, which is logged.
type Way string

// The ways; package decide names their sources.
const (
	SquareCB      Way = "squarecb"       // by inverse gaps: the less worth, the less likely
	EpsilonGreedy Way = "epsilon-greedy" // the best, or with a small chance any, each equally likely
	Thompson      Way = "thompson"       // draws of what each may be worth vote
)

// Schedule is how γ of inverse gap weighting grows while n examples are learned.
type Schedule string

// The schedules. The faster γ grows, the sooner what looks worse is left alone.
const (
	ThreeQuarters Schedule = "three-quarters" // with n^¾; so does the empty schedule
	SquareRoot    Schedule = "square-root"    // with √n, as in the proof of its regret
	Constant      Schedule = "constant"       // not at all: for a world that keeps changing
)

// Pressure bounds how much a person is solicited: hard limits on top of what intrusion costs.
type Pressure struct {
	Caps       []Cap `json:"caps"`
	QuietFrom  int   `json:"quietFrom"`  // hour of the person's day from which outbound channels are quiet
	QuietUntil int   `json:"quietUntil"` // hour until which they are; equal hours: never quiet
	// Apart is the least time between two messages that reach out, on any channel; 0: none.
	Apart Duration `json:"apart"`
	// Intrusion is the price of one irrelevant outbound message to a person at full goodwill, in minor units: what
	// is thought of it before departures have told.
	Intrusion float64 `json:"intrusion"`
}

// Postage is what one message that reaches out on a channel costs, in minor units.
type Postage struct {
	Channel Channel `json:"channel"`
	Cost    int64   `json:"cost"`
}

// Budget is how much may be given away in a period by the contents that it pays for: their own costs, and what their
// incentives take off orders. It is a hard limit, and it is spent where it is worth most.
type Budget struct {
	ID       BudgetID    `json:"id"`
	Name     Words       `json:"name"`
	Kinds    []string    `json:"kinds,omitempty"`    // of content it pays for
	Contents []ContentID `json:"contents,omitempty"` // it pays for, whatever other budget pays for their kind
	Amount   int64       `json:"amount"`             // of a period, in minor units
	Per      Period      `json:"per"`
}

// Period is how long a budget has to last. It begins in the brand's zone, with the hour of UTC that its first moment is in.
type Period string

// The periods.
const (
	PerDay   Period = "day"
	PerWeek  Period = "week" // from Monday
	PerMonth Period = "month"
)

// Fund is a budget as a decision finds it: what is left of it, and its shadow price, by which what is given away
// costs more while the budget would not last.
type Fund struct {
	Budget BudgetID
	Left   int64   // of the period's amount, what was promised but not used yet counted as given; below zero: overdrawn
	Price  float64 // of a minor unit, beyond itself; from 0 up
}

// Cap is at most Most exposures on Channel (empty: all outbound channels) within Within.
type Cap struct {
	Channel Channel  `json:"channel"`
	Most    int      `json:"most"`
	Within  Duration `json:"within"`
}

// Layout is how a content is laid out in one or more formats. HTML is a Liquid template that is given
// the content's elements; Banner draws boxes on a picture.
type Layout struct {
	ID       LayoutID  `json:"id"`
	Name     Words     `json:"name"`
	Channels []Channel `json:"channels"`
	Slots    []string  `json:"slots"` // empty: any
	HTML     string    `json:"html"`
	MJML     string    `json:"mjml,omitempty"` // of a mail: what HTML is made of when the brand is published
	Banner   *Banner   `json:"banner"`
	Video    *Video    `json:"video,omitempty"` // its banner is the poster, shown until it plays and where it cannot
}

// Video is a film of Width × Height pixels, made for whoever looks: of its shots those whose condition holds for them, in order.
type Video struct {
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Shots  []Shot `json:"shots"`
	Sound  string `json:"sound,omitempty"` // an asset
}

// Shot is one part of a film: an asset, a film or a picture, with boxes painted over it.
type Shot struct {
	Asset   string  `json:"asset,omitempty"`   // the same for all; empty: the element's
	Element string  `json:"element,omitempty"` // whose asset it is, where Asset is empty; without any, the item's image
	Seconds float64 `json:"seconds"`
	When    string  `json:"when,omitempty"` // CEL: a condition on people, as an audience's; empty: for everybody
	Boxes   []Box   `json:"boxes,omitempty"`
}

// Banner is a picture of Width × Height CSS pixels, its boxes painted in order.
type Banner struct {
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Background string `json:"background"` // colour, or the name of one in Style: ink, paper, accent, onAccent
	Boxes      []Box  `json:"boxes"`
}

// Box is one thing painted on a banner, at X, Y from the top left, W × H, in CSS pixels. For who reads from the
// right, the whole banner is mirrored.
type Box struct {
	Kind       string  `json:"kind"`    // text, image, fill, button, price, logo, badge, qr, barcode, countdown, map, reviews
	Element    string  `json:"element"` // whose words it shows; image: whose asset, else the item's; badge, qr, countdown: see their kinds
	X          int     `json:"x"`
	Y          int     `json:"y"`
	W          int     `json:"w"`
	H          int     `json:"h"`
	Size       float64 `json:"size"`    // of the type, in pixels: the largest tried
	MinSize    float64 `json:"minSize"` // the smallest to which it is shrunk before the text is cut with an ellipsis
	Bold       bool    `json:"bold"`
	Align      string  `json:"align"`  // left, centre, right
	VAlign     string  `json:"valign"` // top, middle, bottom
	Color      string  `json:"color"`
	Background string  `json:"background"`
	Radius     float64 `json:"radius"`
	Fit        string  `json:"fit"` // image: cover or contain

	// Shadow is how far an image's shadow reaches, which has the shape of what is opaque in it; 0: it casts none.
	Shadow float64 `json:"shadow,omitzero"`
	// Symbology of a barcode: ean13 or code128, which the empty one is.
	Symbology string `json:"symbology,omitzero"`
	// Until is when a countdown ends; zero: when the content does.
	Until time.Time `json:"until,omitzero"`
}
