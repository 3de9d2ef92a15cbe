// Package console is the marketer's side of Aparté: pages rendered on the server that show decisions as
// they happen, the story of one person, and what can be said. It reads the engine and changes nothing.
//
// Pages are templates in pages/, words are in words.go in English and French, the look is one style
// sheet in static/. There is no build step and nothing is fetched from elsewhere; the pages work under a
// content security policy without inline script or style, but for what a preview's frame holds.
//
// It knows how things look, never how a decision is taken. Start reading at [New].
package console
