package config

// group is a section of the reference.
type group struct {
	title     string
	variables []description
}

// description describes a variable in the reference.
type description struct {
	name string
	doc  string // the effect, in one sentence
	// The default in words, if it depends on other settings; "" if the default is a value.
	fallback string
}

// descriptions describe all variables, by group. Their order is that of the fields of Config.
func descriptions() []group {
	return []group{
		{"Core", []description{
			{
				name:     "SECRET_KEY",
				doc:      "Key that signs mailed codes, links and cookies; changing it invalidates existing ones.",
				fallback: "with the embedded database: generated in DATA_DIR/secret_key; else required",
			},
			{
				name: "DEBUG",
				doc:  "Debug mode, for development only.",
			},
			{
				name: "ALLOWED_HOSTS",
				doc: "Accepted host names: an exact name, a leading dot for a domain and all its subdomains, or * for any; " +
					"RENDER_EXTERNAL_HOSTNAME and BACKEND_CUSTOM_DOMAIN are added automatically.",
				fallback: "localhost 127.0.0.1 [::1]",
			},
			{
				name:     "RENDER",
				doc:      "Whether the server runs on Render, which sets this itself.",
				fallback: "true when RENDER_EXTERNAL_HOSTNAME is set, else false",
			},
			{
				name: "RENDER_EXTERNAL_HOSTNAME",
				doc:  "Public host name from Render; added to the accepted hosts and, with https, to the trusted origins.",
			},
			{
				name: "BACKEND_CUSTOM_DOMAIN",
				doc:  "Your own public host name; added like RENDER_EXTERNAL_HOSTNAME.",
			},
			{
				name: "CSRF_TRUSTED_ORIGINS",
				doc: "Web origins (scheme://host[:port]) that may call the API from a browser; an entry without scheme is a " +
					"host name and trusts that host with any scheme and port; both public host names (with https) and " +
					"FRONTEND_ORIGIN are added automatically.",
				fallback: "http://localhost:APP_HOST_PORT",
			},
			{
				name: "APP_HOST_PORT",
				doc:  "Port of the local front end, used only in the default of CSRF_TRUSTED_ORIGINS.",
			},
			{
				name: "FRONTEND_ORIGIN",
				doc:  "Origin of the web front ends: added to the trusted origins; sign-in callback pages lead there.",
			},
			{
				name: "PUBLIC_URL",
				doc: "Address of this server as its users see it, without a path: used for links in mails and calendars, and as " +
					"the server's identity for programs that are granted access.",
				fallback: "https://BACKEND_CUSTOM_DOMAIN, else https://RENDER_EXTERNAL_HOSTNAME, else empty",
			},
			{
				name:     "TRUSTED_PROXIES",
				doc:      "Peers whose forwarded headers are trusted: addresses and networks (10.0.0.0/8), or * for every peer.",
				fallback: "every peer on Render, else none",
			},
			{
				name: "LOG_LEVEL",
				doc:  "Lowest level that is logged.",
			},
			{
				name: "LOG_FORMAT",
				doc:  "Format of the log; auto is text on a terminal and JSON elsewhere.",
			},
			{
				name: "DJANGO_ACCESS_LOG_FORCE_COLOR",
				doc:  "Use colours in the text log even if the output is not a terminal.",
			},
			{
				name:     "PORT",
				doc:      "Port to listen on, on every interface; if unset, the server can only be reached from this machine.",
				fallback: "unset: 127.0.0.1:8000",
			},
			{
				name: "DATA_DIR",
				doc: "Folder for everything kept on disk: the embedded database, uploads, the generated secret key; ~ is the " +
					"home directory, as in the other folders. SQLite needs a local disk, not a network file system.",
				fallback: "$XDG_DATA_HOME/notechondria, else ~/.local/share/notechondria",
			},
			{
				name:     "WEB_CONCURRENCY",
				doc:      "Maximum number of processor cores used at the same time.",
				fallback: "0: all",
			},
			{
				name: "MAX_JSON_BYTES",
				doc:  "Largest accepted JSON body; a body with a calendar to import may have up to 40 MiB.",
			},
			{
				name: "MAX_UPLOAD_BYTES",
				doc:  "Largest accepted attachment.",
			},
			{
				name: "MAX_STORAGE_BYTES_PER_USER",
				doc:  "Maximum size of all files, pictures and calendars of one user together; 0 for no limit.",
			},
			{
				name: "MCP_CALLS_PER_MINUTE",
				doc: "Requests per minute that the programs of one user may send to /mcp/, per instance; the limit per IP " +
					"address is twice that.",
			},
			{
				name: "MCP_KEY",
				doc:  "API key that the mcp command uses with --url.",
			},
			{
				name: "METRICS_ADDRESS",
				doc: "Address (host:port) on which /metrics is served without authentication, for Prometheus; do not expose it " +
					"to the internet.",
			},
			{
				name: "METRICS_TOKEN",
				doc:  "If set, /metrics is also served beside the API to clients that send Authorization: Bearer with this token.",
			},
			{
				name: "SHUTDOWN_TIMEOUT",
				doc:  "How long stopping may take: SHUTDOWN_DELAY, then finishing the running requests.",
			},
			{
				name: "SHUTDOWN_DELAY",
				doc: "How long a stopping server continues to accept requests: /readyz answers 503 and connections are closed " +
					"after each response, so that a proxy switches to another instance.",
				fallback: "2s; 0s on Render and if only this machine can reach the server",
			},
		}},
		{"Database", []description{
			{
				name: "DATABASE_URL",
				doc: "Database: postgres://user:password@host:port/name?sslmode=require, or sqlite:///relative/path and " +
					"sqlite:////absolute/path; special characters in user or password must be percent-encoded. Parameters for " +
					"other programs, such as pgbouncer=true, are ignored.",
				fallback: "SQLite in DATA_DIR, unless a POSTGRE_ variable below is set",
			},
			{
				name: "POSTGRE_DB",
				doc: "Name of the PostgreSQL database; this and the next four are used only without DATABASE_URL, and any of " +
					"them except the port selects PostgreSQL.",
			},
			{
				name: "POSTGRE_USERNAME",
				doc:  "User of the PostgreSQL server.",
			},
			{
				name: "POSTGRE_PASSWORD",
				doc:  "Password of that user, without percent-encoding.",
			},
			{
				name:     "POSTGRE_HOST",
				doc:      "Host of the PostgreSQL server, or the absolute path of its socket folder.",
				fallback: "localhost",
			},
			{
				name: "POSTGRE_PORT",
				doc:  "Port of the PostgreSQL server.",
			},
			{
				name: "DATABASE_POOL_SIZE",
				doc:  "Maximum number of PostgreSQL connections, at least two; on SQLite, of readers.",
			},
			{
				name: "DATABASE_STATEMENT_CACHE",
				doc: "How statements are cached on PostgreSQL: prepare keeps prepared statements, describe works behind a " +
					"pooler such as PgBouncer in transaction mode, auto prepares unless there is such a pooler.",
			},
			{
				name: "DATABASE_LIMIT_BYTES",
				doc: "Maximum size of the PostgreSQL database (1 GB on Render's free plan): an adoption that would need more is " +
					"refused before it starts; 0 for no limit.",
			},
			{
				name: "ADOPT",
				doc: "At start, take over the data of the former (Django) server in this database, unless this server has data " +
					"in it already: see deployment/adopt.md.",
			},
		}},
		{"Object storage", []description{
			{
				name: "CLOUDFLARE_R2_BUCKET_NAME",
				doc: "Bucket for uploads and static files instead of local folders; if set, the next three are required, else " +
					"they are ignored.",
			},
			{
				name: "CLOUDFLARE_R2_ACCOUNT_ID",
				doc:  "Cloudflare account; the endpoint is https://ACCOUNT.r2.cloudflarestorage.com.",
			},
			{
				name: "CLOUDFLARE_R2_ACCESS_KEY_ID",
				doc:  "Access key of an API token with read and write permission on the bucket.",
			},
			{
				name: "CLOUDFLARE_R2_SECRET_ACCESS_KEY",
				doc:  "Secret of that API token.",
			},
			{
				name: "CLOUDFLARE_R2_ENDPOINT_URL",
				doc: "Endpoint of a non-Cloudflare S3 server; it may end with the bucket name. CLOUDFLARE_R2_ACCOUNT_ID is then " +
					"optional.",
				fallback: "https://CLOUDFLARE_R2_ACCOUNT_ID.r2.cloudflarestorage.com",
			},
			{
				name: "CLOUDFLARE_R2_CUSTOM_DOMAIN",
				doc:  "Public host name of the bucket.",
			},
			{
				name: "MEDIA_PROXY",
				doc:  "Always serve uploads through this server, even if the bucket has a public host name.",
			},
		}},
		{"Files", []description{
			{
				name:     "STATIC_ROOT",
				doc:      "Folder for collected static files; a relative path or one with a drive letter is ignored.",
				fallback: "DATA_DIR/static",
			},
			{
				name:     "MEDIA_ROOT",
				doc:      "Folder of uploaded files; a relative path or one with a drive letter is ignored.",
				fallback: "DATA_DIR/media",
			},
		}},
		{"Backups", []description{
			{
				name: "BACKUP_SCHEDULE",
				doc: "How often the server makes a backup, verifies it and deletes old ones, keeping seven daily, four weekly " +
					"and six monthly ones.",
				fallback: "daily if a bucket is configured, else off",
			},
			{
				name:     "BACKUP_DIR",
				doc:      "Folder for backups, instead of a bucket.",
				fallback: "unset if a bucket is configured, else DATA_DIR/backups",
			},
			{
				name: "BACKUP_R2_BUCKET_NAME",
				doc: "Bucket for backups, below backups/. If it is the uploads bucket, backups list uploaded files instead of " +
					"copying them. The next four default to the corresponding CLOUDFLARE_R2_ variables.",
				fallback: "CLOUDFLARE_R2_BUCKET_NAME",
			},
			{
				name:     "BACKUP_R2_ACCOUNT_ID",
				doc:      "Cloudflare account of that bucket.",
				fallback: "CLOUDFLARE_R2_ACCOUNT_ID",
			},
			{
				name:     "BACKUP_R2_ACCESS_KEY_ID",
				doc:      "Access key of an API token with read and write permission on that bucket.",
				fallback: "CLOUDFLARE_R2_ACCESS_KEY_ID",
			},
			{
				name:     "BACKUP_R2_SECRET_ACCESS_KEY",
				doc:      "Secret of that API token.",
				fallback: "CLOUDFLARE_R2_SECRET_ACCESS_KEY",
			},
			{
				name:     "BACKUP_R2_ENDPOINT_URL",
				doc:      "Endpoint of its S3 server.",
				fallback: "as for CLOUDFLARE_R2_ENDPOINT_URL",
			},
			{
				name: "BACKUP_AGE_RECIPIENT",
				doc:  "age public keys (age1...) that backups are encrypted for.",
			},
			{
				name: "BACKUP_AGE_IDENTITY",
				doc:  "age secret key (AGE-SECRET-KEY-1...) that decrypts backups; only needed to restore or verify them.",
			},
			{
				name: "BACKUP_PASSPHRASE",
				doc: "Passphrase that encrypts backups if BACKUP_AGE_RECIPIENT is unset: at least 16 characters. In a bucket " +
					"with a public host name backups are always encrypted; without either setting, with a key derived from " +
					"SECRET_KEY.",
			},
			{
				name: "RESTORE_ON_EMPTY",
				doc:  "With latest, the server restores the newest good backup at start if the database has no accounts.",
			},
			{
				name:     "DATABASE_LIFETIME_DAYS",
				doc:      "Days after which the provider deletes the database; the server warns from a week before. 0 for never.",
				fallback: "30 if the database is on Render, else 0",
			},
		}},
		{"Mail", []description{
			{
				name: "SMTP_HOST",
				doc:  "Mail server; without it or RESEND_API_KEY no mail is sent.",
			},
			{
				name: "SMTP_PORT",
				doc:  "Port of the mail server.",
			},
			{
				name: "SMTP_USERNAME",
				doc:  "User at the mail server.",
			},
			{
				name: "SMTP_PASSWORD",
				doc:  "Password at the mail server.",
			},
			{
				name:     "SMTP_USE_TLS",
				doc:      "Encrypt with STARTTLS; excludes SMTP_USE_SSL.",
				fallback: "true, unless SMTP_USE_SSL is on",
			},
			{
				name: "SMTP_USE_SSL",
				doc:  "Encrypt from the first byte (usually port 465); excludes SMTP_USE_TLS.",
			},
			{
				name:     "SMTP_FROM_EMAIL",
				doc:      "Sender address of mails.",
				fallback: "SMTP_USERNAME, else no-reply@notechondria.local",
			},
			{
				name: "SMTP_EMAIL_VERIFICATION_TTL_HOURS",
				doc:  "Hours for which mailed codes are valid.",
			},
			{
				name: "MAX_REGISTRATION_MAILS_PER_HOUR",
				doc: "Maximum number of registration mails per hour, so that strangers can't use up the quota of the mail " +
					"service; at most 60 per client.",
			},
			{
				name: "RESEND_API_KEY",
				doc:  "API key of Resend, to send mails over HTTPS, for example if SMTP ports are blocked.",
			},
			{
				name: "RESEND_API_URL",
				doc:  "Address of the Resend API.",
			},
			{
				name:     "FRONTEND_VERIFY_URL",
				doc:      "Page that the link in verification mails opens, with email and code as query parameters.",
				fallback: "this server's own page, if PUBLIC_URL is known",
			},
			{
				name: "ACCOUNT_MAILS",
				doc: "Which security notices users get by mail: changes are changes of password, API key, linked sign-ins and " +
					"programs with access; all also includes sign-ins from new devices. If an email address is changed, the old " +
					"address always gets a notice.",
			},
			{
				name: "LOG_VERIFICATION_CODES",
				doc:  "Write codes to the log if no mail is configured.",
			},
		}},
		{"Social login", []description{
			{
				name: "GOOGLE_OAUTH_CLIENT_ID",
				doc:  "Client id for sign-in with Google; without it that sign-in is off.",
			},
			{
				name: "GOOGLE_OAUTH_CLIENT_SECRET",
				doc:  "Client secret.",
			},
			{
				name: "GOOGLE_AUTHORIZED_REDIRECT_URI",
				doc:  "URL to which Google sends the browser back.",
			},
			{
				name:     "GOOGLE_AUTHORIZED_REDIRECT_URIS",
				doc:      "The same for several front ends; the entry with the calling front end's host is used, else the first.",
				fallback: "GOOGLE_AUTHORIZED_REDIRECT_URI",
			},
			{
				name: "GOOGLE_ISSUER_URL",
				doc:  "Issuer whose discovery document names Google's endpoints.",
			},
			{
				name: "GITHUB_APP_CLIENT_ID",
				doc:  "Client id for sign-in with GitHub; without it that sign-in is off.",
			},
			{
				name: "GITHUB_APP_CLIENT_SECRET",
				doc:  "Client secret.",
			},
			{
				name: "GITHUB_AUTHORIZED_REDIRECT_URI",
				doc:  "URL to which GitHub sends the browser back.",
			},
			{
				name:     "GITHUB_AUTHORIZED_REDIRECT_URIS",
				doc:      "The same for several front ends, as for Google.",
				fallback: "GITHUB_AUTHORIZED_REDIRECT_URI",
			},
			{
				name: "GITHUB_URL",
				doc:  "Address of GitHub's web site.",
			},
			{
				name: "GITHUB_API_URL",
				doc:  "Address of GitHub's API.",
			},
			{
				name: "OIDC_ISSUER_URL",
				doc:  "Issuer of any other OpenID Connect provider; without it that sign-in is off.",
			},
			{
				name: "OIDC_CLIENT_ID",
				doc:  "Client id for sign-in with that provider.",
			},
			{
				name: "OIDC_CLIENT_SECRET",
				doc:  "Client secret.",
			},
			{
				name: "OIDC_NAME",
				doc:  "Name of that provider in the apps.",
			},
			{
				name: "OIDC_AUTHORIZED_REDIRECT_URI",
				doc:  "URL to which that provider sends the browser back.",
			},
			{
				name:     "OIDC_AUTHORIZED_REDIRECT_URIS",
				doc:      "The same for several front ends, as for Google.",
				fallback: "OIDC_AUTHORIZED_REDIRECT_URI",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_NAME",
				doc:  "Name of the GitHub app that copies notes to a user's repository.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_CLIENT_ID",
				doc:  "Client id of that app.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_CLIENT_SECRET",
				doc:  "Client secret.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_PRIVATE_KEY",
				doc:  "Private key of that app, in PEM format; without it nothing is pushed.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_INSTALL_URL",
				doc:  "Page where users install that app.",
			},
		}},
		{"Sessions", []description{
			{
				name:     "SESSION_IDLE_DAYS",
				doc:      "Days without use after which a session ends; at most SESSION_ABSOLUTE_DAYS.",
				fallback: "30",
			},
			{
				name:     "SESSION_ABSOLUTE_DAYS",
				doc:      "Days after which a session always ends.",
				fallback: "180",
			},
			{
				name:     "ACCOUNT_EVENTS_DAYS",
				doc:      "How many days account events (sign-ins, failures, keys, changes) are kept, at most 500 per user.",
				fallback: "180",
			},
		}},
		{"Administrator", []description{
			{
				name: "DJANGO_SUPERUSER_USERNAME",
				doc:  "Name of the first administrator.",
			},
			{
				name: "DJANGO_SUPERUSER_PASSWORD",
				doc:  "Password of the first administrator, used only when the account is created; without it, none is created.",
			},
			{
				name:     "DJANGO_SUPERUSER_EMAIL",
				doc:      "Email address of the first administrator.",
				fallback: "DJANGO_SUPERUSER_USERNAME@localhost",
			},
		}},
		{"Content", []description{
			{
				name: "BOOTSTRAP_SAMPLES",
				doc: "Create sample courses at start: only once, even if they are changed or deleted, owned by an account that " +
					"nobody can sign in to.",
				fallback: "true with SAMPLE_ROOT, or with the embedded database and its generated key; else false",
			},
			{
				name: "SAMPLE_ROOT",
				doc:  "Folder with sample courses to create instead of the built-in ones; docs/samples.md describes its files.",
			},
			{
				name: "ALLOW_PRIVATE_FEED_HOSTS",
				doc: "Also allow fetching calendar feeds, profile pictures from sign-in providers and client metadata documents " +
					"from private networks and this machine (never from link-local addresses); only for home networks and tests.",
			},
		}},
		{"Build", []description{
			{
				name:     "BACKEND_VERSION",
				doc:      "Version shown in the handshake.",
				fallback: "the program's version",
			},
			{
				name: "BACKEND_BUILD_COMMIT",
				doc:  "Commit shown in the handshake, truncated to 40 characters.",
			},
			{
				name: "BACKEND_BUILD_TIME",
				doc:  "Build time shown in the handshake.",
			},
			{
				name:     "BACKEND_DEPLOY_TARGET",
				doc:      "Name of the deployment shown in the handshake.",
				fallback: "render on Render, else empty",
			},
		}},
	}
}
