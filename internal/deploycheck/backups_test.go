package deploycheck_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

const (
	aBucket = "CLOUDFLARE_R2_BUCKET_NAME=notes CLOUDFLARE_R2_ACCOUNT_ID=x CLOUDFLARE_R2_ACCESS_KEY_ID=x " +
		"CLOUDFLARE_R2_SECRET_ACCESS_KEY=x CLOUDFLARE_R2_ENDPOINT_URL=https://127.0.0.1:1"
	aDomain    = aBucket + " CLOUDFLARE_R2_CUSTOM_DOMAIN=files.invalid"
	recipient  = "BACKUP_AGE_RECIPIENT=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	passphrase = "BACKUP_PASSPHRASE=a-passphrase-that-is-long"
)

func TestBackupSchedule(t *testing.T) {
	runCases(t, "backups", []settingCase{
		{"", isWarn, "makes no backups,BACKUP_SCHEDULE=daily"},
		{"BACKUP_SCHEDULE=weekly", isOK, "weekly"},
		{aBucket, isOK, "daily"},
		{aBucket + " BACKUP_SCHEDULE=off", isWarn, "makes no backups"},
	})
}

func TestEncryptionOfBackups(t *testing.T) {
	runCases(t, "backup encryption", []settingCase{
		{aBucket, isOK, "not encrypted"},
		{aBucket + " " + passphrase, isOK, "are encrypted"},
		{aDomain, isWarn, "SECRET_KEY,BACKUP_AGE_RECIPIENT"},
		{aDomain + " " + recipient, isOK, "are encrypted"},
		{aDomain + " " + passphrase, isOK, "are encrypted"},
		{aDomain + " " + recipient + " RESTORE_ON_EMPTY=latest", isFail, "BACKUP_AGE_IDENTITY"},
		{aDomain + " " + passphrase + " RESTORE_ON_EMPTY=latest", isOK, "are encrypted"},
		// A separate bucket without a public name keeps them private.
		{aDomain + " BACKUP_R2_BUCKET_NAME=private", isOK, "not encrypted"},
	})
}

func TestDatabasesThatEnd(t *testing.T) {
	const render = "DATABASE_URL=postgres://127.0.0.1:1/notes DATABASE_LIFETIME_DAYS=30"
	runCases(t, "database lifetime", []settingCase{{render, isWarn, "30 days,RESTORE_ON_EMPTY=latest"}})
	for _, settings := range []string{render + " RESTORE_ON_EMPTY=latest", ""} {
		if r := run(t, deploycheck.Dependencies{}, strings.Fields(settings)...).named("database lifetime"); len(r) > 0 {
			t.Errorf("%q: %s", settings, r)
		}
	}
}

func TestPlaceOfBackups(t *testing.T) {
	t.Parallel()
	uploads, backups := apptest.StartS3(t), apptest.StartS3(t)
	uploads.CertPool.AppendCertsFromPEM(backups.Certificate(t))
	settings := append(backups.AsBackups(), uploads.Environment()...)
	for name, test := range map[string]struct {
		setting string
		level   deploycheck.Level
		word    string
	}{
		"as it should be": {"BACKUP_SCHEDULE=daily", isOK, "written, read and deleted"},
		"another bucket":  {"BACKUP_R2_BUCKET_NAME=absent", isFail, "BACKUP_R2_"},
		"the wrong key":   {"BACKUP_R2_ACCESS_KEY_ID=" + uploads.AccessKeyID, isFail, "permissions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := append([]string{test.setting, "BACKUP_SCHEDULE=daily"}, settings...)
			run(t, deploycheck.Dependencies{Roots: uploads.CertPool}, all...).want(t, "backup storage", test.level, test.word)
		})
	}
}
