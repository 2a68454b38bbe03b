package app

import (
	"fmt"
	"path/filepath"

	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/config"
)

// MediaStore opens where uploaded files are kept, StaticStore where static files are collected: two prefixes of the
// bucket when there is one, else two folders.
func MediaStore(c *config.Config) (blob.Store, error) { return openStore(c, "media", c.MediaRoot) }

// StaticStore is described with MediaStore.
func StaticStore(c *config.Config) (blob.Store, error) { return openStore(c, "static", c.StaticRoot) }

// mediaURL is where uploaded files are served when that is not this server's /media/: on the public name of the bucket,
// unless browsers are to get them from here.
func mediaURL(c *config.Config) string {
	if c.R2Bucket == "" || c.R2CustomDomain == "" || c.MediaProxy {
		return ""
	}
	return "https://" + c.R2CustomDomain + "/media/"
}

func openStore(c *config.Config, prefix, folder string) (blob.Store, error) {
	if c.R2Bucket == "" {
		store, err := blob.OpenLocal(filepath.Clean(folder))
		if err != nil {
			return nil, fmt.Errorf("opening the folder of %s files: %w", prefix, err)
		}
		return store, nil
	}
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: c.R2EndpointURL, Bucket: c.R2Bucket, Prefix: prefix,
		AccessKeyID: c.R2AccessKeyID, SecretAccessKey: c.R2SecretAccessKey,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the bucket of %s files: %w", prefix, err)
	}
	return store, nil
}

// BackupStore opens where backups are kept; nil for nowhere.
func BackupStore(c *config.Config) (blob.Store, error) {
	if c.BackupDir == "" && c.BackupBucket == "" {
		return nil, nil
	}
	if c.BackupDir != "" {
		store, err := blob.OpenLocal(filepath.Clean(c.BackupDir))
		if err != nil {
			return nil, fmt.Errorf("opening the folder of backups: %w", err)
		}
		return store, nil
	}
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: c.BackupEndpointURL, Bucket: c.BackupBucket, Prefix: "backups",
		AccessKeyID: c.BackupAccessKeyID, SecretAccessKey: c.BackupSecretKey,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the bucket of backups: %w", err)
	}
	return store, nil
}

func (b *builder) addBackups(version string) error {
	c := b.Config
	store, err := BackupStore(c)
	if err != nil {
		return err
	}
	if store != nil && b.Metrics != nil {
		store = blob.Observe(store, b.Metrics.Storage("backups"))
	}
	keys := backup.Keys{
		Recipients: c.BackupRecipients, Passphrase: c.BackupPassphrase, ServerKey: c.SecretKey, Required: c.BackupsInPublic(),
	}
	if c.BackupIdentity != "" {
		keys.Identities = []string{c.BackupIdentity}
	}
	b.Backups = backup.New(backup.Options{
		DB: b.DB, Queue: b.Queue, Log: b.Log, Media: b.Media, Program: version, Mailer: b.mailer,
		Administrators: b.Accounts.AdministratorAddresses, Store: store, Keys: keys, FilesStay: c.BackupsBesideUploads(),
		Schedule: c.BackupInterval(), Lifetime: c.DatabaseLifetime,
	}, b.Notes, b.feeds)
	return nil
}
