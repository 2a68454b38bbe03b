package password

import (
	"encoding/base64"
	"fmt"
	"runtime"
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

type argon2Params struct {
	memoryKiB uint32
	passes    uint32
	threads   uint8
}

// current is the cost of new hashes, OWASP's second choice. The usual 64 MiB would break small machines.
func current() argon2Params { return argon2Params{memoryKiB: 19 * 1024, passes: 2, threads: 1} }

// valid tells whether the algorithm can run with p within our bounds. It needs 8 KiB for each thread.
func (p argon2Params) valid() bool {
	return p.passes >= 1 && p.passes <= maxPasses &&
		p.threads >= 1 && p.threads <= maxThreads &&
		p.memoryKiB >= 8*uint32(p.threads) && p.memoryKiB <= maxMemoryKiB
}

func (p argon2Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.memoryKiB, p.passes, p.threads)
}

// argon2id is a hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$key, both in base64 without padding.
type argon2id struct {
	params    argon2Params
	salt, key []byte
}

// parseArgon2id reads what follows "$argon2id$".
func parseArgon2id(s string) (argon2id, error) {
	var hash argon2id
	parts := strings.Split(s, "$")
	if len(parts) != 4 || parts[0] != argon2Version() || len(parts[2]) > maxEncodedBytes || len(parts[3]) > maxEncodedBytes {
		return hash, malformed(argon2idName)
	}
	p := &hash.params
	_, err := fmt.Sscanf(parts[1], "m=%d,t=%d,p=%d", &p.memoryKiB, &p.passes, &p.threads)
	if err != nil || p.String() != parts[1] || !p.valid() { // the comparison refuses what Sscanf lets through
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
	return fmt.Sprintf("$%s$%s$%s$%s$%s", argon2idName, argon2Version(), a.params, encode(a.salt), encode(a.key))
}

// derive computes the key, and gives the working memory back at once: left to the next regular collection, the memory
// of several sign-ins in a row adds up to three times what one needs. The collection costs no more time than touching
// fresh memory would.
func (a argon2id) derive(plain string, length int) []byte {
	defer runtime.GC()
	return argon2.IDKey([]byte(plain), a.salt, a.params.passes, a.params.memoryKiB, a.params.threads, uint32(length))
}

func (a argon2id) matches(plain string) (bool, error) {
	return equal(a.derive(plain, len(a.key)), a.key), nil
}

func (a argon2id) upToDate() bool {
	return a.params == current() && len(a.salt) >= saltBytes && len(a.key) >= keyBytes
}
