// Package faults tries an installation as the world does: real nodes over a real PostgreSQL, a real mail server, killed, held up and crashed
// while people come and go. Afterwards everything that was acknowledged is looked for.
//
//	go test ./faults -run Chaos -chaos 5m -seed 7
//
// It knows the command and its doors, and nothing within. Start reading at chaos_test.go.
package faults
