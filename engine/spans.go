package engine

// span is numbers that follow one another, the first and the last among them.
type span struct{ first, last uint64 }

// spans are numbers, as few spans as they were added in.
type spans []span

// add adds numbers, which join those that were added last where they follow them.
func (s *spans) add(more span) {
	if n := len(*s); n > 0 && (*s)[n-1].last+1 == more.first {
		(*s)[n-1].last = more.last
		return
	}
	*s = append(*s, more)
}
