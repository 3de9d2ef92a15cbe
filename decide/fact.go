package decide

import (
	"encoding/json"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/aparte-dev/aparte"
)

// fact is a value that rules reckon with, unboxed: making one allocates nothing. The zero value is
// beyond it: something that only CEL knows how to handle.
type fact struct {
	kind kind
	num  float64 // of a decimal
	n    int64   // an integer; 1 for true; which bag
	text string  // a text, or the JSON of a tree
}

type kind uint8

const (
	beyond  kind = iota
	missing      // an entry that a map does not have: in CEL, an error
	boolean
	whole
	decimal
	words
	tree    // an array or object
	bagged  // one of the deliberation's bags
	instant // the time of the decision
)

// plain reports whether a fact can be compared and computed with.
func (f fact) plain() bool { return f.kind >= boolean && f.kind <= words }

func truth(yes bool) fact        { return fact{kind: boolean, n: int64(oneIf(yes))} }
func integer(n int64) fact       { return fact{kind: whole, n: n} }
func double(v float64) fact      { return fact{kind: decimal, num: v} }
func text(s string) fact         { return fact{kind: words, text: s} }
func mapping(which bagKind) fact { return fact{kind: bagged, n: int64(which)} }

// factOf is a value of a trait or of the moment's context.
func factOf(v aparte.Value) fact {
	switch v.Kind {
	case aparte.Text:
		return text(v.Str)
	case aparte.Number:
		return double(v.Num)
	case aparte.Bool:
		return truth(v.Num != 0)
	case aparte.JSON:
		return fact{kind: tree, text: v.Str}
	}
	return fact{kind: missing}
}

// box is a fact for CEL; nil where it is missing.
func (d *deliberation) box(f fact) ref.Val {
	switch f.kind {
	case boolean:
		return types.Bool(f.n != 0)
	case whole:
		return types.Int(f.n)
	case decimal:
		return types.Double(f.num)
	case words:
		return types.String(f.text)
	case bagged:
		return &d.bags[f.n]
	case instant:
		return types.Timestamp{Time: d.now}
	case tree:
		return grown(f.text)
	}
	return nil
}

// grown is an array or object as CEL's lists and maps.
func grown(tree string) ref.Val {
	var grown any
	if err := json.Unmarshal([]byte(tree), &grown); err != nil {
		return types.NullValue
	}
	return types.DefaultTypeAdapter.NativeToValue(grown)
}

// verdict is what a rule says that comes to f; unasked where only CEL can say.
func (f fact) verdict() verdict {
	switch {
	case f.kind == missing:
		return failed
	case f.kind != boolean:
		return unasked
	case f.n != 0:
		return holds
	}
	return saysNo
}
