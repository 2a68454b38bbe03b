package attempts

import (
	"encoding/hex"
	"net/netip"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/secret"
)

// Clients tells clients apart by their addresses, without keeping these.
type Clients struct {
	ServerKey string // keys the hashes
}

// householdBits is the part of an IPv6 address that a provider gives one customer; some give even more addresses.
const householdBits = 64

// Key stands for the address of a client in tables and limits: "" for an unknown one. Of IPv6 the network counts, since
// every household has more addresses in its own than could ever be limited one by one.
func (c Clients) Key(client actor.Client) string {
	address := client.Address
	if address == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		address = netip.PrefixFrom(ip, householdBits).Masked().String()
	}
	return hex.EncodeToString(secret.Keyed(c.ServerKey, "address", address))
}

// shownOfKey is how many characters of a key are shown and logged.
const shownOfKey = 8

// ShownKey is the beginning of a key, by which people tell clients apart.
func ShownKey(key string) string { return key[:min(shownOfKey, len(key))] }
