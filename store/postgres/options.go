package postgres

import (
	"io"
	"log/slog"
	"time"
)

// Defaults of Options.
const (
	DefaultParts       = 128
	DefaultConnections = 16
	DefaultPatience    = 30 * time.Second
)

const maxParts = 4096

// Options says how to open a store. The zero value is right for one server.
type Options struct {
	// Parts is the number of parts, 1 to 4096, fixed when the store is created. 0: DefaultParts for a new store, whatever it
	// has for an old one.
	Parts int
	// Connections is how many connections to each server are open at most; DefaultConnections when 0. Commits that find none wait, and those that
	// wait for them gather: more of them makes batches smaller.
	Connections int
	// Patience is how long a call goes on trying to reach a server that does not answer, or restarts; DefaultPatience when 0.
	Patience time.Duration
	// Existing has Open fail with ErrNone where there is no store yet, instead of making one.
	Existing bool
	// Rand is where the secret comes from; crypto/rand when nil.
	Rand io.Reader
	// Now is this process's clock; time.Now when nil.
	Now func() time.Time
	// Logger is told when a server is not reached; nil is silent.
	Logger *slog.Logger
}
