package quality

import "github.com/aparte-dev/aparte/store"

// Memory is an empty store of documents in memory.
func Memory() store.Documents { return &memory{} }
