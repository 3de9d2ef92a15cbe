// Package postgres is the store for more than one machine: package store's contract over PostgreSQL, or over what speaks its
// language (Citus), for any number of processes at once. It knows tables, statements and what makes a batch atomic and exactly once; it
// never knows what a state or a body holds, or who should own a part.
//
// A batch is one transaction sent as one pipeline, BEGIN and COMMIT included: one round trip. Its first statement is the fence: it
// counts the part's turn on, and fails where the part's epoch or turn is another. So two owners cannot both commit; and where a connection breaks
// before the answer to a commit comes, the turn tells whether the batch was written, and it is sent again where not.
//
// Statements keep to what PostgreSQL 15, Citus, YugabyteDB and CockroachDB have in common: each is about one part (but for
// counters that are summed and deleted over all), writes one table, and uses no triggers, sequences, advisory locks, cursors or clocks of the server. The rows of a batch come as arrays.
// Names and keys are bytea, so that they sort as bytes and hold any.
//
// Parts can be spread over several servers that know nothing of one another: see [Open]. Documents are then on the first.
//
// Start reading at migrations/0001.sql, which has every table, then commit.go.
package postgres
