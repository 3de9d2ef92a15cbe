// Package storetest is the conformance suite of package store: a store is one when it passes [Run]. It
// knows the contract and nothing of how a store keeps its promises, so that what it shows of one store
// holds of all.
//
// A store's own test package says how to open it, in a [Harness], and has two lines of its own:
//
//	func TestMain(m *testing.M) { storetest.Child(harness); os.Exit(m.Run()) }
//	func TestStore(t *testing.T) { storetest.Run(t, harness) }
//
// The first lets the suite start the test binary again as a writer that it kills: see kill.go. Start
// reading at Run, in harness.go; oracle.go is the contract once more, as plainly as it can be computed.
package storetest
