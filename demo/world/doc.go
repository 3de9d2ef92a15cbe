// Package world is a crowd of simulated visitors who walk through the demo's shop by the doors any site
// would use: they open pages and ask what to be shown, see it, click or not, fill baskets, order, leave,
// come back, open their mails. Some are people of the history, others are new and anonymous until they
// leave an address.
//
// What they like is hidden from the engine and follows from who they are: the truth in taste.go. So the
// engine can be watched learning it, and Stats shows the rate of clicks rising.
//
// Nothing they do can be taken for real: every event says aparte-demo-world in context.library and
// simulated in its properties, and those without an account have anonymousIds that begin with
// "simulated-".
//
// It knows the wire format of the doors. It never knows the engine, and follows no address outside of
// the one it was given.
//
// Start reading at world.go; visit.go is one visit, taste.go the truth.
package world
