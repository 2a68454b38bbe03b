package password

import (
	stdpbkdf2 "crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

const (
	pbkdf2Name     = "pbkdf2_sha256"
	pbkdf2SHA1Name = "pbkdf2_sha1"
	// maxIterations bounds the time that a stored hash may ask for, to a few seconds.
	maxIterations = 10_000_000
	maxSaltBytes  = 256
)

// pbkdf2 is a hash of the system before this one: pbkdf2_sha256$iterations$salt$key, the key in padded base64; or the
// same with pbkdf2_sha1.
type pbkdf2 struct {
	name       string
	digest     func() hash.Hash
	iterations int
	salt       []byte // the salt is used as the text shown, not decoded
	key        []byte
}

// parsePBKDF2 reads what follows the name and "$".
func parsePBKDF2(name string, s string) (pbkdf2, error) {
	digest := sha256.New
	if name == pbkdf2SHA1Name {
		digest = sha1.New
	}
	parts := strings.Split(s, "$")
	if len(parts) != 3 || parts[1] == "" || len(parts[1]) > maxSaltBytes {
		return pbkdf2{}, malformed(name)
	}
	iterations, err := strconv.Atoi(parts[0])
	if err != nil || iterations < 1 || iterations > maxIterations {
		return pbkdf2{}, malformed(name)
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != digest().Size() {
		return pbkdf2{}, malformed(name)
	}
	return pbkdf2{name: name, digest: digest, iterations: iterations, salt: []byte(parts[1]), key: key}, nil
}

func (p pbkdf2) matches(plain string) (bool, error) {
	key, err := stdpbkdf2.Key(p.digest, plain, p.salt, p.iterations, len(p.key))
	if err != nil {
		return false, fmt.Errorf("computing a %s password hash: %w", p.name, err)
	}
	return equal(key, p.key), nil
}

// upToDate is false: every such hash is to be replaced.
func (p pbkdf2) upToDate(Cost) bool { return false }
