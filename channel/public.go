package channel

import (
	"errors"
	"net/netip"
	"syscall"
)

// ErrPrivate refuses to connect to where only this machine, or its network, should.
var ErrPrivate = errors.New("the address is not on the public Internet")

// Public is a net.Dialer's Control that refuses a connection to an address that is not public. It is called with the address that
// was resolved, after every resolution of a name: whoever declares where a message goes reaches nobody's own network by it.
func Public(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !IsPublic(at.Addr()) {
		return ErrPrivate
	}
	return nil
}

// reserved are networks that no public address is in, besides those that package netip tells
// (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry).
var reserved = func() (all []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "fec0::/10", // of IPv4 inside IPv6 as it was, and of sites: RFC 4291, sections 2.5.5.1 and 2.5.7
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// IsPublic reports whether an address is one on the public Internet.
func IsPublic(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a.WithZone("")) {
			return false
		}
	}
	return true
}
