// Package writer drafts words for contents, and describes pictures, by a language model behind an endpoint that speaks OpenAI's
// chat completions (https://platform.openai.com/docs/api-reference/chat), as most servers of models do.
//
// It is told what the brand says of itself and of a content, and never of any person. What comes back is a draft: it is held against the
// brand's voice, shown to a human, and said to nobody before they have taken it. Nothing else of Aparté needs it.
//
// Start reading at [Writer.Draft].
package writer
