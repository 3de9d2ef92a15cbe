// Package grant knows where personal data may go: each destination, what for, which fields, by whom it was granted, since and until when, and how
// often it was used. What is not granted does not leave: who is about to send asks first, each time, so that a grant that is taken back stops
// the very next thing.
//
// Of several processes over the same documents one writes them. The others follow (Config.Follows): they take grants from it, and hand it how
// often they used them ([Ledger.Uses], [Ledger.Used]).
//
// It never knows people, messages or protocols. Start reading at [Grant] and [Ledger.Use].
package grant
