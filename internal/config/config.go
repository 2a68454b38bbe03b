// Package config owns the settings of the server: the table of environment
// variables, their parsing and defaults, and the rules between them.
//
// It is the only place that reads the environment or .env files. Nothing else
// may call os.Getenv; other packages take the values they need from a Config.
// Apart from EnsureSecretKey it writes nothing, and it opens no connection.
package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// Config holds every setting, parsed, validated and with defaults filled in.
//
// Tags on a field: env is the variable and alias its other accepted names; envDefault is the default value; type
// narrows the Go type (see parse.go); min, max and choices limit it; secret keeps the value out of every output. The
// descriptions of variables in the reference are in descriptions.go.
type Config struct {
	// Core.

	SecretKey              string         `env:"SECRET_KEY" alias:"DJANGO_SECRET_KEY" envDefault:"" secret:"true"`
	Debug                  bool           `env:"DEBUG" alias:"DJANGO_DEBUG" envDefault:"false"`
	AllowedHosts           []string       `env:"ALLOWED_HOSTS" alias:"DJANGO_ALLOWED_HOSTS"`
	OnRender               bool           `env:"RENDER" envDefault:"false"`
	RenderExternalHostname string         `env:"RENDER_EXTERNAL_HOSTNAME" envDefault:"" type:"host"`
	BackendCustomDomain    string         `env:"BACKEND_CUSTOM_DOMAIN" envDefault:"" type:"host"`
	TrustedOrigins         []string       `env:"CSRF_TRUSTED_ORIGINS" alias:"DJANGO_CSRF_TRUSTED_ORIGINS"`
	AppHostPort            int            `env:"APP_HOST_PORT" envDefault:"9080" min:"1" max:"65535"`
	FrontendOrigin         string         `env:"FRONTEND_ORIGIN" envDefault:"" type:"origin"`
	PublicURL              string         `env:"PUBLIC_URL" envDefault:"" type:"url"`
	TrustedProxies         []netip.Prefix `env:"TRUSTED_PROXIES" envDefault:""`
	LogLevel               slog.Level     `env:"LOG_LEVEL" alias:"DJANGO_LOG_LEVEL" envDefault:"INFO" type:"level"`
	LogFormat              string         `env:"LOG_FORMAT" envDefault:"auto" choices:"auto text json"`
	AccessLogForceColor    bool           `env:"DJANGO_ACCESS_LOG_FORCE_COLOR" envDefault:"false"`
	Port                   int            `env:"PORT" envDefault:"0" min:"0" max:"65535"`
	DataDir                string         `env:"DATA_DIR" envDefault:"" type:"folder"`
	WebConcurrency         int            `env:"WEB_CONCURRENCY" envDefault:"0" min:"0" max:"1024"`
	MaxJSONBytes           int64          `env:"MAX_JSON_BYTES" envDefault:"2 MiB" min:"1024"`
	MaxUploadBytes         int64          `env:"MAX_UPLOAD_BYTES" envDefault:"20 MiB" min:"1024"`
	MaxStorageBytes        int64          `env:"MAX_STORAGE_BYTES_PER_USER" envDefault:"2 GiB" min:"0"`
	MCPCallsPerMinute      int            `env:"MCP_CALLS_PER_MINUTE" envDefault:"600" min:"1" max:"1000000"`
	MCPKey                 string         `env:"MCP_KEY" envDefault:"" secret:"true"`
	MetricsAddress         string         `env:"METRICS_ADDRESS" envDefault:""`
	MetricsToken           string         `env:"METRICS_TOKEN" envDefault:"" secret:"true"`
	ShutdownTimeout        time.Duration  `env:"SHUTDOWN_TIMEOUT" envDefault:"25s"`
	ShutdownDelay          time.Duration  `env:"SHUTDOWN_DELAY" envDefault:"0s"`

	// ListenAddress is the address to listen on, host:port, derived from Port.
	ListenAddress string

	// Database. DatabaseURL holds the resolved URL: DATABASE_URL, else one built from the POSTGRE_* parts, else "" for
	// the embedded database.

	DatabaseURL            string `env:"DATABASE_URL" envDefault:""`
	PostgresDB             string `env:"POSTGRE_DB" envDefault:"postgres"`
	PostgresUsername       string `env:"POSTGRE_USERNAME" envDefault:""`
	PostgresPassword       string `env:"POSTGRE_PASSWORD" envDefault:"" secret:"true"`
	PostgresHost           string `env:"POSTGRE_HOST" envDefault:""`
	PostgresPort           int    `env:"POSTGRE_PORT" envDefault:"5432" min:"1" max:"65535"`
	DatabasePoolSize       int    `env:"DATABASE_POOL_SIZE" envDefault:"8" min:"1" max:"100"`
	DatabaseStatementCache string `env:"DATABASE_STATEMENT_CACHE" envDefault:"auto" choices:"auto prepare describe"`
	DatabaseLimit          int64  `env:"DATABASE_LIMIT_BYTES" envDefault:"0" min:"0"`
	Adopt                  bool   `env:"ADOPT" envDefault:"true"`

	// Object storage.

	R2Bucket          string `env:"CLOUDFLARE_R2_BUCKET_NAME" envDefault:""`
	R2AccountID       string `env:"CLOUDFLARE_R2_ACCOUNT_ID" envDefault:""`
	R2AccessKeyID     string `env:"CLOUDFLARE_R2_ACCESS_KEY_ID" envDefault:"" secret:"true"`
	R2SecretAccessKey string `env:"CLOUDFLARE_R2_SECRET_ACCESS_KEY" envDefault:"" secret:"true"`
	R2EndpointURL     string `env:"CLOUDFLARE_R2_ENDPOINT_URL" envDefault:"" type:"url"`
	R2CustomDomain    string `env:"CLOUDFLARE_R2_CUSTOM_DOMAIN" envDefault:"" type:"host"`
	MediaProxy        bool   `env:"MEDIA_PROXY" envDefault:"false"`

	// Files.

	StaticRoot string `env:"STATIC_ROOT" alias:"DJANGO_PRODUCTION_STATIC_ROOT" envDefault:"" type:"path"`
	MediaRoot  string `env:"MEDIA_ROOT" alias:"DJANGO_PRODUCTION_MEDIA_ROOT" envDefault:"" type:"path"`

	// Backups.

	BackupSchedule    string        `env:"BACKUP_SCHEDULE" envDefault:"" choices:"off hourly daily weekly"`
	BackupDir         string        `env:"BACKUP_DIR" envDefault:"" type:"folder"`
	BackupBucket      string        `env:"BACKUP_R2_BUCKET_NAME" envDefault:""`
	BackupAccountID   string        `env:"BACKUP_R2_ACCOUNT_ID" envDefault:""`
	BackupAccessKeyID string        `env:"BACKUP_R2_ACCESS_KEY_ID" envDefault:"" secret:"true"`
	BackupSecretKey   string        `env:"BACKUP_R2_SECRET_ACCESS_KEY" envDefault:"" secret:"true"`
	BackupEndpointURL string        `env:"BACKUP_R2_ENDPOINT_URL" envDefault:"" type:"url"`
	BackupRecipients  []string      `env:"BACKUP_AGE_RECIPIENT" envDefault:""`
	BackupIdentity    string        `env:"BACKUP_AGE_IDENTITY" envDefault:"" secret:"true"`
	BackupPassphrase  string        `env:"BACKUP_PASSPHRASE" envDefault:"" secret:"true"`
	RestoreOnEmpty    string        `env:"RESTORE_ON_EMPTY" envDefault:"off" choices:"off latest"`
	DatabaseLifetime  time.Duration `env:"DATABASE_LIFETIME_DAYS" envDefault:"0h" type:"days" min:"0" max:"36500"`

	// Mail.

	SMTPHost          string `env:"SMTP_HOST" envDefault:""`
	SMTPPort          int    `env:"SMTP_PORT" envDefault:"587" min:"1" max:"65535"`
	SMTPUsername      string `env:"SMTP_USERNAME" envDefault:""`
	SMTPPassword      string `env:"SMTP_PASSWORD" envDefault:"" secret:"true"`
	SMTPUseTLS        bool   `env:"SMTP_USE_TLS" envDefault:"true"`
	SMTPUseSSL        bool   `env:"SMTP_USE_SSL" envDefault:"false"`
	SMTPFromEmail     string `env:"SMTP_FROM_EMAIL" envDefault:""`
	CodeTTLHours      int    `env:"SMTP_EMAIL_VERIFICATION_TTL_HOURS" envDefault:"24" min:"1" max:"8760"`
	NewcomersPerHour  int    `env:"MAX_REGISTRATION_MAILS_PER_HOUR" envDefault:"200" min:"1" max:"1000000"`
	ResendAPIKey      string `env:"RESEND_API_KEY" envDefault:"" secret:"true"`
	ResendURL         string `env:"RESEND_API_URL" envDefault:"https://api.resend.com" type:"url"`
	FrontendVerifyURL string `env:"FRONTEND_VERIFY_URL" envDefault:""`
	AccountMails      string `env:"ACCOUNT_MAILS" envDefault:"all" choices:"all changes none"`
	LogCodes          bool   `env:"LOG_VERIFICATION_CODES" envDefault:"true"`

	// Social login.

	GoogleClientID             string   `env:"GOOGLE_OAUTH_CLIENT_ID" envDefault:""`
	GoogleClientSecret         string   `env:"GOOGLE_OAUTH_CLIENT_SECRET" envDefault:"" secret:"true"`
	GoogleRedirectURI          string   `env:"GOOGLE_AUTHORIZED_REDIRECT_URI" envDefault:""`
	GoogleRedirectURIs         []string `env:"GOOGLE_AUTHORIZED_REDIRECT_URIS" envDefault:""`
	GoogleIssuerURL            string   `env:"GOOGLE_ISSUER_URL" envDefault:"https://accounts.google.com" type:"url"`
	GitHubClientID             string   `env:"GITHUB_APP_CLIENT_ID" envDefault:""`
	GitHubClientSecret         string   `env:"GITHUB_APP_CLIENT_SECRET" envDefault:"" secret:"true"`
	GitHubRedirectURI          string   `env:"GITHUB_AUTHORIZED_REDIRECT_URI" envDefault:""`
	GitHubRedirectURIs         []string `env:"GITHUB_AUTHORIZED_REDIRECT_URIS" envDefault:""`
	GitHubURL                  string   `env:"GITHUB_URL" envDefault:"https://github.com" type:"url"`
	GitHubAPIURL               string   `env:"GITHUB_API_URL" envDefault:"https://api.github.com" type:"url"`
	OIDCIssuerURL              string   `env:"OIDC_ISSUER_URL" envDefault:"" type:"url"`
	OIDCClientID               string   `env:"OIDC_CLIENT_ID" envDefault:""`
	OIDCClientSecret           string   `env:"OIDC_CLIENT_SECRET" envDefault:"" secret:"true"`
	OIDCName                   string   `env:"OIDC_NAME" envDefault:"OpenID"`
	OIDCRedirectURI            string   `env:"OIDC_AUTHORIZED_REDIRECT_URI" envDefault:""`
	OIDCRedirectURIs           []string `env:"OIDC_AUTHORIZED_REDIRECT_URIS" envDefault:""`
	GitHubDataSyncAppName      string   `env:"GITHUB_DATA_SYNC_APP_NAME" envDefault:""`
	GitHubDataSyncClientID     string   `env:"GITHUB_DATA_SYNC_APP_CLIENT_ID" envDefault:""`
	GitHubDataSyncClientSecret string   `env:"GITHUB_DATA_SYNC_APP_CLIENT_SECRET" envDefault:"" secret:"true"`
	GitHubDataSyncPrivateKey   string   `env:"GITHUB_DATA_SYNC_APP_PRIVATE_KEY" envDefault:"" secret:"true"`
	GitHubDataSyncInstallURL   string   `env:"GITHUB_DATA_SYNC_APP_INSTALL_URL" envDefault:""`

	// Sessions.

	SessionIdle     time.Duration `env:"SESSION_IDLE_DAYS" envDefault:"720h" type:"days" min:"1" max:"36500"`
	SessionAbsolute time.Duration `env:"SESSION_ABSOLUTE_DAYS" envDefault:"4320h" type:"days" min:"1" max:"36500"`

	AccountEventsKept time.Duration `env:"ACCOUNT_EVENTS_DAYS" envDefault:"4320h" type:"days" min:"1" max:"3650"`

	// Administrator.

	SuperuserUsername string `env:"DJANGO_SUPERUSER_USERNAME" envDefault:"admin"`
	SuperuserPassword string `env:"DJANGO_SUPERUSER_PASSWORD" envDefault:"" secret:"true"`
	SuperuserEmail    string `env:"DJANGO_SUPERUSER_EMAIL" envDefault:""`

	// Content.

	BootstrapSamples      bool   `env:"BOOTSTRAP_SAMPLES" alias:"BOOTSTRAP_SAMPLE_CONTENT" envDefault:"false"`
	SampleRoot            string `env:"SAMPLE_ROOT" envDefault:"" type:"folder"`
	AllowPrivateFeedHosts bool   `env:"ALLOW_PRIVATE_FEED_HOSTS" envDefault:"false"`

	// Build.

	BackendVersion      string `env:"BACKEND_VERSION" envDefault:""`
	BackendBuildCommit  string `env:"BACKEND_BUILD_COMMIT" alias:"RENDER_GIT_COMMIT" envDefault:""`
	BackendBuildTime    string `env:"BACKEND_BUILD_TIME" envDefault:""`
	BackendDeployTarget string `env:"BACKEND_DEPLOY_TARGET" envDefault:""`

	origins map[string]origin // by variable name; defaults have no entry
	notes   []string
}

