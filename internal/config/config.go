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
// Tags on a field: env is the variable and alias its other accepted names;
// envDefault is the default value, default the words for one that depends on
// other settings; type narrows the Go type (see parse.go); min, max and choices
// limit it; secret keeps the value out of every output; group and doc feed the
// reference.
type Config struct {
	// Core.

	SecretKey              string         `env:"SECRET_KEY" alias:"DJANGO_SECRET_KEY" envDefault:"" default:"generated into DATA_DIR/secret_key on the embedded database, else required" secret:"true" group:"Core" doc:"Key that signs mailed codes, links and cookies; changing it makes those in circulation invalid."`
	Debug                  bool           `env:"DEBUG" alias:"DJANGO_DEBUG" envDefault:"false" group:"Core" doc:"Debug mode, for development only."`
	AllowedHosts           []string       `env:"ALLOWED_HOSTS" alias:"DJANGO_ALLOWED_HOSTS" default:"localhost 127.0.0.1 [::1]" group:"Core" doc:"Accepted host names: an exact name, a leading dot for a domain and all its subdomains, or * for any; RENDER_EXTERNAL_HOSTNAME and BACKEND_CUSTOM_DOMAIN are added by themselves."`
	OnRender               bool           `env:"RENDER" envDefault:"false" default:"true when RENDER_EXTERNAL_HOSTNAME is set, else false" group:"Core" doc:"The server runs on Render, which sets this itself."`
	RenderExternalHostname string         `env:"RENDER_EXTERNAL_HOSTNAME" envDefault:"" type:"host" group:"Core" doc:"Public host name given by Render; added to the accepted hosts and, with https, to the trusted origins."`
	BackendCustomDomain    string         `env:"BACKEND_CUSTOM_DOMAIN" envDefault:"" type:"host" group:"Core" doc:"Public host name of one's own; added like RENDER_EXTERNAL_HOSTNAME."`
	TrustedOrigins         []string       `env:"CSRF_TRUSTED_ORIGINS" alias:"DJANGO_CSRF_TRUSTED_ORIGINS" default:"http://localhost:APP_HOST_PORT" group:"Core" doc:"Web origins (scheme://host[:port]) that may call the API from a browser; an entry without scheme is a host name and trusts that host with any scheme and port; both public host names (with https) and FRONTEND_ORIGIN are added by themselves."`
	AppHostPort            int            `env:"APP_HOST_PORT" envDefault:"9080" min:"1" max:"65535" group:"Core" doc:"Port of the local front end, used only in the default of CSRF_TRUSTED_ORIGINS."`
	FrontendOrigin         string         `env:"FRONTEND_ORIGIN" envDefault:"" type:"origin" group:"Core" doc:"Origin of the web front ends: added to the trusted origins, and where the sign-in callback pages lead."`
	PublicURL              string         `env:"PUBLIC_URL" envDefault:"" default:"https://BACKEND_CUSTOM_DOMAIN, else https://RENDER_EXTERNAL_HOSTNAME, else empty" type:"url" group:"Core" doc:"Address of this server as its users see it, without a path: for links in mails and calendars, and what programs that are granted access know it by."`
	TrustedProxies         []netip.Prefix `env:"TRUSTED_PROXIES" envDefault:"" default:"every peer on Render, else none" group:"Core" doc:"Peers whose forwarded headers count: addresses and networks (10.0.0.0/8), or * for every peer."`
	LogLevel               slog.Level     `env:"LOG_LEVEL" alias:"DJANGO_LOG_LEVEL" envDefault:"INFO" type:"level" group:"Core" doc:"Least severe level that is logged."`
	LogFormat              string         `env:"LOG_FORMAT" envDefault:"auto" choices:"auto text json" group:"Core" doc:"Form of the log; auto is text on a terminal and JSON elsewhere."`
	AccessLogForceColor    bool           `env:"DJANGO_ACCESS_LOG_FORCE_COLOR" envDefault:"false" group:"Core" doc:"Colours in the text log even when the output is no terminal."`
	Port                   int            `env:"PORT" envDefault:"0" default:"unset: 127.0.0.1:8000" min:"0" max:"65535" group:"Core" doc:"Port to listen on, on every interface; when unset the server is reachable from this machine only."`
	DataDir                string         `env:"DATA_DIR" envDefault:"" default:"$XDG_DATA_HOME/notechondria, else ~/.local/share/notechondria" type:"folder" group:"Core" doc:"Folder for everything that is kept on disk: the embedded database, uploads, the generated secret key."`
	WebConcurrency         int            `env:"WEB_CONCURRENCY" envDefault:"0" default:"0: all" min:"0" max:"1024" group:"Core" doc:"Upper bound of processor cores used at the same time."`
	MaxJSONBytes           int64          `env:"MAX_JSON_BYTES" envDefault:"2 MiB" min:"1024" group:"Core" doc:"Largest accepted JSON body; one with the text of a calendar to import may have 40 MiB."`
	MaxUploadBytes         int64          `env:"MAX_UPLOAD_BYTES" envDefault:"20 MiB" min:"1024" group:"Core" doc:"Largest accepted attachment."`
	MaxStorageBytes        int64          `env:"MAX_STORAGE_BYTES_PER_USER" envDefault:"2 GiB" min:"0" group:"Core" doc:"All files, pictures and calendars of one user together; 0 for no limit."`
	MetricsAddress         string         `env:"METRICS_ADDRESS" envDefault:"" group:"Core" doc:"Address (host:port) on which /metrics is served to everybody, for Prometheus; keep it out of the internet."`
	MetricsToken           string         `env:"METRICS_TOKEN" envDefault:"" secret:"true" group:"Core" doc:"With it, /metrics is served beside the API to who sends Authorization: Bearer with this token."`
	ShutdownTimeout        time.Duration  `env:"SHUTDOWN_TIMEOUT" envDefault:"25s" group:"Core" doc:"How long stopping may take: SHUTDOWN_DELAY, and then the requests under way."`
	ShutdownDelay          time.Duration  `env:"SHUTDOWN_DELAY" envDefault:"0s" default:"2s; 0s on Render and where only this machine reaches the server" group:"Core" doc:"How long a server that was asked to stop goes on taking requests: /readyz answers 503 and connections are closed after their answer, so that a proxy turns to another instance."`

	// ListenAddress is the address to listen on, host:port, derived from Port.
	ListenAddress string

	// Database. DatabaseURL holds the resolved URL: DATABASE_URL, else one made
	// of the POSTGRE_* parts, else "" for the embedded database.

	DatabaseURL            string `env:"DATABASE_URL" envDefault:"" default:"SQLite in DATA_DIR, unless a POSTGRE_ variable below is set" group:"Database" doc:"Database: postgres://user:password@host:port/name?sslmode=require, or sqlite:///relative/path and sqlite:////absolute/path; anything odd in user or password must be percent-encoded."`
	PostgresDB             string `env:"POSTGRE_DB" envDefault:"postgres" group:"Database" doc:"Name of the PostgreSQL database; this and the four next are used only without DATABASE_URL, and any of them but the port selects PostgreSQL."`
	PostgresUsername       string `env:"POSTGRE_USERNAME" envDefault:"" group:"Database" doc:"User of the PostgreSQL server."`
	PostgresPassword       string `env:"POSTGRE_PASSWORD" envDefault:"" secret:"true" group:"Database" doc:"Password of that user, as it is (no percent-encoding)."`
	PostgresHost           string `env:"POSTGRE_HOST" envDefault:"" default:"localhost" group:"Database" doc:"Host of the PostgreSQL server, or the absolute folder of its socket."`
	PostgresPort           int    `env:"POSTGRE_PORT" envDefault:"5432" min:"1" max:"65535" group:"Database" doc:"Port of the PostgreSQL server."`
	DatabasePoolSize       int    `env:"DATABASE_POOL_SIZE" envDefault:"8" min:"1" max:"100" group:"Database" doc:"Most connections to PostgreSQL at the same time, two at least; on SQLite, most readers."`
	DatabaseStatementCache string `env:"DATABASE_STATEMENT_CACHE" envDefault:"auto" choices:"auto prepare describe" group:"Database" doc:"How statements are cached on PostgreSQL: prepare keeps prepared statements, describe works behind a pooler such as PgBouncer in transaction mode, auto prepares unless such a pooler sits in between."`
	DatabaseLimit          int64  `env:"DATABASE_LIMIT_BYTES" envDefault:"0" min:"0" group:"Database" doc:"How large the PostgreSQL database may become, 1 GB on Render's free plan: an adoption that would need more is refused before it begins; 0 for no limit."`
	Adopt                  bool   `env:"ADOPT" envDefault:"true" group:"Database" doc:"At the start, take over what the former system (Django) left in this database, where nothing of this one is in it yet: see deployment/adopt.md."`

	// Object storage.

	R2Bucket          string `env:"CLOUDFLARE_R2_BUCKET_NAME" envDefault:"" group:"Object storage" doc:"Bucket for uploads and static files, instead of local folders; the next three are then required, without it they are ignored."`
	R2AccountID       string `env:"CLOUDFLARE_R2_ACCOUNT_ID" envDefault:"" group:"Object storage" doc:"Cloudflare account; gives the endpoint https://ACCOUNT.r2.cloudflarestorage.com."`
	R2AccessKeyID     string `env:"CLOUDFLARE_R2_ACCESS_KEY_ID" envDefault:"" secret:"true" group:"Object storage" doc:"Access key of an API token with read and write permission on the bucket."`
	R2SecretAccessKey string `env:"CLOUDFLARE_R2_SECRET_ACCESS_KEY" envDefault:"" secret:"true" group:"Object storage" doc:"Secret of that API token."`
	R2EndpointURL     string `env:"CLOUDFLARE_R2_ENDPOINT_URL" envDefault:"" default:"https://CLOUDFLARE_R2_ACCOUNT_ID.r2.cloudflarestorage.com" type:"url" group:"Object storage" doc:"Address of the S3 server, without the bucket, where it is another one; CLOUDFLARE_R2_ACCOUNT_ID may then be missing."`
	R2CustomDomain    string `env:"CLOUDFLARE_R2_CUSTOM_DOMAIN" envDefault:"" type:"host" group:"Object storage" doc:"Public host name of the bucket."`
	MediaProxy        bool   `env:"MEDIA_PROXY" envDefault:"false" group:"Object storage" doc:"Uploads are always streamed by this server, even when the bucket has a public host name."`

	// Files.

	StaticRoot string `env:"STATIC_ROOT" alias:"DJANGO_PRODUCTION_STATIC_ROOT" envDefault:"" default:"DATA_DIR/static" type:"path" group:"Files" doc:"Folder into which static files are collected; a relative path or one with a drive letter is ignored."`
	MediaRoot  string `env:"MEDIA_ROOT" alias:"DJANGO_PRODUCTION_MEDIA_ROOT" envDefault:"" default:"DATA_DIR/media" type:"path" group:"Files" doc:"Folder of uploaded files; a relative path or one with a drive letter is ignored."`

	// Mail.

	SMTPHost          string `env:"SMTP_HOST" envDefault:"" group:"Mail" doc:"Mail server; without it and without RESEND_API_KEY no mail is sent."`
	SMTPPort          int    `env:"SMTP_PORT" envDefault:"587" min:"1" max:"65535" group:"Mail" doc:"Port of the mail server."`
	SMTPUsername      string `env:"SMTP_USERNAME" envDefault:"" group:"Mail" doc:"User at the mail server."`
	SMTPPassword      string `env:"SMTP_PASSWORD" envDefault:"" secret:"true" group:"Mail" doc:"Password at the mail server."`
	SMTPUseTLS        bool   `env:"SMTP_USE_TLS" envDefault:"true" default:"true, unless SMTP_USE_SSL is on" group:"Mail" doc:"Encrypt with STARTTLS; excludes SMTP_USE_SSL."`
	SMTPUseSSL        bool   `env:"SMTP_USE_SSL" envDefault:"false" group:"Mail" doc:"Encrypt from the first byte (usually port 465); excludes SMTP_USE_TLS."`
	SMTPFromEmail     string `env:"SMTP_FROM_EMAIL" envDefault:"" default:"SMTP_USERNAME, else no-reply@notechondria.local" group:"Mail" doc:"Sender of mails."`
	CodeTTLHours      int    `env:"SMTP_EMAIL_VERIFICATION_TTL_HOURS" envDefault:"24" min:"1" max:"8760" group:"Mail" doc:"Life of mailed codes in hours."`
	ResendAPIKey      string `env:"RESEND_API_KEY" envDefault:"" secret:"true" group:"Mail" doc:"Key of the Resend service, to send mails over HTTPS where SMTP ports are closed."`
	ResendURL         string `env:"RESEND_API_URL" envDefault:"https://api.resend.com" type:"url" group:"Mail" doc:"Address of the Resend API."`
	FrontendVerifyURL string `env:"FRONTEND_VERIFY_URL" envDefault:"" default:"this server's own page, when PUBLIC_URL is known" group:"Mail" doc:"Page that the link in verification mails opens; it gets email and code as query parameters."`
	LogCodes          bool   `env:"LOG_VERIFICATION_CODES" envDefault:"true" group:"Mail" doc:"Write codes to the log when no mail is configured."`

	// Social login.

	GoogleClientID             string   `env:"GOOGLE_OAUTH_CLIENT_ID" envDefault:"" group:"Social login" doc:"Client of the sign-in with Google; without it that sign-in is off."`
	GoogleClientSecret         string   `env:"GOOGLE_OAUTH_CLIENT_SECRET" envDefault:"" secret:"true" group:"Social login" doc:"Secret of that client."`
	GoogleRedirectURI          string   `env:"GOOGLE_AUTHORIZED_REDIRECT_URI" envDefault:"" group:"Social login" doc:"Where Google sends the browser back to."`
	GoogleRedirectURIs         []string `env:"GOOGLE_AUTHORIZED_REDIRECT_URIS" envDefault:"" default:"GOOGLE_AUTHORIZED_REDIRECT_URI" group:"Social login" doc:"The same for several front ends; the entry on the calling front end's host is used, else the first."`
	GoogleIssuerURL            string   `env:"GOOGLE_ISSUER_URL" envDefault:"https://accounts.google.com" type:"url" group:"Social login" doc:"Issuer whose discovery document names Google's endpoints."`
	GitHubClientID             string   `env:"GITHUB_APP_CLIENT_ID" envDefault:"" group:"Social login" doc:"Client of the sign-in with GitHub; without it that sign-in is off."`
	GitHubClientSecret         string   `env:"GITHUB_APP_CLIENT_SECRET" envDefault:"" secret:"true" group:"Social login" doc:"Secret of that client."`
	GitHubRedirectURI          string   `env:"GITHUB_AUTHORIZED_REDIRECT_URI" envDefault:"" group:"Social login" doc:"Where GitHub sends the browser back to."`
	GitHubRedirectURIs         []string `env:"GITHUB_AUTHORIZED_REDIRECT_URIS" envDefault:"" default:"GITHUB_AUTHORIZED_REDIRECT_URI" group:"Social login" doc:"The same for several front ends, as for Google."`
	GitHubURL                  string   `env:"GITHUB_URL" envDefault:"https://github.com" type:"url" group:"Social login" doc:"Address of GitHub's web site."`
	GitHubAPIURL               string   `env:"GITHUB_API_URL" envDefault:"https://api.github.com" type:"url" group:"Social login" doc:"Address of GitHub's API."`
	OIDCIssuerURL              string   `env:"OIDC_ISSUER_URL" envDefault:"" type:"url" group:"Social login" doc:"Issuer of any other OpenID Connect provider; without it that sign-in is off."`
	OIDCClientID               string   `env:"OIDC_CLIENT_ID" envDefault:"" group:"Social login" doc:"Client of the sign-in with that provider."`
	OIDCClientSecret           string   `env:"OIDC_CLIENT_SECRET" envDefault:"" secret:"true" group:"Social login" doc:"Secret of that client."`
	OIDCName                   string   `env:"OIDC_NAME" envDefault:"OpenID" group:"Social login" doc:"What the apps call that provider."`
	OIDCRedirectURI            string   `env:"OIDC_AUTHORIZED_REDIRECT_URI" envDefault:"" group:"Social login" doc:"Where that provider sends the browser back to."`
	OIDCRedirectURIs           []string `env:"OIDC_AUTHORIZED_REDIRECT_URIS" envDefault:"" default:"OIDC_AUTHORIZED_REDIRECT_URI" group:"Social login" doc:"The same for several front ends, as for Google."`
	GitHubDataSyncAppName      string   `env:"GITHUB_DATA_SYNC_APP_NAME" envDefault:"" group:"Social login" doc:"Name of the GitHub app that copies notes to a user's repository."`
	GitHubDataSyncClientID     string   `env:"GITHUB_DATA_SYNC_APP_CLIENT_ID" envDefault:"" group:"Social login" doc:"Client of that app."`
	GitHubDataSyncClientSecret string   `env:"GITHUB_DATA_SYNC_APP_CLIENT_SECRET" envDefault:"" secret:"true" group:"Social login" doc:"Secret of that client."`
	GitHubDataSyncPrivateKey   string   `env:"GITHUB_DATA_SYNC_APP_PRIVATE_KEY" envDefault:"" secret:"true" group:"Social login" doc:"Private key of that app, in PEM; without it nothing is pushed."`
	GitHubDataSyncInstallURL   string   `env:"GITHUB_DATA_SYNC_APP_INSTALL_URL" envDefault:"" group:"Social login" doc:"Page on which users install that app."`

	// Sessions.

	SessionIdle     time.Duration `env:"SESSION_IDLE_DAYS" envDefault:"720h" default:"30" type:"days" min:"1" max:"36500" group:"Sessions" doc:"Days without use after which a session ends; at most SESSION_ABSOLUTE_DAYS."`
	SessionAbsolute time.Duration `env:"SESSION_ABSOLUTE_DAYS" envDefault:"4320h" default:"180" type:"days" min:"1" max:"36500" group:"Sessions" doc:"Days after which a session ends in any case."`

	// Administrator.

	SuperuserUsername string `env:"DJANGO_SUPERUSER_USERNAME" envDefault:"admin" group:"Administrator" doc:"Name of the first administrator."`
	SuperuserPassword string `env:"DJANGO_SUPERUSER_PASSWORD" envDefault:"" secret:"true" group:"Administrator" doc:"Password of the first administrator, used only when the account is created; without it none is created."`
	SuperuserEmail    string `env:"DJANGO_SUPERUSER_EMAIL" envDefault:"" default:"DJANGO_SUPERUSER_USERNAME@localhost" group:"Administrator" doc:"E-mail address of the first administrator."`

	// Content.

	BootstrapSamples      bool   `env:"BOOTSTRAP_SAMPLES" alias:"BOOTSTRAP_SAMPLE_CONTENT" envDefault:"false" default:"true with SAMPLE_ROOT, and on the embedded database with its generated key; else false" group:"Content" doc:"Make sample courses at the start: once, whatever becomes of them, in the name of an account that nobody can sign in to."`
	SampleRoot            string `env:"SAMPLE_ROOT" envDefault:"" type:"folder" group:"Content" doc:"Folder with the sample courses to make instead of the program's own; docs/samples.md describes its files."`
	AllowPrivateFeedHosts bool   `env:"ALLOW_PRIVATE_FEED_HOSTS" envDefault:"false" group:"Content" doc:"Calendar feeds, pictures of people that a sign-in provider names, and what programs publish about themselves may be fetched from private networks and this machine, too (never from link-local addresses); only for home networks and tests."`

	// Build.

	BackendVersion      string `env:"BACKEND_VERSION" envDefault:"" default:"the program's own" group:"Build" doc:"Version shown in the handshake."`
	BackendBuildCommit  string `env:"BACKEND_BUILD_COMMIT" alias:"RENDER_GIT_COMMIT" envDefault:"" group:"Build" doc:"Commit shown in the handshake, cut to 40 characters."`
	BackendBuildTime    string `env:"BACKEND_BUILD_TIME" envDefault:"" group:"Build" doc:"Build time shown in the handshake."`
	BackendDeployTarget string `env:"BACKEND_DEPLOY_TARGET" envDefault:"" default:"render on Render, else empty" group:"Build" doc:"Name of the deployment shown in the handshake."`

	origins map[string]origin // by variable name; a default has none
}

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

	c := parse(variables, raw, problems)
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
