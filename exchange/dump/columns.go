package dump

import "github.com/aparte-dev/aparte/exchange/record"

// columns are what files of a kind hold, by the names of the lines' members.
var columns = map[string][]record.Column{
	"people": {
		{Name: "id"}, {Name: "userId"}, {Name: "email"}, {Name: "phone"}, {Name: "anonymousId"},
		{Name: "identifiers", Kind: record.JSON}, {Name: "firstSeen", Kind: record.Time}, {Name: "lastSeen", Kind: record.Time},
		{Name: "lifecycle"}, {Name: "locale"}, {Name: "timezone"}, {Name: "device"}, {Name: "goodwill", Kind: record.Number},
		{Name: "orders", Kind: record.Whole}, {Name: "revenue", Kind: record.Whole}, {Name: "currency"},
		{Name: "firstOrder", Kind: record.Time}, {Name: "lastOrder", Kind: record.Time},
		{Name: "alive", Kind: record.Number}, {Name: "ordersAhead", Kind: record.Number}, {Name: "ltv", Kind: record.Whole},
		{Name: "scores", Kind: record.JSON}, {Name: "points", Kind: record.JSON},
		{Name: "persona"}, {Name: "personas", Kind: record.JSON},
		{Name: "traits", Kind: record.JSON}, {Name: "provenances", Kind: record.JSON}, {Name: "consents", Kind: record.JSON},
		{Name: "counters", Kind: record.JSON}, {Name: "affinities", Kind: record.JSON},
		{Name: "audiences", Kind: record.JSON},
	},
	"events": {
		{Name: "person"}, {Name: "seq", Kind: record.Whole}, {Name: "type"}, {Name: "messageId"}, {Name: "userId"}, {Name: "anonymousId"},
		{Name: "previousId"}, {Name: "groupId"}, {Name: "event"}, {Name: "name"}, {Name: "properties", Kind: record.JSON},
		{Name: "traits", Kind: record.JSON}, {Name: "context", Kind: record.JSON}, {Name: "timestamp", Kind: record.Time},
		{Name: "originalTimestamp", Kind: record.Time}, {Name: "sentAt", Kind: record.Time}, {Name: "receivedAt", Kind: record.Time},
		{Name: "source"},
	},
	"decisions": {
		{Name: "person"}, {Name: "id"}, {Name: "parent"}, {Name: "at", Kind: record.Time}, {Name: "trigger"}, {Name: "channel"}, {Name: "slot"},
		{Name: "silent", Kind: record.Truth}, {Name: "content"}, {Name: "layout"}, {Name: "item"}, {Name: "variants", Kind: record.JSON},
		{Name: "chosen", Kind: record.Whole}, {Name: "propensity", Kind: record.Number}, {Name: "why", Kind: record.JSON},
		{Name: "reasons", Kind: record.JSON}, {Name: "candidates", Kind: record.JSON}, {Name: "context", Kind: record.JSON},
		{Name: "brand", Kind: record.Whole}, {Name: "model", Kind: record.Whole}, {Name: "seed"},
	},
}
