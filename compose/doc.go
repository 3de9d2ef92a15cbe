// Package compose turns what was decided into what a person sees: words, HTML for a page, a banner as
// a PNG, a complete e-mail. It is called at the instant of exposure, so it is fast and never draws
// from anywhere but the [Scene] it is given and the brand's assets.
//
// It knows Liquid, languages, type and colour. It never knows why something was said, it stores
// nothing, and it never shows what was inferred about a person or bought from others.
//
// What a marketer wrote is checked twice: [Composer.Check] reads a whole brand when it is written and
// names every mistake by its JSON pointer; the same rules hold again when a template is parsed for a
// live message, so that a template that was never checked fails instead of leaving a hole or a way in.
// liquid.md, beside this file, lists the tags, filters and variables.
//
// Start reading at compose.go, then template.go for words, banner.go for pictures and mail.go for
// e-mail.
package compose
