package trial

import "testing"

// What the defaults decide and learn in a second, on each of the sets, and which share of their picks is wrong.
func BenchmarkRun(b *testing.B) {
	for _, name := range []string{"letter", "satimage", "pendigits", "mushroom"} {
		b.Run(name, func(b *testing.B) {
			set, passes, lost := readShared(b, name), 0, 0.0
			orders := [][]int{Order(len(set.Rows), 1), Order(len(set.Rows), 2), Order(len(set.Rows), 3)}
			b.ReportAllocs()
			for b.Loop() {
				p, err := NewPolicy(Learners()[0], Explorations()[0], 1)
				if err != nil {
					b.Fatal(err)
				}
				loss, err := Run(set, orders[passes%len(orders)], p)
				if err != nil {
					b.Fatal(err)
				}
				lost += loss
				passes++
			}
			b.ReportMetric(float64(passes*len(set.Rows))/b.Elapsed().Seconds(), "examples/s")
			b.ReportMetric(lost/float64(passes), "loss")
		})
	}
}
