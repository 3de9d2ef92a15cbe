package aparte

// Ask is what a content asks the person. The question itself is the content's headline, so that its variants are
// tried like any other's words. It is asked only while the answer is not known, one at a time, and never again of who
// would rather not say; what is answered becomes a trait that the person declared.
//
// The trait of a content that speaks of an item is that item's: "alert" of the item 21730 is alert.21730.
type Ask struct {
	Kind    AskKind  `json:"kind"`
	Trait   string   `json:"trait"`             // that an answer fills
	Options []Option `json:"options,omitempty"` // of a choice
	Least   int      `json:"least,omitzero"`    // of a scale: its first number, and its last
	Most    int      `json:"most,omitzero"`
	Ends    [2]Words `json:"ends,omitzero"`    // of a scale: what its first and its last number mean
	Privacy Words    `json:"privacy"`          // what the answer is for, said beside the question
	Again   Duration `json:"again,omitzero"`   // a known answer this old is asked for again; 0: never
	Rest    Duration `json:"rest,omitzero"`    // who would rather not say may be asked again after this long; 0: never
	Worth   int64    `json:"worth,omitzero"`   // of an answer, in minor units: what knowing it may be worth at most
	Restock bool     `json:"restock,omitzero"` // asked of an item only while it is out of stock

	// Of an address: what is consented to, and the version of the text that says so, which is the content's. Consent
	// begins when the address is confirmed by who reads its mail.
	Consent Purpose `json:"consent,omitzero"`
	Wording string  `json:"wording,omitzero"`
}

// AskKind is what sort of answer a question has.
type AskKind string

// The kinds of question.
const (
	AskChoice  AskKind = "choice"  // one of the options: its key
	AskScale   AskKind = "scale"   // a number from Least to Most
	AskYesNo   AskKind = "yes_no"  // true or false
	AskText    AskKind = "text"    // a line of words
	AskDate    AskKind = "date"    // a day, such as a birthday: 2006-01-02
	AskAddress AskKind = "address" // an e-mail address, to write to them for what they consent to
)

// Option is one answer to a choice.
type Option struct {
	Key   string `json:"key"` // the value of the trait
	Words Words  `json:"words"`
}

// AskPending and AskConfirmed are the values of an address's trait: given but not confirmed yet, and confirmed. The
// address itself is an identifier, once it is confirmed.
const (
	AskPending   = "pending"
	AskConfirmed = "confirmed"
)

// TraitOf is the trait that an answer about an item fills; of no item, the trait itself.
func (a *Ask) TraitOf(item ItemID) string {
	if item == "" {
		return a.Trait
	}
	return a.Trait + "." + string(item)
}
