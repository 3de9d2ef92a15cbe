package aparte

import "time"

// NoticeKind is a kind of thing that others may want to be told of, as it is called where they are told.
type NoticeKind string

// The kinds of notice.
const (
	PersonChanged  NoticeKind = "person.changed"  // a trait or an identifier, or two records became one person
	ConsentChanged NoticeKind = "consent.changed" // given, refused or withdrawn

	AdvertisingAllowed NoticeKind = "advertising.allowed" // platforms may be told of them (Person.Advertised)
	AdvertisingEnded   NoticeKind = "advertising.ended"   // no longer

	StageChanged     NoticeKind = "stage.changed"     // by what the person did; what silence alone changes is an audience's to tell
	AudienceEntered  NoticeKind = "audience.entered"  //
	AudienceExited   NoticeKind = "audience.exited"   //
	EntitlementBegan NoticeKind = "entitlement.began" // an audience with entitlements was entered: do what was promised
	EntitlementEnded NoticeKind = "entitlement.ended" // it was left
	OrderCompleted   NoticeKind = "order.completed"   //
	OrderRefunded    NoticeKind = "order.refunded"    //
	OrderCancelled   NoticeKind = "order.cancelled"   //
	ObjectiveReached NoticeKind = "objective.reached" // an event that one of the brand's objectives counts
	DecisionTaken    NoticeKind = "decision.taken"    // something is said
	DecisionSilent   NoticeKind = "decision.silent"   // nothing is, on purpose
	DecisionSeen     NoticeKind = "decision.seen"     //
	DecisionClicked  NoticeKind = "decision.clicked"  //
	MessageSent      NoticeKind = "message.sent"      //
	MessageFailed    NoticeKind = "message.failed"    //
	TaskOpened       NoticeKind = "task.opened"       // somebody of the brand is asked to speak to a person
)

// NoticeKinds are all kinds of notice.
var NoticeKinds = []NoticeKind{
	PersonChanged, ConsentChanged, AdvertisingAllowed, AdvertisingEnded, StageChanged, AudienceEntered, AudienceExited, EntitlementBegan, EntitlementEnded, OrderCompleted, OrderRefunded, OrderCancelled,
	ObjectiveReached, DecisionTaken, DecisionSilent, DecisionSeen, DecisionClicked, MessageSent, MessageFailed, TaskOpened,
}

// Notice says that somebody is still to be told of an entry of a person's history. It holds nothing of the entry.
type Notice struct {
	Number uint64 // its place among what waits in its part; 0 where it does not wait
	To     string // who: the id of an endpoint
	Kind   NoticeKind
	Person PersonID  // in whose history the entry stands
	Seq    uint64    // its number there
	At     time.Time // when it was noted; of one that was given up, the hour in which it was

	// Erased is how advertising platforms know somebody who was erased (adplatform.Remember): there is no entry any more to tell of. It goes with
	// the notice. Empty: nobody was.
	Erased string

	Trace string // W3C traceparent of what it is part of, where that is traced; empty: it is not
}
