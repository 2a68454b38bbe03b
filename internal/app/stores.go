package app

import (
	"fmt"
	"path/filepath"

	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/metrics"
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

// newBackups completes the options of backups from the configuration.
func newBackups(
	c *config.Config, o backup.Options, counts *metrics.Metrics, derivers ...backup.Deriver,
) (*backup.Service, error) {
	store, err := BackupStore(c)
	if err != nil {
		return nil, err
	}
	if store != nil && counts != nil {
		store = blob.Observe(store, counts.Storage("backups"))
	}
	o.Store, o.FilesStay, o.Schedule, o.Lifetime = store, c.BackupsBesideUploads(), c.BackupInterval(), c.DatabaseLifetime
	o.Keys = backup.Keys{
		Recipients: c.BackupRecipients, Passphrase: c.BackupPassphrase, ServerKey: c.SecretKey, Required: c.BackupsInPublic(),
	}
	if c.BackupIdentity != "" {
		o.Keys.Identities = []string{c.BackupIdentity}
	}
	return backup.New(o, derivers...), nil
}
