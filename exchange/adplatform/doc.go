// Package adplatform writes what advertising platforms take: lists of customers, hashed as each of them asks, and conversions
// with what they are worth. As rows of the files that are uploaded by hand, and as the requests of their interfaces.
//
// It knows the platforms' formats, by their public documentation (named where each rule stands). It never knows who agreed to
// be told of, sends nothing and keeps nothing: whoever calls it has asked for consent. A hash of an address that can be
// guessed is no secret: what is made here is personal data.
//
// Start reading at contact.go; request.go has what is sent, row.go what is written into files.
package adplatform
