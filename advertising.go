package aparte

// AdPlatform is an advertising platform whose formats are known.
type AdPlatform string

// The platforms.
const (
	GoogleAds AdPlatform = "google"
	MetaAds   AdPlatform = "meta"
	TikTokAds AdPlatform = "tiktok"
)

// AdAccount says what an account at an advertising platform is told of people who agreed to it (Person.Advertised): whom lists
// of customers hold, and what followed its advertisements.
type AdAccount struct {
	Platform AdPlatform `json:"platform"`

	// Account is at Google Ads the customer id, in digits; at Meta the dataset's (pixel's) id; at TikTok the pixel's code.
	Account string `json:"account"`
	Login   string `json:"login,omitempty"` // Google Ads: the manager account by which it is reached

	Lists       map[AudienceID]string        `json:"lists,omitempty"`       // an audience to the id of the list there that follows it
	Conversions map[ObjectiveID]AdConversion `json:"conversions,omitempty"` // an objective to what reaching it is called there
}

// AdConversion is what reaching an objective is called at a platform, and what it is said to be worth.
type AdConversion struct {
	Action string  `json:"action"` // Google Ads: the conversion action's id; Meta and TikTok: the event's name, such as Purchase
	Value  AdValue `json:"value,omitzero"`
}

// AdValue is what a conversion is said to be worth.
type AdValue string

// The values.
const (
	EventValue    AdValue = ""         // what the objective counts the event for
	LifetimeValue AdValue = "lifetime" // what the person is still expected to bring (Residual.Value); none where that is not known
)

// ClickTrait begins the names of the traits that hold the click ids of advertising platforms, such as click.gclid. They are observed,
// name somebody at the platform, and go where marketing on Ads is refused.
const ClickTrait = "click."

// ClickIDs are the parameters by which platforms mark the page that an advertisement led to.
var ClickIDs = []string{"fbclid", "gbraid", "gclid", "msclkid", "ttclid", "wbraid"}

// Advertised reports whether platforms may be told of a person: they agreed to marketing on Ads, or on all channels.
func (p *Person) Advertised() bool {
	granted, _ := p.Consented(Marketing, Ads)
	return granted
}
