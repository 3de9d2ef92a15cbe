// Package quality knows how good what comes in is: which events and properties are seen and of which types
// (the tracking plan), which of them break the schemas that were declared, how much of each source comes
// late, dated wrongly or not at all, and what could not be taken, which is kept aside and can be sent again.
//
// It knows events and bytes, never people: nothing of it shows a value that came in but what is kept aside,
// to those who may read that. Examples in the tracking plan are shapes ("Aa a@a.a 9999-99-99").
//
// What is kept aside is durable when [Keeper.Aside] returns. The tracking plan and the counts are written down
// every minute and at [Keeper.Close]: a crash loses a minute of them.
//
// Of several processes over the same documents one writes them. The others follow ([Follow]): they take schemas from it, and hand it what they
// observe ([Keeper.Seen], [Keeper.Join]).
//
// Start reading at [Keeper].
package quality
