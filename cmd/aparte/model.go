package main

import (
	"fmt"

	"github.com/aparte-dev/aparte/writer"
)

// modelFlags say which language model drafts, if any.
type modelFlags struct {
	LLMURL   string `help:"OpenAI-compatible endpoint of a language model that drafts words and describes pictures in the console, such as http://127.0.0.1:11434/v1; without one people write." name:"llm-url" env:"APARTE_LLM_URL"`
	LLMKey   string `help:"Its key." name:"llm-key" env:"APARTE_LLM_KEY"`
	LLMModel string `help:"Its model, as the endpoint calls it." name:"llm-model" env:"APARTE_LLM_MODEL"`
}

// writer is nil where no endpoint is named.
func (f *modelFlags) writer() (*writer.Writer, error) {
	if f.LLMURL == "" {
		return nil, nil
	}
	w, err := writer.New(writer.Config{URL: f.LLMURL, Key: f.LLMKey, Model: f.LLMModel})
	if err != nil {
		return nil, fmt.Errorf("--llm-url, --llm-model: %w", err)
	}
	return w, nil
}
