package measure

import (
	"strings"
	"testing"
)

func TestEveryBenchmarkSaysWhoseItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Benchmarks() {
		part, whole, ok := strings.Cut(string(b.Kind), "/")
		if !ok || part == "" || whole == "" || b.Value <= 0 || b.Value >= 1 || len(b.Of) != 2 || len(b.Sector) != 2 || b.Licence == "" || b.Year < 2000 || !strings.HasPrefix(b.Source, "https://") {
			t.Errorf("%+v", b)
		}
		key := b.Channel + b.Sector["en"] + string(b.Kind)
		if seen[key] {
			t.Errorf("twice: %+v", b)
		}
		seen[key] = true
	}
}
