package mailbox

import (
	"net"
	"sync"
)

// door is a listener that lets a bounded number of connections in and can cut those that are.
type door struct {
	net.Listener
	places chan struct{} // one element a connection inside
	closed chan struct{}
	close  sync.Once

	mu     sync.Mutex
	inside map[*guest]struct{}
}

// guest is a connection that gives its place back when it is closed.
type guest struct {
	net.Conn
	door  *door
	leave sync.Once
}

func newDoor(l net.Listener, places int) *door {
	return &door{
		Listener: l,
		places:   make(chan struct{}, places),
		closed:   make(chan struct{}),
		inside:   make(map[*guest]struct{}),
	}
}

// Accept waits for a place, then for somebody to take it.
func (d *door) Accept() (net.Conn, error) {
	select {
	case d.places <- struct{}{}:
	case <-d.closed:
		return nil, net.ErrClosed
	}
	conn, err := d.Listener.Accept()
	if err != nil {
		<-d.places
		return nil, err
	}
	g := &guest{Conn: conn, door: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside[g] = struct{}{}
	return g, nil
}

// Close lets nobody in any more. Those inside stay.
func (d *door) Close() (err error) {
	d.close.Do(func() {
		close(d.closed)
		err = d.Listener.Close()
	})
	return err
}

// cut closes the connections inside.
func (d *door) cut() {
	d.mu.Lock()
	guests := make([]*guest, 0, len(d.inside))
	for g := range d.inside {
		guests = append(guests, g)
	}
	d.mu.Unlock()
	for _, g := range guests {
		g.Close()
	}
}

// Close closes the connection and frees its place.
func (g *guest) Close() (err error) {
	g.leave.Do(func() {
		err = g.Conn.Close()
		g.door.mu.Lock()
		delete(g.door.inside, g)
		g.door.mu.Unlock()
		<-g.door.places
	})
	return err
}
