// Package table reads tables of text: CSV as files have it, packed with gzip or not, row by row, by the
// names of columns.
//
// A table is read as it stands. Columns nobody asked for are ignored; a column that is asked for and
// missing, a row with too few or too many fields, a number that is none, is an [Error] that names file,
// line and field. Nothing is repaired: a bad row ends the reading, or is set [Aside], counted and shown.
// Every bound is a constant of this package, so that no file can make it take more memory than one row's.
//
// It knows rows and cells. It never knows what they mean, nor where the bytes come from.
//
// Start reading at table.go; row.go has what a cell can be read as.
package table
