package lifetime_test

import (
	"fmt"

	"github.com/aparte-dev/aparte/lifetime"
)

// Two people bought four times more after their first purchase, a year ago. One of them not since the spring.
func ExampleForetell() {
	model := lifetime.ParetoNBD{R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669} // CDNOW's
	spend := lifetime.GammaGamma{P: 6.25, Q: 3.74, Gamma: 15.44}
	for _, h := range []lifetime.History{{Repeats: 4, Last: 48, Age: 52}, {Repeats: 4, Last: 12, Age: 52}} {
		f := lifetime.Foretell(model, h, 52, 0.0027) // a year, at 15 %
		each := spend.Expected(lifetime.Spending{Purchases: h.Repeats, Mean: 40})
		fmt.Printf("alive %.2f, %.1f purchases in a year, worth %.0f today\n", f.Alive, f.Purchases, f.Discounted*each)
	}
	// Output:
	// alive 0.96, 3.0 purchases in a year, worth 110 today
	// alive 0.04, 0.1 purchases in a year, worth 5 today
}

// Four people, two of whom came back, are too few to believe in: the fit says so by its standard errors.
func ExampleFitBGNBD() {
	_, fit, err := lifetime.FitBGNBD([]lifetime.History{
		{Age: 30}, {Age: 35}, {Repeats: 1, Last: 10, Age: 32}, {Repeats: 3, Last: 20, Age: 33},
	})
	fmt.Println(fit.Converged, fit.Boundary, err)
	// Output: true true <nil>
}
