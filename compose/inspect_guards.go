package compose

import "strings"

// guards are the variables that are there wherever the condition holds: those that it asks for, or
// compares with a literal, all joined by and.
func (r *reader) guards() []string {
	var paths []string
	var clause []token
	flush := func() {
		if path, ok := guarded(clause); ok {
			paths = append(paths, path)
		}
		clause = nil
	}
	for _, t := range r.tokens {
		switch {
		case t.kind == wordToken && t.text == "or":
			return nil
		case t.kind == wordToken && t.text == "and":
			flush()
		default:
			clause = append(clause, t)
		}
	}
	flush()
	return paths
}

// implied is what is known where the paths are: their root as well, and of a reduction both its sides.
func implied(paths []string) []string {
	for _, path := range paths {
		root, _, _ := strings.Cut(path, ".")
		paths = append(paths, root)
		if property := strings.TrimPrefix(path, root+"."); isItem(root) && (property == "was" || property == "discount") {
			paths = append(paths, root+".was", root+".discount", root+".price")
		}
	}
	return paths
}

func isItem(root string) bool { return root == "item" || root == "companion" }

func guarded(clause []token) (string, bool) {
	if len(clause) == 0 || clause[0].kind != nameToken {
		return "", false
	}
	path, n := clause[0].text, 1
	for n < len(clause) && clause[n].kind == propertyToken {
		path += "." + clause[n].text
		n++
	}
	switch rest := clause[n:]; {
	case len(rest) == 0:
		return path, true
	case len(rest) != 2:
		return "", false
	case rest[0].is("!="):
		return path, rest[1].kind == constToken && rest[1].text == "nil"
	default:
		literal := rest[1].kind == textToken && rest[1].text != "" || rest[1].kind == numberToken
		return path, literal && (rest[0].kind == signToken || rest[0].text == "contains")
	}
}
