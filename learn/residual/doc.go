// Package residual foretells what each person will still bring, from how all the brand's people have bought: lifetime value.
//
// A [Sample] is shown everybody once; of each it takes how often, how lately and for how long they have bought, what they
// spent, and how long who never bought has been known. [Sample.Fit] fits the brand's model of buying (package lifetime) and
// gives a [Model], which tells of any person at any time, customers and others. It knows people's records, and never stores,
// clocks, or what was said to anybody.
//
// A model is checked on what it has not seen: fitted to people as they were some months ago, it foretells what they did since
// ([Check]).
package residual
