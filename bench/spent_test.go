//go:build unix

package bench_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte/bench"
)

// spent is the processor time that this process has taken so far, the client's included.
func spent(*testing.B) time.Duration { return bench.Spent() }
