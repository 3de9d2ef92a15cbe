// Package recurrence learns how often a brand's people buy again, in all and category by category: after how many days, how much one
// person differs from another, how many never come back. It is what is thought of somebody of whom little was seen, and what their own
// intervals are weighed against (empirical Bayes; aparte.Recurrence has the model).
//
// A [Sample] is shown everybody once; of each it takes what their record has of their intervals, and for how long they have been silent
// since, which is an interval of which only the beginning was seen. [Sample.Fit] fits three tiers: anything, things of a category
// whatever it is, and each category that was bought in often enough. It knows people's records, and never stores, clocks or contents.
package recurrence
