package engine

import (
	"github.com/aparte-dev/aparte/place"
	"time"

	"github.com/aparte-dev/aparte"
)

// Request asks what to say to one person, now, in some slots of a channel.
type Request struct {
	Identifiers []aparte.Identifier // who, strongest first; at least one
	Channel     aparte.Channel      // empty: web
	Slots       []string            // 1 to 16
	Context     aparte.Context
	At          *place.Fix    // where the device is, of who agreed to be met where they are; nil: not told; a zero At: now. It is not kept
	Formats     Formats       // what the answers carry besides elements
	Explain     bool          // answers carry Why
	Within      time.Duration // how long to wait at most; 0: as long as the context lasts
}

// Formats says which forms of an answer are wanted.
type Formats struct {
	HTML    bool
	Members bool // where HTML is: Answer.Members instead of Elements and HTML
}

// Answer is what is said in one slot.
type Answer struct {
	Decision aparte.Decision   // without its candidates, which are in the log
	Elements map[string]string // element to text or asset, ready to show; nil where silent
	HTML     string            // nil format or silence: empty
	Members  []byte            // both as members of a JSON object (compose.Composer.AppendMembers), where asked for
	Image    string            // address of the picture, decided again when it is fetched
	Link     string            // where a click on it goes, through Aparté
	Why      []string          // in the person's language, where asked for

	// What saying it is expected to add to what the person brings, over saying nothing, and what it costs: the channel, the
	// incentive, intrusion. In minor units of the brand's currency; 0 of silence.
	Value, Cost float64
}

// Picture is what a slot's address answers: always something, never an error a mail client would show
// as a broken image.
type Picture struct {
	ContentType string
	Body        []byte
	Decision    aparte.Decision // zero where the slot fell back
	Film        string          // of MP4: its address; empty: there is none, or not yet
	Making      bool            // it is being made
	Made        float64         // and how much of it is, in [0, 1]
	Spared      string          // what was left out of it because many are asked for at once (compose.Spared, or "all"); empty: nothing
}

// Format is a form in which a slot can be fetched.
type Format string

// The formats of a fetched slot.
const (
	PNG  Format = "png" // one that counts down moves: it is answered as a GIF
	JPEG Format = "jpg"
	GIF  Format = "gif"
	WebP Format = "webp"
	HTML Format = "html"
	JSON Format = "json"
	MP4  Format = "mp4"
)

// Fetch is what is known of a request for a slot.
type Fetch struct {
	Format    Format
	UserAgent string
	Head      bool
	Prefetch  bool // the request says that nobody looks at it yet
	Scale     int  // pixels per CSS pixel, 1 or 2; 0 is 1

	Look
}

// Look is how something is looked at before it is said.
type Look struct {
	Locale string  // the language in which it is composed; empty: the person's
	Draft  DraftID // as this draft has it; empty: as it is in force
}

// StoryEntry is one entry of a person's history, put so that a reader need not know how it is kept.
// Exactly one of Event, Decision, Merged and Split is set.
type StoryEntry struct {
	Seq      uint64
	At       time.Time
	Event    *aparte.Event
	Decision *aparte.Decision
	Merged   aparte.PersonID // another record of the same person was absorbed
	Split    aparte.PersonID // it was taken out again: somebody else after all
}

// Told is a decision as it happened, for those who watch.
type Told struct {
	Decision aparte.Decision
	Name     string // how the console calls the person: never an e-mail address or a phone number
}

// Pulse is what happened lately, in equal steps of time, oldest first.
type Pulse struct {
	Step     time.Duration
	Contents []ContentPulse // those that were considered lately, by id
	Silences []int64        // per step
	Steps    []time.Time    // start of each step
}

// ContentPulse is what one content did, per step of a Pulse.
type ContentPulse struct {
	Content aparte.ContentID
	Chosen  []int64
	Exposed []int64
	Clicked []int64
	Earned  []int64 // minor units, counted when the windows close in which they came
}

// Status is the engine at a glance.
type Status struct {
	Brand      uint64 // version
	Model      uint64 // examples learned
	Parts      int
	Delivering int // messages on their way to channels
}
