package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkLab runs whole commands, from reading a file to their answer: 100,000 people fitted with what they spend and each
// foretold; a million journeys, a path each; a million people ranked by whom they resemble.
func BenchmarkLab(b *testing.B) {
	for _, of := range []struct {
		name   string
		write  func(w *bufio.Writer, r *rand.Rand)
		people bool // everybody is written down
		args   []string
	}{
		{"ltv/bgnbd", ltvRows, true, []string{"ltv", "--spend", "--model", "bgnbd"}},
		{"ltv/paretonbd", ltvRows, true, []string{"ltv", "--spend", "--model", "paretonbd"}},
		{"attribution/1", pathRows, false, []string{"attribution", "--model", "markov", "--order", "1"}},
		{"attribution/4", pathRows, false, []string{"attribution", "--model", "markov", "--order", "4"}},
		{"lookalike", clientRows, true, []string{"lookalike", "--seed-col", "y", "--id", "id"}},
	} {
		b.Run(of.name, func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, "in.csv")
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriter(f)
			of.write(w, rand.New(rand.NewPCG(1, 2)))
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			args := append([]string{"lab", of.args[0], path}, of.args[1:]...)
			if of.people {
				args = append(args, "--people", filepath.Join(dir, "people.csv"))
			}
			processor := time.Duration(0)
			for b.Loop() {
				cmd := exec.Command(os.Args[0], args...)
				cmd.Env = append(os.Environ(), asCommand+"=1")
				if said, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %v\n%s", args, err, said)
				}
				processor += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(processor.Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// ltvRows are purchases of 100,000 people within a year and a half, who buy and leave as Pareto/NBD has it, near to what CDNOW's
// do: rates of buying and leaving are gamma with a shape of a half, half the square of a normal draw.
func ltvRows(w *bufio.Writer, r *rand.Rand) {
	fmt.Fprintln(w, "customer_id,date,amount")
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	rate := func(weeks float64) float64 { z := r.NormFloat64(); return z * z / 2 / (7 * weeks) } // a day
	for person := range 100_000 {
		first := r.IntN(90)
		buys, end := rate(10), math.Min(540, float64(first)+r.ExpFloat64()/rate(12))
		for day := float64(first); day < end || day == float64(first); day += r.ExpFloat64() / buys {
			fmt.Fprintf(w, "%d,%s,%.2f\n", person, start.AddDate(0, 0, int(day)).Format(time.DateOnly), 10+40*math.Abs(r.NormFloat64()))
		}
	}
}

// pathRows are a million journeys over 12 channels.
func pathRows(w *bufio.Writer, r *rand.Rand) {
	fmt.Fprintln(w, "path,total_conversions,total_conversion_value,total_null")
	for range 1_000_000 {
		for i := range 1 + r.IntN(8) {
			if i > 0 {
				fmt.Fprint(w, " > ")
			}
			fmt.Fprintf(w, "channel-%d", r.IntN(12))
		}
		converted := r.IntN(4) / 3
		fmt.Fprintf(w, ",%d,%d,%d\n", converted, 40*converted, 1-converted)
	}
}

// clientRows are a million people of 15 columns, of whom some said yes: more often the younger and those of a town.
func clientRows(w *bufio.Writer, r *rand.Rand) {
	fmt.Fprintln(w, "id,age,town,visits,orders,spent,a,b,c,d,e,f,g,h,i,y")
	for id := range 1_000_000 {
		age, town, visits := 18+r.IntN(70), r.IntN(40), r.IntN(30)
		chance := 0.01
		if age < 35 {
			chance += 0.04
		}
		if town < 8 {
			chance *= 1 + float64(visits)/10
		}
		fmt.Fprintf(w, "%d,%d,town-%d,%d,%d,%.2f", id, age, town, visits, r.IntN(visits+1), 100*r.ExpFloat64())
		for range 9 {
			fmt.Fprintf(w, ",%d", r.IntN(100))
		}
		yes := 0
		if r.Float64() < chance {
			yes = 1
		}
		fmt.Fprintf(w, ",%d\n", yes)
	}
}
