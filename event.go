package aparte

import (
	"encoding/json"
	"time"
)

// EventType is one of the six calls of the Segment specification
// (https://segment.com/docs/connections/spec/).
type EventType string

// The calls of the Segment specification.
const (
	Track    EventType = "track"
	Identify EventType = "identify"
	Page     EventType = "page"
	Screen   EventType = "screen"
	Group    EventType = "group"
	Alias    EventType = "alias"
)

// MessageID makes an event idempotent: two events with the same MessageID are the same fact.
type MessageID string

// Event is a fact about one person, as the Segment specification words it.
//
// Properties, Traits and Context are JSON objects kept as they came, or nil; whoever needs a field
// reads it there. An Event is immutable once it has been accepted.
type Event struct {
	Type      EventType
	MessageID MessageID

	UserID      string // who, by the brand's own id; empty while unknown
	AnonymousID string // who, by device; empty where the source has none
	PreviousID  string // alias only: the id that UserID replaces
	GroupID     string // group only

	Name       string          // track: the event's name; page and screen: the page's name
	Properties json.RawMessage // track, page, screen
	Traits     json.RawMessage // identify, group
	Context    json.RawMessage

	// Timestamp is when it happened, by the server's clock: originalTimestamp corrected by the skew
	// between SentAt and ReceivedAt. All times are UTC.
	Timestamp         time.Time
	OriginalTimestamp time.Time // as the sender's clock told it
	SentAt            time.Time // when the sender's clock said it left; zero where it did not say
	ReceivedAt        time.Time

	Source string // the name of the write key it came by, or of the part of Aparté that made it
}

// Names of the track events by which Aparté records its own part in a person's story. They are
// events like any other: a door may send them, with properties.decision naming the decision.
const (
	EventExposed      = "Aparte Exposed"      // a decision was seen
	EventClicked      = "Aparte Clicked"      // its link was followed
	EventDismissed    = "Aparte Dismissed"    // the person closed it
	EventSent         = "Aparte Sent"         // a channel took the message
	EventFailed       = "Aparte Failed"       // a channel refused the message for good
	EventUnsubscribed = "Aparte Unsubscribed" // the person asked for silence on a channel
	EventComplained   = "Aparte Complained"   // the person called it spam
	EventResubscribed = "Aparte Resubscribed" // the person opened a channel again
	EventDeferred     = "Aparte Deferred"     // a scenario's moment waits for a better hour
	EventAnswered     = "Aparte Answered"     // the person answered a question, or would rather not: properties.trait and .answer, or .refused
)

// Names of the track events by which Aparté records that a person came into an audience of the brand or is in it no more,
// spelled as Segment Engage does. properties.audience is its id. Only those of OwnSource are: somebody else's audiences may be
// told of by the same names.
const (
	EventEntered = "Audience Entered"
	EventExited  = "Audience Exited"
)

// Names of the track events by which Aparté records what channels heard, people of the brand included. They are made here, or by whoever has a secret key.
const (
	EventDelivered    = "Message Delivered" // it is with the person: properties.channel, .decision
	EventReplied      = "Message Replied"   // the person wrote back: properties.channel, .decision where it is known which message they answer, .keyword, or .intent, .sure and .text
	EventHumanWanted  = "Human Wanted"      // somebody should read what they wrote: properties.channel, .intent, .sure, .decision as above
	EventTaskDone     = "Task Done"         // somebody of the brand did what a decision on the channel human asked for: properties.decision
	EventTaskDeclined = "Task Declined"     // or would not
	EventTaskTaken    = "Task Taken"        // somebody of the brand is about to do it: properties.decision, .by
	EventTaskTried    = "Task Not Reached"  // or tried to, and the person was not reached: properties.decision, .by where that is known
)

// Names of the track events of sharing. That something was shared is told by a site or an app, with properties.item; the others
// Aparté records where a share link was followed (docs/sharing.md), and only those of OwnSource count.
const (
	EventShared        = "Share Completed" // the person shared something
	EventReferred      = "Referred"        // the person, new here, came by a link that somebody shared: properties.by is the decision that offered to share
	EventFriendArrived = "Friend Arrived"  // somebody new came by the person's link
	EventFriendOrdered = "Friend Ordered"  // who came by it ordered for the first time
)

// EventTriedOn is the track event of a virtual try-on, which says more than a look: properties.product_id is what was tried.
const EventTriedOn = "Product Tried On"

// EventDwelled is the track event of how long something was in view of somebody who was there: properties.seconds, of a page, and
// of the item properties.product_id where the page is about one. It is told in parts, which add up.
const EventDwelled = "Page Dwelled"

// EventLocated is the track event by which a device tells where it is: properties.lat and .lon in degrees, .accuracy in metres, .at
// where it is not the event's own time. Any event's context.location may tell the same. What is kept of either does not say where.
const EventLocated = "Location Updated"

// Names of the track events by which Aparté records that a person came to a place of the brand, has stayed there, and left.
// properties.place is its id and properties.kind its kind; of leaving, properties.unheard is true where nothing was heard of them
// for so long that they are taken to have left. Only those of OwnSource are.
const (
	EventFenceEntered = "Fence Entered"
	EventFenceDwelled = "Fence Dwelled"
	EventFenceExited  = "Fence Exited"
)

// Names of the track events by which Aparté records that something about an item matters to a person: it costs less than when they
// took an interest in it, it is in stock again, or it is what they declared a search for. properties.product_id is the item,
// properties.price what it costs and properties.was what it cost, in major units.
const (
	EventPriceDropped  = "Price Dropped"
	EventBackInStock   = "Back In Stock"
	EventSearchMatched = "Search Matched"
)

// OwnSource is the Source of events that Aparté makes itself.
const OwnSource = "aparte"
