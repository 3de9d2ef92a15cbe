package aparte

// Residual is what a person is still expected to bring, as a model of how all the brand's people buy has it. The zero value
// is that of somebody of whom nothing is expected any more.
type Residual struct {
	Alive  float64 // the probability that they are still a customer; 0 of who never was one
	Orders float64 // that are expected within the brand's horizon
	Value  float64 // what will be spent on them, discounted to now, in minor units of the brand's currency
}
