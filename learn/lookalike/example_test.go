package lookalike_test

import (
	"fmt"
	"log"

	"github.com/aparte-dev/aparte/learn/lookalike"
)

// Clients are those who live in Lyon.
func Example() {
	people := lookalike.NewTable("town", "age")
	var known []lookalike.Row
	for i := range 400 {
		town := []string{"Lyon", "Nice"}[i%2]
		people.Add([]string{town, fmt.Sprint(20 + i%30)})
		known = append(known, lookalike.Row{Person: i, Seed: town == "Lyon"})
	}
	people.Add([]string{"Lyon", "31"}) // of whom nothing else is known
	model, err := lookalike.Train(people, known, lookalike.Config{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Score(400) > 0.9, model.Reasons(400)[0].Words)
	// Output: true town = Lyon
}
