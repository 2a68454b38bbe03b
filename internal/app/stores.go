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
func MediaStore(c *config.Config) (blob.Store, error) {
	return openStore("media files", c.MediaRoot, uploadsBucket(c, "media"))
}

// StaticStore is described with MediaStore.
func StaticStore(c *config.Config) (blob.Store, error) {
	return openStore("static files", c.StaticRoot, uploadsBucket(c, "static"))
}

func uploadsBucket(c *config.Config, prefix string) blob.S3Options {
	return blob.S3Options{
		Endpoint: c.R2EndpointURL, Bucket: c.R2Bucket, Prefix: prefix,
		AccessKeyID: c.R2AccessKeyID, SecretAccessKey: c.R2SecretAccessKey,
	}
}

// BackupStore opens where backups are kept; nil for nowhere. A folder comes before a bucket.
func BackupStore(c *config.Config) (blob.Store, error) {
	switch {
	case c.BackupDir != "":
		return openStore("backups", c.BackupDir, blob.S3Options{})
	case c.BackupBucket == "":
		return nil, nil
	}
	return openStore("backups", "", blob.S3Options{
		Endpoint: c.BackupEndpointURL, Bucket: c.BackupBucket, Prefix: "backups",
		AccessKeyID: c.BackupAccessKeyID, SecretAccessKey: c.BackupSecretKey,
	})
}

// openStore opens a bucket or, where that has no name, a folder. content is what is kept there, for errors.
func openStore(content, folder string, bucket blob.S3Options) (blob.Store, error) {
	if bucket.Bucket == "" {
		store, err := blob.OpenLocal(filepath.Clean(folder))
		if err != nil {
			return nil, fmt.Errorf("opening the folder of %s: %w", content, err)
		}
		return store, nil
	}
	store, err := blob.OpenS3(bucket)
	if err != nil {
		return nil, fmt.Errorf("opening the bucket of %s: %w", content, err)
	}
	return store, nil
}

// mediaURL is where uploaded files are served when that is not this server's /media/: on the public name of the bucket,
// unless browsers are to get them from here.
func mediaURL(c *config.Config) string {
	if c.R2Bucket == "" || c.R2CustomDomain == "" || c.MediaProxy {
		return ""
	}
	return "https://" + c.R2CustomDomain + "/media/"
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
