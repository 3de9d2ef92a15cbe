package profile_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// A visitor looks at two games, puts one into the basket and says who she is.
func Example() {
	at := time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC)
	var p aparte.Person
	for _, e := range []aparte.Event{
		{Type: aparte.Track, Name: "Product Viewed", AnonymousID: "anon-1", Properties: json.RawMessage(`{"product_id": "monopoly", "category": "games"}`)},
		{Type: aparte.Track, Name: "Product Viewed", AnonymousID: "anon-1", Properties: json.RawMessage(`{"product_id": "go", "category": "games"}`)},
		{Type: aparte.Track, Name: "Product Added", AnonymousID: "anon-1", Properties: json.RawMessage(`{"product_id": "go", "category": "games", "price": 24.90}`)},
		{Type: aparte.Identify, UserID: "ann", AnonymousID: "anon-1", Traits: json.RawMessage(`{"email": "Ann@Example.com", "firstName": "Ann"}`)},
	} {
		at = at.Add(time.Minute)
		e.Timestamp = at
		p = profile.Apply(p, &e, profile.Identifiers(&e), nil, "EUR")
	}

	for _, id := range p.Identifiers {
		fmt.Println(id)
	}
	fmt.Println(p.Cart.Lines[0].Item, p.Cart.Lines[0].Price)
	for _, a := range p.Affinities {
		fmt.Printf("%s %s %.1f\n", a.Kind, a.Key, a.Now(at))
	}
	fmt.Println(p.Lifecycle(at))

	record := profile.Encode(nil, &p)
	again, err := profile.Decode(record)
	fmt.Println(again.Session.LastItem, err)
	// Output:
	// anonymousId:anon-1
	// email:ann@example.com
	// userId:ann
	// go 24.90 EUR
	// category games 5.0
	// item go 4.0
	// item monopoly 1.0
	// prospect
	// go <nil>
}
