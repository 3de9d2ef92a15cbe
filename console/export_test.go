package console

import (
	"net/http"

	"github.com/aparte-dev/aparte/access"
)

// Rights are those that doors declare.
func Rights() map[string]access.Right { return rights }

// Anybody is the right of everybody.
const Anybody = anybody

// Undeclared are the doors of a console that ask for no right, and rights that are of no door.
func Undeclared(c Config) (doorless, without []string, err error) {
	s := &console{Config: c}
	mux := &doors{ServeMux: http.NewServeMux(), console: s}
	err = s.mount(mux)
	doorless, without = undeclared(mux.names)
	return doorless, without, err
}
