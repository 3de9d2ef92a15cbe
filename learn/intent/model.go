package intent

import (
	_ "embed"
	"math"
	"strings"

	"github.com/aparte-dev/aparte/learn"
)

//go:embed sentences.txt
var sentences string

// Model is a logistic regression an intent, over hashed features. It is immutable and safe for concurrent use.
type Model struct {
	weights [][]float64 // by intent, then feature
	bias    []float64   // by intent
	stretch float64     // of log odds, so that probabilities are those of sentences not learned from
}

// example is one sentence.
type example struct {
	features []uint32
	intent   int
	language string
	text     string
}

// read reads sentences, as sentences.txt has them.
func read(text string) []example {
	var all []example
	intent, language := -1, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '=':
			name := strings.Fields(line[1:])
			for i, known := range Intents {
				if string(known) == name[0] {
					intent, language = i, name[1]
				}
			}
		default:
			all = append(all, example{featuresOf(wordsOf(line)), intent, language, line})
		}
	}
	return all
}

// Learned is the model of the sentences of this package. It takes a quarter of a second.
func Learned() *Model {
	all := read(sentences)
	m := fit(all)
	m.stretch = stretchOf(all)
	return m
}

// Of the fit: how often the sentences are gone through, the first step, and how fast weights decay, which is the ridge. They
// were chosen by folds of the sentences learned from, not by those held out.
const (
	rounds = 30
	rate   = 0.5
	decay  = 1e-4
	folds  = 5
)

// fit finds weights by stochastic gradient descent on the logistic loss, each intent against all others, with steps that
// shrink as one over the square root of the rounds. Features of a sentence share one unit of length, so that long ones do not
// count more. Sums are in the order of the sentences, products rounded by themselves: the bits are the same on any machine.
func fit(all []example) *Model {
	m := &Model{weights: make([][]float64, len(Intents)), bias: make([]float64, len(Intents)), stretch: 1}
	for k := range m.weights {
		m.weights[k] = make([]float64, 1<<bits)
	}
	for round := range rounds {
		step := rate / math.Sqrt(float64(1+round))
		for i := range all {
			// A stride that shares no factor with their number visits all, far apart.
			e := &all[(i*101+round*37)%len(all)]
			unit := 1 / math.Sqrt(float64(len(e.features)))
			for k, w := range m.weights {
				is := 0.0
				if k == e.intent {
					is = 1
				}
				missed := is - learn.Logistic(m.odds(k, e.features))
				m.bias[k] += float64(0.1 * float64(step*missed))
				push := float64(float64(step*missed) * unit)
				for _, f := range e.features {
					w[f] += push - float64(decay*w[f])
				}
			}
		}
	}
	return m
}

// odds are the log odds of an intent.
func (m *Model) odds(k int, features []uint32) float64 {
	sum := 0.0
	for _, f := range features {
		sum += m.weights[k][f]
	}
	return m.bias[k] + float64(sum/math.Sqrt(float64(len(features))))
}

// chances are the probabilities of the intents, which sum to one.
func (m *Model) chances(features []uint32, stretch float64) []float64 {
	p := make([]float64, len(Intents))
	sum := 0.0
	for k := range p {
		p[k] = learn.Logistic(float64(stretch * m.odds(k, features)))
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func (m *Model) guess(features []uint32) Guess {
	p := m.chances(features, m.stretch)
	best := 0
	for k := range p {
		if p[k] > p[best] {
			best = k
		}
	}
	return Guess{Intent: Intents[best], Sure: p[best]}
}

// stretchOf is by how much log odds must be stretched for the probabilities to be those of sentences that were not learned from:
// each fold is foretold by a model of the others, and the stretch with the greatest likelihood taken (Platt 1999, with one
// number for all intents).
func stretchOf(all []example) float64 {
	models := make([]*Model, folds)
	for fold := range models {
		var others []example
		for i := range all {
			if i%folds != fold {
				others = append(others, all[i])
			}
		}
		models[fold] = fit(others)
	}
	best, least := 1.0, math.Inf(1)
	for stretch := 0.5; stretch <= 4; stretch += 0.125 {
		loss := 0.0
		for i := range all {
			// 1 − p is what is missed of the sentence's own intent: its square is a proper score as well (Brier 1950), and needs
			// no logarithm.
			for k, p := range models[i%folds].chances(all[i].features, stretch) {
				if k == all[i].intent {
					p = 1 - p
				}
				loss += float64(p * p)
			}
		}
		if loss < least {
			best, least = stretch, loss
		}
	}
	return best
}
