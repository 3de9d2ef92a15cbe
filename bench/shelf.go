//go:build unix

package bench

import (
	"errors"
	"fmt"
	"syscall"
)

// Shelf holds requests outside of the heap. What a client holds ready would make the heap grow to a multiple of it while it is
// measured, and pages that are touched for the first time are dear on virtual machines. The zero value is empty.
type Shelf struct {
	rooms [][]byte
	free  []byte // of the last room
}

// shelfRoom is how many bytes are asked of the system at a time, at least.
const shelfRoom = 64 << 20

// Put is a copy of b that holds until Close.
func (s *Shelf) Put(b []byte) ([]byte, error) {
	if len(b) > len(s.free) {
		room, err := syscall.Mmap(-1, 0, max(shelfRoom, len(b)), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return nil, fmt.Errorf("memory for requests: %w", err)
		}
		s.rooms, s.free = append(s.rooms, room), room
	}
	held := s.free[:len(b):len(b)]
	copy(held, b)
	s.free = s.free[len(b):]
	return held, nil
}

// Close gives the memory back; nothing that was put is read from then on.
func (s *Shelf) Close() error {
	var errs []error
	for _, room := range s.rooms {
		errs = append(errs, syscall.Munmap(room))
	}
	s.rooms, s.free = nil, nil
	return errors.Join(errs...)
}
