// Package example reads files of examples for learners as other tools write them: logged decisions in the
// text format of Vowpal Wabbit ([Decisions]), and labelled rows in that of LIBSVM ([Rows]).
//
// Files are read as they stand, packed with gzip or not. What cannot be read is a [table.Error] that names
// file, line and field; it ends the reading, or sets the example aside. Every bound is a constant of this
// package.
//
// It knows lines, labels and features. It never knows what learns from them.
package example
