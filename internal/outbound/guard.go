package outbound

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// The networks that a person may run at home. Link-local ones are not among them.
var (
	private4 = prefixes("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
	private6 = prefixes("::1/128", "fc00::/7")
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// newGuard returns a net.Dialer's Control: it sees each address, resolved, that a connection is about to be opened to.
// What is not public follows from IANA's registries of special addresses; of IPv6 only 2000::/3 is, so that neither
// mapped nor translated (NAT64, 6to4) addresses lead around the check.
func newGuard(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowPrivate {
		options = append(options, ssrf.WithAllowedV4Prefixes(private4...), ssrf.WithAllowedV6Prefixes(private6...))
	}
	addresses := ssrf.New(options...)
	return func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil || !allowedPort(target.Port()) {
			return ErrRefused
		}
		if err := addresses.SafeAddr(target.Addr()); err != nil {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return nil
	}
}

// allowedPort keeps out the services of other protocols: mail, remote shells, file sharing.
func allowedPort(port uint16) bool { return port >= 1024 || slices.Contains([]uint16{80, 443}, port) }
