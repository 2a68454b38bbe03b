package password

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Names of Django's other algorithms.
const (
	argon2Name       = "argon2"
	bcryptName       = "bcrypt"
	bcryptSHA256Name = "bcrypt_sha256"
	scryptName       = "scrypt"
)

// What a stored hash may ask for at most, see maxMemoryKiB.
const (
	maxBcryptCost   = 17
	maxScryptBytes  = maxMemoryKiB * 1024
	maxScryptBlocks = 64 // r, and p
)

// djangoArgon2 is argon2$argon2id$v=19$m=102400,t=2,p=8$salt$key, or with argon2i.
type djangoArgon2 struct {
	argon2id
	isID bool
}

// parseDjangoArgon2 reads what follows "argon2$".
func parseDjangoArgon2(s string) (djangoArgon2, error) {
	name, rest, _ := strings.Cut(s, "$")
	hash, err := parseArgon2id(strings.TrimRight(rest, "="))
	if err != nil || name != argon2idName && name != "argon2i" {
		return djangoArgon2{}, malformed(argon2Name)
	}
	return djangoArgon2{hash, name == argon2idName}, nil
}

func (a djangoArgon2) matches(plain string) (bool, error) {
	if a.isID {
		return a.argon2id.matches(plain)
	}
	key, err := a.derive(plain, modeArgon2i, len(a.key))
	return err == nil && equal(key, a.key), err
}

func (djangoArgon2) upToDate(Cost) bool { return false }

// djangoBcrypt is bcrypt_sha256$$2b$12$…, of the SHA-256 of the password in hex; or bcrypt$$2b$12$…, of itself.
type djangoBcrypt struct {
	encoded []byte
	hashed  bool
}

// parseBcrypt reads what follows the name and "$".
func parseBcrypt(name, s string) (djangoBcrypt, error) {
	cost, err := bcrypt.Cost([]byte(s))
	if err != nil || cost > maxBcryptCost {
		return djangoBcrypt{}, malformed(name)
	}
	return djangoBcrypt{[]byte(s), name == bcryptSHA256Name}, nil
}

func (b djangoBcrypt) matches(plain string) (bool, error) {
	text := []byte(plain)
	if b.hashed {
		sum := sha256.Sum256(text)
		text = []byte(hex.EncodeToString(sum[:]))
	} else if len(text) > 72 { // what is beyond has no effect
		text = text[:72]
	}
	err := bcrypt.CompareHashAndPassword(b.encoded, text)
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, malformed(bcryptName)
	}
	return err == nil, nil
}

func (djangoBcrypt) upToDate(Cost) bool { return false }

// djangoScrypt is scrypt$N$salt$r$p$key, the key in padded base64.
type djangoScrypt struct {
	n, r, p   int
	salt, key []byte
}

// parseScrypt reads what follows "scrypt$".
func parseScrypt(s string) (djangoScrypt, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 || parts[1] == "" || len(parts[1]) > maxSaltBytes {
		return djangoScrypt{}, malformed(scryptName)
	}
	var numbers [3]int
	for i, part := range []string{parts[0], parts[2], parts[3]} {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return djangoScrypt{}, malformed(scryptName)
		}
		numbers[i] = n
	}
	hash := djangoScrypt{n: numbers[0], r: numbers[1], p: numbers[2], salt: []byte(parts[1])}
	if hash.r > maxScryptBlocks || hash.p > maxScryptBlocks || hash.n > maxScryptBytes/128/hash.r ||
		hash.n&(hash.n-1) != 0 {
		return djangoScrypt{}, malformed(scryptName)
	}
	var err error
	if hash.key, err = base64.StdEncoding.DecodeString(parts[4]); err != nil || len(hash.key) < 16 ||
		len(hash.key) > maxEncodedBytes {
		return djangoScrypt{}, malformed(scryptName)
	}
	return hash, nil
}

func (s djangoScrypt) matches(plain string) (bool, error) {
	key, err := scrypt.Key([]byte(plain), s.salt, s.n, s.r, s.p, len(s.key))
	if err != nil {
		return false, fmt.Errorf("computing a %s password hash: %w", scryptName, err)
	}
	return equal(key, s.key), nil
}

func (djangoScrypt) upToDate(Cost) bool { return false }
