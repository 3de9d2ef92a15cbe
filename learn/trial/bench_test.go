package trial

import "testing"

// What the defaults decide and learn in a second, on each of the sets.
func BenchmarkRun(b *testing.B) {
	for _, name := range []string{"letter", "satimage", "pendigits", "mushroom"} {
		b.Run(name, func(b *testing.B) {
			set, passes := readShared(b, name), 0
			orders := [][]int{Order(len(set.Rows), 1), Order(len(set.Rows), 2), Order(len(set.Rows), 3)}
			b.ReportAllocs()
			for b.Loop() {
				p, err := NewPolicy(Learners()[0], Explorations()[0], 1)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Run(set, orders[passes%len(orders)], p); err != nil {
					b.Fatal(err)
				}
				passes++
			}
			b.ReportMetric(float64(passes*len(set.Rows))/b.Elapsed().Seconds(), "examples/s")
		})
	}
}
