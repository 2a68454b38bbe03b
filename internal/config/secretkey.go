package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	secretKeyFile   = "secret_key"
	secretKeyBytes  = 48 // 64 characters
	privateDirMode  = 0o700
	howToMakeSecret = "make one with: openssl rand -base64 48"
)

func (c *Config) secretKeyPath() string { return filepath.Join(c.DataDir, secretKeyFile) }

// resolveSecretKey requires a key where several servers may share a database, and uses the one generated earlier with
// the embedded database.
func (c *Config) resolveSecretKey(problems *Problems) {
	if c.SecretKey != "" {
		return
	}
	if !c.Embedded() {
		problems.add("SECRET_KEY is not set: with DATABASE_URL or POSTGRE_* set, the server needs the same key at every " +
			"start; " + howToMakeSecret)
		return
	}
	if c.DataDir == "" {
		return
	}
	c.origins["SECRET_KEY"] = origin{source: "generated (" + c.secretKeyPath() + ")"}
	key, err := readSecretKey(c.secretKeyPath())
	switch {
	case err == nil:
		c.SecretKey = key
	case !errors.Is(err, fs.ErrNotExist):
		problems.add("SECRET_KEY is not set and " + err.Error())
	}
}

// EnsureSecretKey gives the Config a secret key: if none was configured it creates one in DataDir (mode 0700) as the
// file secret_key (mode 0600). Processes that start at the same time end with the same key. It is not safe for
// concurrent use of one Config.
func (c *Config) EnsureSecretKey() error {
	if c.SecretKey != "" {
		return nil
	}
	if err := os.MkdirAll(c.DataDir, privateDirMode); err != nil {
		return fmt.Errorf("creating the data folder: %w", err)
	}
	key, err := createSecretKey(c.secretKeyPath())
	if errors.Is(err, fs.ErrExist) {
		key, err = readSecretKey(c.secretKeyPath())
	}
	if err != nil {
		return err
	}
	c.SecretKey = key
	return nil
}

// createSecretKey writes a new key beside path and links it there: the file appears complete or not at all, and never
// replaces an existing one. It fails with fs.ErrExist if there is one.
func createSecretKey(path string) (string, error) {
	random := make([]byte, secretKeyBytes)
	rand.Read(random)
	key := base64.RawURLEncoding.EncodeToString(random)

	temporary, err := writeTemporary(filepath.Dir(path), key+"\n")
	if err != nil {
		return "", fmt.Errorf("writing the secret key: %w", err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := os.Link(temporary, path); err != nil {
		return "", fmt.Errorf("storing the secret key: %w", err)
	}
	return key, nil
}

// writeTemporary returns the name of a new file, mode 0600, with content safely on disk.
func writeTemporary(dir, content string) (string, error) {
	file, err := os.CreateTemp(dir, "."+secretKeyFile+"-*")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(content)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func readSecretKey(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the secret key: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if key == "" {
		return "", fmt.Errorf("the secret key's file %s is empty; remove it to get a new key", path)
	}
	return key, nil
}
