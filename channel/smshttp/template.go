package smshttp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A template is a text with variables, {{ name }}:
//
//	to      the number, +33612345678
//	digits  the number without its plus sign
//	from    who speaks
//	text    what is said
//	key     the message's name, the same at every attempt
//	env.X   the environment variable X, when the document is read
type template string

// Variables that a place may have.
var (
	inHeaders = []string{"key"}
	inBody    = []string{"to", "digits", "from", "text", "key"}
)

const envPrefix = "env."

// each calls f with every variable of a template and puts what it returns in its place.
func (t template) each(f func(name string) (string, error)) (string, error) {
	var b strings.Builder
	rest := string(t)
	for {
		before, after, found := strings.Cut(rest, "{{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, beyond, closed := strings.Cut(after, "}}")
		if !closed {
			return "", errors.New("{{ is not closed")
		}
		value, err := f(strings.TrimSpace(name))
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		rest = beyond
	}
}

// fill is the template with the values of variables, all of which are known since it was expanded.
func (t template) fill(values map[string]string) string {
	s, _ := t.each(func(name string) (string, error) { return values[name], nil })
	return s
}

// expand puts what comes from the environment in its place, and refuses variables that are not among known.
func (t template) expand(env func(string) (string, bool), known []string) (string, error) {
	return t.each(func(name string) (string, error) {
		variable, isEnv := strings.CutPrefix(name, envPrefix)
		if !isEnv {
			if !slices.Contains(known, name) {
				return "", fmt.Errorf("no variable %q here", name)
			}
			return "{{ " + name + " }}", nil
		}
		value, set := env(variable)
		if !set || value == "" {
			return "", fmt.Errorf("the environment variable %s is not set", variable)
		}
		if strings.Contains(value, "{{") {
			return "", fmt.Errorf("the environment variable %s holds {{", variable)
		}
		return value, nil
	})
}

// expand expands every template of the document.
func (c *Config) expand(env func(string) (string, bool)) (err error) {
	if c.URL, err = template(c.URL).expand(env, nil); err != nil {
		return fmt.Errorf("/url: %w", err)
	}
	if err := expandAll("/headers", c.Headers, env, inHeaders); err != nil {
		return err
	}
	if err := expandAll("/form", c.Form, env, inBody); err != nil {
		return err
	}
	if c.JSON != nil {
		c.JSON, err = rewrite(c.JSON, func(at jsontext.Pointer, s string) (string, error) {
			out, err := template(s).expand(env, inBody)
			if err != nil {
				return "", fmt.Errorf("/json%s: %w", at, err)
			}
			return out, nil
		})
		if err != nil {
			return err
		}
	}
	if c.Inbound != nil {
		if c.Inbound.Proof.Secret, err = template(c.Inbound.Proof.Secret).expand(env, nil); err != nil {
			return fmt.Errorf("/inbound/proof/secret: %w", err)
		}
	}
	return nil
}

func expandAll(where string, texts map[string]string, env func(string) (string, bool), known []string) error {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text, err := template(texts[name]).expand(env, known)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", where, name, err)
		}
		texts[name] = text
	}
	return nil
}

// rewrite is a JSON value with every string but names put through f; numbers and the order of members stay as they are.
func rewrite(value jsontext.Value, f func(at jsontext.Pointer, s string) (string, error)) (jsontext.Value, error) {
	var out bytes.Buffer
	in, to := jsontext.NewDecoder(bytes.NewReader(value)), jsontext.NewEncoder(&out)
	for {
		token, err := in.ReadToken()
		if errors.Is(err, io.EOF) {
			return bytes.TrimSpace(out.Bytes()), nil
		} else if err != nil {
			return nil, fmt.Errorf("rewrite JSON: %w", err)
		}
		if within, n := in.StackIndex(in.StackDepth()); token.Kind() == '"' && (within != '{' || n%2 == 0) { // not a name
			s, err := f(in.StackPointer(), token.String())
			if err != nil {
				return nil, err
			}
			token = jsontext.String(s)
		}
		if err := to.WriteToken(token); err != nil {
			return nil, fmt.Errorf("rewrite JSON: %w", err)
		}
	}
}
