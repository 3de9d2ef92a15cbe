// Package api is Aparté's HTTP doors: the Segment-compatible intake, decisions for pages and apps, the
// addresses that messages carry (pictures, clicks, unsubscribing), and the admin API that reads people
// and publishes a brand.
//
// It knows HTTP, JSON, keys and limits: everything that comes in is bounded, checked field by field and
// put into the words of package aparte before the engine sees it, and nothing personal leaves through a
// log, a metric or an error. It does not know how a person is kept, how a decision is taken or how a
// picture is drawn.
//
// Start reading at [New] and routes.go, which lists every door; then intake.go for what comes in and
// decide.go for what goes out. openapi.json describes the same doors for others, and a test keeps the
// two equal.
package api
