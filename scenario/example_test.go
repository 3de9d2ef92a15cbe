package scenario_test

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// A basket left for an hour is a moment to write; an order makes it pointless.
func Example() {
	set, err := scenario.Compile(&aparte.Brand{Scenarios: []aparte.Scenario{{
		ID: "basket", After: "Product Added", Unless: []string{"Order Completed"},
		Delay: aparte.Duration(time.Hour), Channel: aparte.Email,
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	person := aparte.Person{LastSeen: noon}

	timers, _ := set.Hear(&person, &aparte.Event{Type: aparte.Track, Name: "Product Added", Timestamp: noon}, noon)
	fmt.Println(timers[0].Name, timers[0].Due.Format(time.TimeOnly))

	person.Timers = timers
	ordered := &aparte.Event{Type: aparte.Track, Name: "Order Completed", Timestamp: noon.Add(10 * time.Minute)}
	_, cancelled := set.Hear(&person, ordered, ordered.Timestamp)
	fmt.Println(cancelled)
	// Output:
	// scenario:basket 13:00:00
	// [scenario:basket]
}
