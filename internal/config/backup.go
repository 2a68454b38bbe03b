package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// leastPassphrase is the minimum length of a passphrase for backups: anyone who has an archive can guess without limit.
const leastPassphrase = 16

// renderLifetime is the time after which Render deletes a free database.
const renderLifetime = 30 * 24 * time.Hour

// resolveBackups determines where backups go: the folder, else the bucket, else a folder beside the other data.
func (c *Config) resolveBackups(problems *Problems) {
	c.resolveBackupBucket(problems)
	if c.BackupDir == "" && c.BackupBucket == "" && c.DataDir != "" {
		c.BackupDir = filepath.Join(c.DataDir, "backups")
	}
	if c.BackupSchedule == "" {
		c.BackupSchedule = "off"
		if c.R2Bucket != "" || c.BackupBucket != "" {
			c.BackupSchedule = "daily"
		}
	}
	if c.BackupDir == "" && c.BackupBucket == "" && c.BackupSchedule != "off" {
		problems.add("BACKUP_SCHEDULE is set, but there is no place for backups: set BACKUP_DIR or BACKUP_R2_BUCKET_NAME")
	}
	for _, recipient := range c.BackupRecipients {
		if _, err := age.ParseX25519Recipient(recipient); err != nil {
			problems.add(fmt.Sprintf(
				"BACKUP_AGE_RECIPIENT: %q is not an age public key; accepted: age1..., as printed by age-keygen", recipient))
		}
	}
	if c.BackupPassphrase != "" && len([]rune(c.BackupPassphrase)) < leastPassphrase {
		problems.add(fmt.Sprintf("BACKUP_PASSPHRASE is too short; accepted: at least %d characters", leastPassphrase))
	}
	if u, err := url.Parse(c.DatabaseURL); err == nil && !c.isSet("DATABASE_LIFETIME_DAYS") && isRenders(u.Hostname()) {
		c.DatabaseLifetime = renderLifetime
	}
}

// isRenders recognises Render's databases, by their public names and those in its own network.
func isRenders(host string) bool {
	return strings.HasSuffix(host, "-postgres.render.com") || strings.HasPrefix(host, "dpg-") &&
		!strings.Contains(host, ".")
}

// resolveBackupBucket completes the settings of a separate bucket from those of the uploads bucket, or uses that one.
func (c *Config) resolveBackupBucket(problems *Problems) {
	if c.BackupDir != "" {
		c.BackupBucket = ""
		return
	}
	if c.BackupEndpointURL == "" && c.BackupAccountID != "" {
		c.BackupEndpointURL = "https://" + c.BackupAccountID + ".r2.cloudflarestorage.com"
	}
	fill := func(value *string, other string) {
		if *value == "" {
			*value = other
		}
	}
	fill(&c.BackupBucket, c.R2Bucket)
	fill(&c.BackupEndpointURL, c.R2EndpointURL)
	fill(&c.BackupAccessKeyID, c.R2AccessKeyID)
	fill(&c.BackupSecretKey, c.R2SecretAccessKey)
	if c.BackupBucket == "" || c.BackupBucket == c.R2Bucket { // missing settings there were already reported
		return
	}
	if c.BackupEndpointURL == "" || c.BackupAccessKeyID == "" || c.BackupSecretKey == "" {
		problems.add("BACKUP_R2_BUCKET_NAME is set, but its account or its keys are missing: BACKUP_R2_ACCOUNT_ID, " +
			"BACKUP_R2_ACCESS_KEY_ID, BACKUP_R2_SECRET_ACCESS_KEY")
	}
}

// BackupInterval is the time between two backups; 0 for none.
func (c *Config) BackupInterval() time.Duration {
	return map[string]time.Duration{"hourly": time.Hour, "daily": 24 * time.Hour,
		"weekly": 7 * 24 * time.Hour}[c.BackupSchedule]
}

// BackupsBesideUploads reports whether backups and uploads are in one bucket.
func (c *Config) BackupsBesideUploads() bool {
	return c.R2Bucket != "" && c.BackupBucket == c.R2Bucket && c.BackupEndpointURL == c.R2EndpointURL
}

// BackupsInPublic reports whether anybody can read the backup bucket.
func (c *Config) BackupsInPublic() bool { return c.BackupsBesideUploads() && c.R2CustomDomain != "" }