// Notes list settings that were interpreted differently from how they are written, without being problems. They contain
// no secrets.
func (c *Config) Notes() []string { return c.notes }

// Problems lists everything that is wrong with the settings, one entry each.
// No entry contains a secret.
type Problems struct{ List []string }

// Error joins the problems, one line each.
func (p *Problems) Error() string { return strings.Join(p.List, "\n") }

func (p *Problems) add(text string) { p.List = append(p.List, text) }

// Load reads the settings from, first hit wins: overrides (flags, by variable
// name), environ (in the form of os.Environ) and the files .env and
// backend/.env below dir, where present; an empty dir means no files. Values
// are trimmed, and an empty one counts as unset. Unknown variables are ignored,
// unknown overrides are not.
//
// A non-nil error is always a *Problems that lists every problem at once, and
// the Config is then nil. Load writes nothing.
func Load(environ []string, dir string, overrides map[string]string) (*Config, error) {
	problems := &Problems{}
	variables := Variables()
	processEnvironment := environmentMap(environ)
	checkOverrides(overrides, variables, problems)
	raw := gather(variables, sources(processEnvironment, dir, overrides, problems))

	c := parse(variables, raw, processEnvironment["HOME"], problems)
	checkRanges(c, variables, problems)
	c.resolve(processEnvironment, problems)
	if len(problems.List) > 0 {
		return nil, problems
	}
	return c, nil
}

