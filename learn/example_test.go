package learn_test

import (
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
)

// A shop learns that on a telephone the short headline sells, and on a desktop the long one.
func Example() {
	phone := []aparte.Feature{{Hash: 1, Value: 1}}
	desktop := []aparte.Feature{{Hash: 2, Value: 1}}
	short := []aparte.Feature{{Hash: 10, Value: 1}}
	long := []aparte.Feature{{Hash: 11, Value: 1}}

	model := learn.NewEnsemble(learn.Config{})
	for range 200 {
		for _, lesson := range []struct {
			situation, action []aparte.Feature
			reward            float64
		}{{phone, short, 500}, {phone, long, 0}, {desktop, short, 0}, {desktop, long, 800}} {
			err := model.Learn(&learn.Example{
				Objective: "order", Reward: lesson.reward, Propensity: 0.5,
				Features: aparte.Features{Context: lesson.situation, Action: lesson.action},
			})
			if err != nil {
				fmt.Println(err)
			}
		}
	}

	published := model.Clone()
	values := make([]float64, 2)
	for _, situation := range [][]aparte.Feature{phone, desktop} {
		published.Score(situation, [][]aparte.Feature{short, long}, values)
		fmt.Printf("short %.0f, long %.0f\n", values[0], values[1])
	}
	fmt.Println(published.Version(), "examples")
	// Output:
	// short 501, long 1
	// short 2, long 796
	// 800 examples
}
