package deploycheck

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	backupsName      = "backups"
	backupKeyName    = "backup encryption"
	backupPlaceName  = "backup storage"
	databaseLifeName = "database lifetime"
)

// backups checks the settings of backups.
func backups(c *config.Config) []Result {
	var results []Result
	if c.BackupSchedule == "off" {
		remedy := "Set BACKUP_SCHEDULE=daily, and BACKUP_R2_BUCKET_NAME or BACKUP_DIR."
		results = append(results, warn(backupsName, remedy, "The server makes no backups by itself."))
	} else {
		results = append(results, ok(backupsName, "They are made %s, verified, and kept for up to six "+
			"months.", c.BackupSchedule))
	}
	encrypted := len(c.BackupRecipients) > 0 || c.BackupPassphrase != ""
	switch {
	case c.BackupSchedule == "off" && !encrypted:
	case c.BackupsInPublic() && !encrypted:
		results = append(results,
			warn(backupKeyName, "Set BACKUP_AGE_RECIPIENT or BACKUP_PASSPHRASE, and keep the key elsewhere.",
				"The bucket has a public host name, so backups are encrypted, with a key derived from SECRET_KEY; if you lose it, "+
					"the backups can't be read."))
	case !encrypted:
		results = append(results, ok(backupKeyName, "They are not encrypted, but stored where nobody else can read them."))
	case c.RestoreOnEmpty == "latest" && len(c.BackupRecipients) > 0 && c.BackupIdentity == "":
		results = append(results, fail(backupKeyName, "Set BACKUP_AGE_IDENTITY to the secret key of BACKUP_AGE_RECIPIENT.",
			"RESTORE_ON_EMPTY can't decrypt the backups."))
	default:
		results = append(results, ok(backupKeyName, "They are encrypted."))
	}
	if c.DatabaseLifetime > 0 && c.RestoreOnEmpty != "latest" {
		results = append(results,
			warn(databaseLifeName, "Set RESTORE_ON_EMPTY=latest: then changing DATABASE_URL is enough to move to a new "+
				"database.",
				"The provider deletes the database after %d days.", int(c.DatabaseLifetime.Hours()/24)))
	}
	return results
}

// backupPlace tests writing to a separate bucket or folder; the uploads bucket is checked already.
func (s *surroundings) backupPlace(ctx context.Context) []Result {
	c := s.config
	switch {
	case c.BackupSchedule == "off" || c.BackupsBesideUploads():
		return nil
	case c.BackupDir != "":
		if _, err := os.Stat(c.BackupDir); errors.Is(err, fs.ErrNotExist) {
			return []Result{ok(backupPlaceName, "The folder %s is created with the first backup.", c.BackupDir)}
		}
		return append(s.lasting(backupPlaceName, "Backups are in "+c.BackupDir, c.BackupDir, "Set BACKUP_R2_BUCKET_NAME."),
			s.folder("backup folder", c.BackupDir)...)
	}
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: c.BackupEndpointURL, Bucket: c.BackupBucket, AccessKeyID: c.BackupAccessKeyID,
		SecretAccessKey: c.BackupSecretKey,
		Transport:       s.client.Transport, Attempts: 2, Patience: bucketPatience,
	})
	p := newProbe("backups/deploycheck-")
	if err == nil {
		err = errors.Join(p.store(ctx, store), p.read(ctx, store), p.remove(ctx, store))
	}
	if err != nil {
		return []Result{fail(backupPlaceName, "Correct the BACKUP_R2_ variables, or the permissions of the API token.",
			"It can't be used: %s.", s.reason(err))}
	}
	return []Result{ok(backupPlaceName, "Objects in %s can be written, read and deleted.", c.BackupBucket)}
}

// lifetime warns if the database will be deleted soon.
func (s *surroundings) lifetime(ctx context.Context, db *database.DB) []Result {
	text, err := db.Ending(ctx, s.config.DatabaseLifetime)
	if err != nil || text == "" { // without a schema there is no age
		return nil
	}
	return []Result{warn(databaseLifeName,
		fmt.Sprint("Create a new database, set DATABASE_URL to it and RESTORE_ON_EMPTY=latest; ",
			"or pay for this one, and set DATABASE_LIFETIME_DAYS=0."), "%s", text)}
}
