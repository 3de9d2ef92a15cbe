package compose

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The oracle is the definition: what is cheapest of all that may be done to the last characters.
func editsBy(a, b string) int {
	if a == "" || b == "" {
		return len(a) + len(b)
	}
	x, y := a[len(a)-1], b[len(b)-1]
	other := 1
	if x == y {
		other = 0
	}
	least := min(editsBy(a[:len(a)-1], b)+1, editsBy(a, b[:len(b)-1])+1, editsBy(a[:len(a)-1], b[:len(b)-1])+other)
	if len(a) > 1 && len(b) > 1 && x == b[len(b)-2] && a[len(a)-2] == y {
		least = min(least, editsBy(a[:len(a)-2], b[:len(b)-2])+1)
	}
	return least
}

func TestNamesAreAsFarApartAsTheFewestEditsBetweenThem(t *testing.T) {
	name := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if got, want := apart(a, b), editsBy(a, b); got != want {
			t.Fatalf("%q and %q are %d apart, want %d", a, b, got, want)
		}
	})
}

func TestTheNearestNameIsFoundWhereOneIsNear(t *testing.T) {
	known := []string{"city", "firstName", "first_order", "lastName", "newsletter"}
	for name, want := range map[string]string{
		"firstname": "firstName", "fristName": "firstName", "first_name": "firstName", "lastNmae": "lastName", "cty": "city", "newsleter": "newsletter",
		"colour": "", "x": "", "": "", "firstName": "", strings.Repeat("long", 20): "",
	} {
		if got := Near(name, known); got != want {
			t.Errorf("near %q is %q, want %q", name, got, want)
		}
	}
}

func TestAnUnknownNameIsToldWithTheOneItIsNear(t *testing.T) {
	library := newLibrary()
	for source, want := range map[string]string{
		"{{ persn.firstName }}":      `unknown variable "persn.firstName": did you mean "person.firstName"?`,
		"{{ item.nmae }}":            `unknown variable "item.nmae": did you mean "item.name"?`,
		"{{ itme.nmae }}":            `unknown variable "itme.nmae": did you mean "item.name"?`,
		"{{ item.name | upcsae }}":   `unknown filter "upcsae": did you mean "upcase"?`,
		"{{ customer.name }}":        `unknown variable "customer.name"`,
		"{{ item.name | shoutout }}": `unknown filter "shoutout"`,
	} {
		_, err := library.template(wordsTemplate, source)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}
