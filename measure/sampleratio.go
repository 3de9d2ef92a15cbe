package measure

import (
	"errors"
	"math"
)

// SampleRatio tests whether people fall into groups in the shares that were intended. A mismatch means that
// the groups differ in more than what was done to them: lost events, bots, a broken draw.
//
// It may be looked at after every person. The evidence is the ratio of the likelihood of the groups seen
// under shares that are learned on the way (a Dirichlet prior about the intended ones) to that under the
// intended shares: a fair game if these are right, so that it ever reaches 1/p with probability p at most
// (Lindon and Malek 2022, "Anytime-valid inference for multinomial count data").
type SampleRatio struct {
	shares []float64
	counts []float64
	people float64
	log    float64 // of the evidence
	most   float64 // it ever was
}

// priorPeople is how many people the intended shares weigh in what is learned: mismatches worth a notice
// are small.
const priorPeople = 100

// NewSampleRatio begins a test of the intended shares of two groups or more, which add up to 1.
func NewSampleRatio(shares ...float64) (*SampleRatio, error) {
	sum := 0.0
	for _, s := range shares {
		if !(s > 0 && s < 1) {
			return nil, errors.New("the share of a group is above 0 and below 1")
		}
		sum += s
	}
	if !(math.Abs(sum-1) < 1e-9) {
		return nil, errors.New("the shares of the groups add up to 1")
	}
	return &SampleRatio{shares: shares, counts: make([]float64, len(shares))}, nil
}

// Add takes a person in, who fell into the group.
func (s *SampleRatio) Add(group int) {
	share := s.shares[group]
	learned := (priorPeople*share + s.counts[group]) / (priorPeople + s.people)
	s.log += math.Log(learned / share)
	s.most = max(s.most, s.log)
	s.counts[group]++
	s.people++
}

// P is the p-value of the intended shares: that of all times of looking at once.
func (s *SampleRatio) P() float64 { return math.Exp(-s.most) }
