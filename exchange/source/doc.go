// Package source runs queries of other databases on a schedule, and brings in what they answer: a CRM, a till, a data warehouse.
//
// A source is declared once: where its database is (a name for a secret, never the secret), a query, what its rows are, when it is to be
// asked. Rows come in through the server's own doors, a chunk at a time; how far they are is written down when a chunk is in,
// so that a run that was broken off, by whatever, goes on from there. What of a chunk had come in before that comes again
// under the same messageId, and changes nothing.
//
// One goroutine runs all sources, chunk by chunk in turn: a first load of millions keeps nobody else's few new rows waiting, and the database of
// people is asked one thing at a time. It is one process that has a store open, so that one runs a source.
//
// It knows queries, loads and the clock. It never knows how a person is kept, and no address of a database is told, logged or kept.
//
// Start reading at [Sources], then bring.go.
package source
