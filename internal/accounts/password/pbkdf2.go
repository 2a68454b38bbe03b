package password

import (
	stdpbkdf2 "crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

const (
	pbkdf2Name = "pbkdf2_sha256"
	// maxIterations bounds the time that a stored hash may ask for, to a few seconds.
	maxIterations = 10_000_000
	maxSaltBytes  = 256
)

// pbkdf2 is a hash of the system before this one: pbkdf2_sha256$iterations$salt$key, the key in padded base64.
type pbkdf2 struct {
	iterations int
	salt       []byte // the salt is used as the text shown, not decoded
	key        []byte
}

// parsePBKDF2 reads what follows "pbkdf2_sha256$".
func parsePBKDF2(s string) (pbkdf2, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 3 || parts[1] == "" || len(parts[1]) > maxSaltBytes {
		return pbkdf2{}, malformed(pbkdf2Name)
	}
	iterations, err := strconv.Atoi(parts[0])
	if err != nil || iterations < 1 || iterations > maxIterations {
		return pbkdf2{}, malformed(pbkdf2Name)
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != sha256.Size {
		return pbkdf2{}, malformed(pbkdf2Name)
	}
	return pbkdf2{iterations: iterations, salt: []byte(parts[1]), key: key}, nil
}

func (p pbkdf2) matches(plain string) (bool, error) {
	key, err := stdpbkdf2.Key(sha256.New, plain, p.salt, p.iterations, sha256.Size)
	if err != nil {
		return false, fmt.Errorf("computing a %s password hash: %w", pbkdf2Name, err)
	}
	return equal(key, p.key), nil
}

// upToDate is false: every such hash is to be replaced.
func (p pbkdf2) upToDate(Cost) bool { return false }
