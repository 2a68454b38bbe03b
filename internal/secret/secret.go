// Package secret is what is stored of secrets that people and programs present as a whole: session keys, API keys,
// invitation codes, calendar keys.
package secret

import (
	"crypto/sha256"
	"encoding/hex"
)

// HashKey is what is stored of a key, and by which it is found: a leaked table opens nothing. It takes no salt and no
// time, so keys must be random and long.
func HashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
