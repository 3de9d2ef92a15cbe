//go:build unix

package bench_test

import (
	"syscall"
	"testing"
	"time"
)

// spent is the processor time that this process has taken so far, the client's included. On a machine that others keep
// busy it tells more than the clock does.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
