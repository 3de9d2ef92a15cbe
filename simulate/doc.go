// Package simulate is a world with known ground truth, in which policies are compared: people with hidden
// tastes, habits and patience live through months; letters may be written to them; and because the world
// is made up, what each action is worth for each person at each moment is known, not estimated.
//
// What is true of everybody stands in truth.go, who there is in person.go, how a run goes on in world.go.
// oracle.go solves the world; rivals.go has the policies to beat; doors.go is Aparté, reached through its
// doors as any shop reaches it. The same seed makes the same world for every policy: every draw is a
// function of seed, person, day and what is drawn, so that two runs differ by what the policies do.
//
// It knows the engine's doors and nothing behind them.
package simulate
