package api

import "time"

// Limits on what comes in. Those of the intake are Segment's own
// (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/).
const (
	maxBody       = 500 << 10 // bytes of a request, after inflating
	maxEvent      = 32 << 10  // bytes of one event
	maxBatch      = 1000      // events in a batch
	maxDefaults   = 8 << 10   // bytes of a batch's own context, which each of its events gets
	maxDepth      = 32        // levels of objects and arrays in properties, traits or context
	maxText       = 256       // bytes of an id or a name
	maxBrand      = 32 << 20  // bytes of a brand that is published
	maxPlaces     = 16 << 20  // bytes of places that are put at once
	maxForm       = 4 << 10   // bytes of an unsubscribe request
	maxSlots      = 16        // slots in one question
	maxSlotName   = 64        // bytes of a slot's name
	maxValues     = 32        // further values in a question's context
	maxValue      = 256       // bytes of one of them
	maxEarlier    = 100       // events that come along with a moment
	maxInProgress = 256 << 20 // bytes of all bodies being worked on at once, where Config says nothing
)

// Limits on time.
const (
	intakeTimeout = 15 * time.Second
	decideTimeout = 5 * time.Second
	showTimeout   = 10 * time.Second
	adminTimeout  = 30 * time.Second

	maxAhead    = 24 * time.Hour // how far after its arrival an event may claim to have happened
	sameInstant = time.Minute    // by how much clocks that are right may differ
)
