// Package brand is the furnished brand of the demo: Linnet & Thyme, an invented shop for presents and
// the home, with real items and prices out of the Online Retail data set and everything a marketer would
// bring: contents, layouts, rules, objectives, in English and French.
//
// It is data, not code: [Brand] assembles the JSON documents and [Assets] are the pictures. Change a
// document to change what the demo can say. It never knows how a brand is checked against rules and
// templates (decide.Compile and compose.Check do that), nor the engine.
//
// SOURCE.md says what is real and what is invented. The pictures are painted by generate/.
//
// Start reading at contents.json, which is what the shop can say; brand.go only reads it.
package brand
