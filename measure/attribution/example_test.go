package attribution_test

import (
	"fmt"
	"log"

	"github.com/aparte-dev/aparte/measure/attribution"
)

func ExamplePaths() {
	p, err := attribution.New(1, 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, j := range []attribution.Journey{
		{Touches: []string{"search", "mail"}, Converted: 6, Lost: 4},
		{Touches: []string{"search"}, Converted: 1, Lost: 9},
	} {
		if err := p.Add(j); err != nil {
			log.Fatal(err)
		}
	}
	chain := p.Markov()
	for i, name := range p.Channels() {
		fmt.Printf("%s: last %g, linear %g, without it %.1f of conversions are lost\n",
			name, p.Last()[i].Conversions, p.Linear()[i].Conversions, chain.Removal[i])
	}
	// Output:
	// search: last 1, linear 4, without it 1.0 of conversions are lost
	// mail: last 6, linear 3, without it 0.9 of conversions are lost
}
