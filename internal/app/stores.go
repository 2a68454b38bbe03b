package app

import (
	"fmt"
	"path/filepath"

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
