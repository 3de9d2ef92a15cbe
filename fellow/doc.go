// Package fellow lets nodes, each a process with an engine, share the parts of one store. [Peers] carries what their engines ask of one another
// over HTTP/2; the node that has the office, the lease of part 0, hears every half second from the others which parts they have, and tells them
// which ones to take ([Office], [Spread]). [Seat] follows who has it, and takes it when nobody has.
//
// Nothing here decides who may write: the store does, by leases. What is believed of who has a part may be old: who is asked and has it not says
// so, and the lease is looked at again.
package fellow
