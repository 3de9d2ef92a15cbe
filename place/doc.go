// Package place knows where the brand's places are and when they are open, and tells from what a device says of where it is which
// of them its owner comes to, stays at and leaves.
//
// It is pure: times come in as arguments, and what it must remember of somebody stands in their record, as the fences that they are
// in and since when ([github.com/aparte-dev/aparte.Fence]). Where they are is forgotten as soon as it has been compared. It never
// knows what is said to anybody, nor whether they agreed to be met: who calls it has asked.
//
// Start reading at [Atlas.Step].
package place
