// Package pebble is the embedded store: package store's contract over one Pebble database in one
// directory, owned by one process. It knows keys, rows and what makes a batch atomic and durable; it
// never knows what a state or a body holds, who owns a part or why.
//
// A batch is one Pebble batch, committed with Sync: commits of different parts share their fsync. A part
// has a mutex, held while one of its batches is checked and committed, so that what the checks read is
// still true when the batch is written. Reads take no lock. The lock on the directory proves that no
// owner from before is alive, which is why every lease is given back when a store is opened.
//
// What a commit must look up is made rare: a person's row tells where their history ends (people.go),
// parts remember what they wrote last (memo.go), filters answer for event keys never seen (options.go).
// What is deleted soon after it was written is not waded through (queue.go).
//
// Start reading at keys.go, which has every row's layout, then commit.go.
package pebble
