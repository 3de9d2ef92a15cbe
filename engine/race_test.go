//go:build race

package engine_test

import "testing"

// skipUnderRace skips what takes minutes under the race detector and shares nothing that other tests do not.
func skipUnderRace(t *testing.T) {
	t.Skip("takes minutes under the race detector: .ci/run runs it without")
}
