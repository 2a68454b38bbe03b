package backup

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

// Keys encrypt archives and open them again.
type Keys struct {
	Recipients []string // public keys of age, for which archives are encrypted
	Passphrase string   // instead of them
	Identities []string // secret keys of age, with which archives are opened
	ServerKey  string   // which a passphrase is derived from, to open archives in any case
	// Required says that archives must not lie open where they are kept: without recipients and passphrase, the derived
	// one encrypts them.
	Required bool
}

// workFactor is the logarithm of the number of rounds of scrypt: it takes 16 MiB. A guess has to be dear where people
// choose a passphrase, but a small server has to make it, too; the configuration asks for a long one.
const workFactor = 14

// maxWorkFactor is the largest that is accepted, in what might be no archive of ours: it takes 256 MiB, and is what the
// tool age uses.
const maxWorkFactor = 18

// Derived is the passphrase that follows from the server's key, and from nothing else: docs/backup.md tells how to work
// it out with other tools.
func (k Keys) Derived() string {
	mac := hmac.New(sha256.New, []byte(k.ServerKey))
	mac.Write([]byte("notechondria backup v1"))
	return hex.EncodeToString(mac.Sum(nil))
}

// DerivedOnly reports whether archives are encrypted with nothing but the server's key.
func (k Keys) DerivedOnly() bool { return k.Required && len(k.Recipients) == 0 && k.Passphrase == "" }

// encryption returns for whom an archive is encrypted (nobody, if it is not), and how it is read back once. Encrypting
// for others' keys leaves none to read with, so a key is made for this archive, and forgotten.
func (k Keys) encryption() (recipients []age.Recipient, back age.Identity, err error) {
	passphrase := k.Passphrase
	if k.DerivedOnly() {
		passphrase = k.Derived()
	}
	switch {
	case len(k.Recipients) > 0:
		once, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, nil, fmt.Errorf("making a key: %w", err)
		}
		recipients = append(recipients, once.Recipient())
		for _, text := range k.Recipients {
			recipient, err := age.ParseX25519Recipient(text)
			if err != nil {
				return nil, nil, fmt.Errorf("BACKUP_AGE_RECIPIENT: %w", err)
			}
			recipients = append(recipients, recipient)
		}
		return recipients, once, nil
	case passphrase != "":
		recipient, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, nil, fmt.Errorf("using the passphrase of backups: %w", err)
		}
		recipient.SetWorkFactor(workFactor)
		back, err := age.NewScryptIdentity(passphrase)
		return []age.Recipient{recipient}, back, err
	}
	return nil, nil, nil
}

// open returns what archives are opened with.
func (k Keys) open() ([]age.Identity, error) {
	var list []age.Identity
	for _, text := range k.Identities {
		identities, err := age.ParseIdentities(strings.NewReader(text))
		if err != nil {
			return nil, errors.New("this is not an age secret key, which starts with AGE-SECRET-KEY-1")
		}
		list = append(list, identities...)
	}
	passphrases := []string{k.Passphrase}
	if k.ServerKey != "" {
		passphrases = append(passphrases, k.Derived())
	}
	for _, passphrase := range passphrases {
		if passphrase == "" {
			continue
		}
		identity, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, fmt.Errorf("using the passphrase of backups: %w", err)
		}
		identity.SetMaxWorkFactor(maxWorkFactor)
		list = append(list, identity)
	}
	return list, nil
}
