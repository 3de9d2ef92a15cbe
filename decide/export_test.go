package decide

// What the benchmarks need of the tests' fixtures. They stand outside of the package because the model they decide with,
// package learn's, is on a floor above.
var (
	Shop  = shop
	Busy  = busy
	Marie = marie
	OnWeb = onWeb
)