// MailConfigured reports whether there is a way to send mail.
func (c *Config) MailConfigured() bool { return c.SMTPHost != "" || c.ResendAPIKey != "" }

// GoogleConfigured reports whether people can sign in with Google.
func (c *Config) GoogleConfigured() bool { return c.GoogleClientID != "" && c.GoogleClientSecret != "" }

// GitHubConfigured reports whether people can sign in with GitHub.
func (c *Config) GitHubConfigured() bool { return c.GitHubClientID != "" && c.GitHubClientSecret != "" }

// OIDCConfigured reports whether people can sign in with another OpenID Connect provider.
func (c *Config) OIDCConfigured() bool {
	return c.OIDCIssuerURL != "" && c.OIDCClientID != "" && c.OIDCClientSecret != ""
}

// Origin says where the value of a variable came from: "environment",
// "environment (as DJANGO_SECRET_KEY)", ".env", "backend/.env", "flag",
// "generated (…/secret_key)", "from BACKEND_CUSTOM_DOMAIN" for a derived one, or
// "default".
func (c *Config) Origin(name string) string {
	found, ok := c.origins[name]
	if !ok {
		return "default"
	}
	return found.String()
}

func (c *Config) isSet(name string) bool {
	_, ok := c.origins[name]
	return ok
}
