package intent

// Intent is what somebody wants.
type Intent string

// The intents.
const (
	Stop        Intent = "stop"        // not to be written to any more
	Delivery    Intent = "delivery"    // where something is, and how it comes
	Product     Intent = "product"     // what something is like
	Price       Intent = "price"       // what it costs, and discounts
	Complaint   Intent = "complaint"   // something is wrong, or they are angry
	Thanks      Intent = "thanks"      //
	Appointment Intent = "appointment" // to come by, and opening hours
	Human       Intent = "human"       // to speak to somebody
	Other       Intent = "other"       // none of these
)

// Intents are all of them.
var Intents = []Intent{Stop, Delivery, Product, Price, Complaint, Thanks, Appointment, Human, Other}

// Guess is what a text is taken for.
type Guess struct {
	Intent Intent
	Sure   float64 // the probability that it is right, in [0, 1]; of a rule, 1
	Rule   bool    // a rule said so, not the classifier
}

// SureEnough is how sure a guess must be to be acted upon, and stopSure how sure one must be that closes a channel, where no
// rule says so. In doubt, somebody reads.
const (
	SureEnough = 0.6
	stopSure   = 0.85
)

// ForHuman reports whether somebody had better read what was written: it is not understood, or the person is angry or asks
// for somebody.
func (g Guess) ForHuman() bool {
	return g.Sure < SureEnough || g.Intent == Complaint || g.Intent == Human || g.Intent == Stop && g.Sure < stopSure
}

// mostText is how much of a text is read, in bytes: what somebody wants stands at the beginning.
const mostText = 2000

// Read says what a text is taken for. One without a letter is Other, and nothing is sure of it.
func (m *Model) Read(text string) Guess {
	if len(text) > mostText {
		text = text[:mostText]
	}
	words := wordsOf(text)
	if len(words) == 0 {
		return Guess{Intent: Other}
	}
	if wantsOut(words) {
		return Guess{Stop, 1, true}
	}
	return m.guess(featuresOf(words))
}
