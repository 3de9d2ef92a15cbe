// Package lookalike ranks people by how much they resemble a seed audience, and says what the resemblance
// rests on.
//
// Seeds are told from everybody else by boosted trees ([Train]); the rest holds people who are like seeds and
// are none, which lowers all probabilities alike and leaves the order as it is, where seeds are drawn from
// their like by chance (Elkan, Noto 2008, "Learning classifiers from only positive and unlabeled data"). With
// all that are known for seeds the probabilities are those of being one: a propensity.
//
// It knows columns of cells, numbers or texts, and weights. It never knows who is meant. The same rows and seed
// give the same model on one machine; math.Exp may differ by a last bit between machines.
//
// Start reading at table.go, then boost.go.
package lookalike
