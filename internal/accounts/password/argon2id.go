package password

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	argon2idName = "argon2id"
	saltBytes    = 16
	keyBytes     = 32
)

// What a stored hash may ask for at most: an import must not be able to exhaust the machine.
const (
	maxMemoryKiB    = 256 * 1024
	maxPasses       = 10
	maxThreads      = 8
	maxEncodedBytes = 128 // of salt and key, each in base64
)

// Cost is what computing a hash takes.
type Cost struct {
	MemoryKiB uint32 // at least 8 for each thread
	Passes    uint32
	Threads   uint8
}

// DefaultCost is OWASP's second choice. The usual 64 MiB would break small machines.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1} }

// LowestCost is for tests, which hash more than they check.
func LowestCost() Cost { return Cost{MemoryKiB: 8, Passes: 1, Threads: 1} }

// valid reports whether the algorithm can run with c within our bounds.
func (c Cost) valid() bool {
	return c.Passes >= 1 && c.Passes <= maxPasses &&
		c.Threads >= 1 && c.Threads <= maxThreads &&
		c.MemoryKiB >= 8*uint32(c.Threads) && c.MemoryKiB <= maxMemoryKiB
}

// String is the cost as it stands in a hash.
func (c Cost) String() string { return fmt.Sprintf("m=%d,t=%d,p=%d", c.MemoryKiB, c.Passes, c.Threads) }

// argon2id is a hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$key, both in base64 without padding.
type argon2id struct {
	cost      Cost
	salt, key []byte
}

// parseArgon2id reads what follows "$argon2id$".
func parseArgon2id(s string) (argon2id, error) {
	var hash argon2id
	parts := strings.Split(s, "$")
	if len(parts) != 4 || parts[0] != argon2Version() || len(parts[2]) > maxEncodedBytes ||
		len(parts[3]) > maxEncodedBytes {
		return hash, malformed(argon2idName)
	}
	c := &hash.cost
	_, err := fmt.Sscanf(parts[1], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads)
	if err != nil || c.String() != parts[1] || !c.valid() { // the comparison refuses what Sscanf lets through
		return hash, malformed(argon2idName)
	}
	if hash.salt, err = base64.RawStdEncoding.DecodeString(parts[2]); err != nil || len(hash.salt) < 8 {
		return hash, malformed(argon2idName)
	}
	if hash.key, err = base64.RawStdEncoding.DecodeString(parts[3]); err != nil || len(hash.key) < 16 {
		return hash, malformed(argon2idName)
	}
	return hash, nil
}

func argon2Version() string { return fmt.Sprintf("v=%d", argon2.Version) }

func (a argon2id) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$%s$%s$%s$%s$%s", argon2idName, argon2Version(), a.cost, encode(a.salt), encode(a.key))
}

func (a argon2id) matches(plain string) (bool, error) {
	key, err := a.derive(plain, modeArgon2id, len(a.key))
	return err == nil && equal(key, a.key), err
}

func (a argon2id) upToDate(wanted Cost) bool {
	return a.cost == wanted && len(a.salt) >= saltBytes && len(a.key) >= keyBytes
}
