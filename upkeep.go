package aparte

// Upkeep is how many things of a brand people state and look after. Items, places and all that is known of people come in by themselves,
// and what is said to whom is found out: none of these is looked after one by one.
type Upkeep struct {
	Objectives, Rules, Contents, Scenarios, Audiences int
}

// Objects is how many there are in all.
func (u Upkeep) Objects() int {
	return u.Objectives + u.Rules + u.Contents + u.Scenarios + u.Audiences
}

// Upkeep counts what of the brand is looked after.
func (b *Brand) Upkeep() Upkeep {
	return Upkeep{len(b.Objectives), len(b.Rules), len(b.Contents), len(b.Scenarios), len(b.Audiences)}
}
