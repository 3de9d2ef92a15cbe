// Package lifetime foretells what people will still bring: whether they are still customers, how often
// they will buy, what they will spend, and what that is worth today.
//
// People who leave without a word are described by [BGNBD] or [ParetoNBD], fitted to their histories by
// [FitBGNBD] and [FitParetoNBD]; what they spend by [GammaGamma]; people under a contract, who are seen to
// leave, by [ShiftedBetaGeometric]. All are fitted by maximum likelihood, and each fit says whether it
// converged and whether a parameter ran into its bound ([Fit]).
//
// Everything is a pure function of numbers, without clocks, randomness or stores, so that every floor
// above can ask it about one person. It knows histories: how often, how lately, for how long. It never
// knows who they belong to, dates, or currencies; a unit of time is whatever the histories are counted in.
//
// Start reading at history.go; gauss.go has the one special function that all of it needs.
package lifetime
