package aparte

// Channel is a way to reach a person.
type Channel string

// The channels. Outbound channels interrupt; web and in-app answer somebody who is already there.
const (
	Web        Channel = "web"
	Email      Channel = "email"
	MobilePush Channel = "mobile_push"
	WebPush    Channel = "web_push"
	SMS        Channel = "sms"
	InApp      Channel = "in_app"
	Ads        Channel = "ads"
	Human      Channel = "human"
	Webhook    Channel = "webhook"
)

// Outbound reports whether a message on the channel reaches out to someone who did not just ask for a
// page. Outbound channels need consent, keep quiet hours and are capped.
func (c Channel) Outbound() bool { return c != Web && c != InApp }

// Purpose is what a person consents to being spoken to for.
type Purpose string

// The purposes.
const (
	Marketing Purpose = "marketing"
	Service   Purpose = "service" // about something the person asked for: needs no marketing consent
	Profiling Purpose = "profiling"
	Location  Purpose = "location" // to be met where they are: nothing is looked up or kept without it
)
