package config

// group is a section of the reference.
type group struct {
	title     string
	variables []description
}

// description is what the reference says of a variable.
type description struct {
	name string
	doc  string // the effect, in one sentence
	// The default in words, where it depends on other settings; "" where the default is a value.
	fallback string
}

// descriptions describe all variables, by the groups of the reference. Their order is that of the fields of Config.
func descriptions() []group {
	return []group{
		{"Core", []description{
			{
				name:     "SECRET_KEY",
				doc:      "Key that signs mailed codes, links and cookies; changing it makes those in circulation invalid.",
				fallback: "generated into DATA_DIR/secret_key on the embedded database, else required",
			},
			{
				name: "DEBUG",
				doc:  "Debug mode, for development only.",
			},
			{
				name: "ALLOWED_HOSTS",
				doc: "Accepted host names: an exact name, a leading dot for a domain and all its subdomains, or * for any; " +
					"RENDER_EXTERNAL_HOSTNAME and BACKEND_CUSTOM_DOMAIN are added by themselves.",
				fallback: "localhost 127.0.0.1 [::1]",
			},
			{
				name:     "RENDER",
				doc:      "The server runs on Render, which sets this itself.",
				fallback: "true when RENDER_EXTERNAL_HOSTNAME is set, else false",
			},
			{
				name: "RENDER_EXTERNAL_HOSTNAME",
				doc:  "Public host name given by Render; added to the accepted hosts and, with https, to the trusted origins.",
			},
			{
				name: "BACKEND_CUSTOM_DOMAIN",
				doc:  "Public host name of one's own; added like RENDER_EXTERNAL_HOSTNAME.",
			},
			{
				name: "CSRF_TRUSTED_ORIGINS",
				doc: "Web origins (scheme://host[:port]) that may call the API from a browser; an entry without scheme is a " +
					"host name and trusts that host with any scheme and port; both public host names (with https) and " +
					"FRONTEND_ORIGIN are added by themselves.",
				fallback: "http://localhost:APP_HOST_PORT",
			},
			{
				name: "APP_HOST_PORT",
				doc:  "Port of the local front end, used only in the default of CSRF_TRUSTED_ORIGINS.",
			},
			{
				name: "FRONTEND_ORIGIN",
				doc:  "Origin of the web front ends: added to the trusted origins, and where the sign-in callback pages lead.",
			},
			{
				name: "PUBLIC_URL",
				doc: "Address of this server as its users see it, without a path: for links in mails and calendars, and what " +
					"programs that are granted access know it by.",
				fallback: "https://BACKEND_CUSTOM_DOMAIN, else https://RENDER_EXTERNAL_HOSTNAME, else empty",
			},
			{
				name:     "TRUSTED_PROXIES",
				doc:      "Peers whose forwarded headers count: addresses and networks (10.0.0.0/8), or * for every peer.",
				fallback: "every peer on Render, else none",
			},
			{
				name: "LOG_LEVEL",
				doc:  "Least severe level that is logged.",
			},
			{
				name: "LOG_FORMAT",
				doc:  "Form of the log; auto is text on a terminal and JSON elsewhere.",
			},
			{
				name: "DJANGO_ACCESS_LOG_FORCE_COLOR",
				doc:  "Colours in the text log even when the output is no terminal.",
			},
			{
				name:     "PORT",
				doc:      "Port to listen on, on every interface; when unset the server is reachable from this machine only.",
				fallback: "unset: 127.0.0.1:8000",
			},
			{
				name: "DATA_DIR",
				doc: "Folder for everything that is kept on disk: the embedded database, uploads, the generated secret key; ~ " +
					"is the home directory, as in the other folders. SQLite needs a disk of this machine.",
				fallback: "$XDG_DATA_HOME/notechondria, else ~/.local/share/notechondria",
			},
			{
				name:     "WEB_CONCURRENCY",
				doc:      "Upper bound of processor cores used at the same time.",
				fallback: "0: all",
			},
			{
				name: "MAX_JSON_BYTES",
				doc:  "Largest accepted JSON body; one with the text of a calendar to import may have 40 MiB.",
			},
			{
				name: "MAX_UPLOAD_BYTES",
				doc:  "Largest accepted attachment.",
			},
			{
				name: "MAX_STORAGE_BYTES_PER_USER",
				doc:  "All files, pictures and calendars of one user together; 0 for no limit.",
			},
			{
				name: "MCP_CALLS_PER_MINUTE",
				doc: "Requests that the programs of one user may send to /mcp/ in a minute, by instance; those of one address " +
					"may be twice as many.",
			},
			{
				name: "MCP_KEY",
				doc:  "API key with which the mcp command speaks to another server.",
			},
			{
				name: "METRICS_ADDRESS",
				doc: "Address (host:port) on which /metrics is served to everybody, for Prometheus; keep it out of the " +
					"internet.",
			},
			{
				name: "METRICS_TOKEN",
				doc:  "With it, /metrics is served beside the API to who sends Authorization: Bearer with this token.",
			},
			{
				name: "SHUTDOWN_TIMEOUT",
				doc:  "How long stopping may take: SHUTDOWN_DELAY, and then the requests under way.",
			},
			{
				name: "SHUTDOWN_DELAY",
				doc: "How long a server that was asked to stop goes on taking requests: /readyz answers 503 and connections " +
					"are closed after their answer, so that a proxy turns to another instance.",
				fallback: "2s; 0s on Render and where only this machine reaches the server",
			},
		}},
		{"Database", []description{
			{
				name: "DATABASE_URL",
				doc: "Database: postgres://user:password@host:port/name?sslmode=require, or sqlite:///relative/path and " +
					"sqlite:////absolute/path; anything odd in user or password must be percent-encoded. Parameters that mean " +
					"something to other programs alone, like pgbouncer=true, are left out.",
				fallback: "SQLite in DATA_DIR, unless a POSTGRE_ variable below is set",
			},
			{
				name: "POSTGRE_DB",
				doc: "Name of the PostgreSQL database; this and the four next are used only without DATABASE_URL, and any of " +
					"them but the port selects PostgreSQL.",
			},
			{
				name: "POSTGRE_USERNAME",
				doc:  "User of the PostgreSQL server.",
			},
			{
				name: "POSTGRE_PASSWORD",
				doc:  "Password of that user, as it is (no percent-encoding).",
			},
			{
				name:     "POSTGRE_HOST",
				doc:      "Host of the PostgreSQL server, or the absolute folder of its socket.",
				fallback: "localhost",
			},
			{
				name: "POSTGRE_PORT",
				doc:  "Port of the PostgreSQL server.",
			},
			{
				name: "DATABASE_POOL_SIZE",
				doc:  "Most connections to PostgreSQL at the same time, two at least; on SQLite, most readers.",
			},
			{
				name: "DATABASE_STATEMENT_CACHE",
				doc: "How statements are cached on PostgreSQL: prepare keeps prepared statements, describe works behind a " +
					"pooler such as PgBouncer in transaction mode, auto prepares unless such a pooler sits in between.",
			},
			{
				name: "DATABASE_LIMIT_BYTES",
				doc: "How large the PostgreSQL database may become, 1 GB on Render's free plan: an adoption that would need " +
					"more is refused before it begins; 0 for no limit.",
			},
			{
				name: "ADOPT",
				doc: "At the start, take over what the former system (Django) left in this database, where nothing of this one " +
					"is in it yet: see deployment/adopt.md.",
			},
		}},
		{"Object storage", []description{
			{
				name: "CLOUDFLARE_R2_BUCKET_NAME",
				doc: "Bucket for uploads and static files, instead of local folders; the next three are then required, without " +
					"it they are ignored.",
			},
			{
				name: "CLOUDFLARE_R2_ACCOUNT_ID",
				doc:  "Cloudflare account; gives the endpoint https://ACCOUNT.r2.cloudflarestorage.com.",
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
				doc: "Address of the S3 server, where it is another one; the name of the bucket may stand behind it; " +
					"CLOUDFLARE_R2_ACCOUNT_ID may then be missing.",
				fallback: "https://CLOUDFLARE_R2_ACCOUNT_ID.r2.cloudflarestorage.com",
			},
			{
				name: "CLOUDFLARE_R2_CUSTOM_DOMAIN",
				doc:  "Public host name of the bucket.",
			},
			{
				name: "MEDIA_PROXY",
				doc:  "Uploads are always streamed by this server, even when the bucket has a public host name.",
			},
		}},
		{"Files", []description{
			{
				name:     "STATIC_ROOT",
				doc:      "Folder into which static files are collected; a relative path or one with a drive letter is ignored.",
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
				doc: "How often the server makes a backup of itself, verifies it and removes old ones: seven daily, four " +
					"weekly and six monthly ones stay.",
				fallback: "daily where a bucket is configured, else off",
			},
			{
				name:     "BACKUP_DIR",
				doc:      "Folder of backups, instead of a bucket.",
				fallback: "unset where a bucket is configured, else DATA_DIR/backups",
			},
			{
				name: "BACKUP_R2_BUCKET_NAME",
				doc: "Bucket for backups, below backups/; in the bucket of uploads, backups only name these. The next four " +
					"come from the variables with CLOUDFLARE_R2_ where they are unset.",
				fallback: "CLOUDFLARE_R2_BUCKET_NAME",
			},
			{
				name:     "BACKUP_R2_ACCOUNT_ID",
				doc:      "Cloudflare account of that bucket.",
				fallback: "CLOUDFLARE_R2_ACCOUNT_ID",
			},
			{
				name:     "BACKUP_R2_ACCESS_KEY_ID",
				doc:      "Access key of an API token with read and write permission on it.",
				fallback: "CLOUDFLARE_R2_ACCESS_KEY_ID",
			},
			{
				name:     "BACKUP_R2_SECRET_ACCESS_KEY",
				doc:      "Secret of that API token.",
				fallback: "CLOUDFLARE_R2_SECRET_ACCESS_KEY",
			},
			{
				name:     "BACKUP_R2_ENDPOINT_URL",
				doc:      "Address of its S3 server.",
				fallback: "as for CLOUDFLARE_R2_ENDPOINT_URL",
			},
			{
				name: "BACKUP_AGE_RECIPIENT",
				doc:  "Public keys of age (age1...): backups are encrypted for them.",
			},
			{
				name: "BACKUP_AGE_IDENTITY",
				doc:  "Secret key of age (AGE-SECRET-KEY-1...) that opens backups; needed only to restore or verify them.",
			},
			{
				name: "BACKUP_PASSPHRASE",
				doc: "Passphrase that encrypts backups where BACKUP_AGE_RECIPIENT is unset: 16 characters or more. In a bucket " +
					"with a public host name backups are always encrypted: without both, with a key that follows from " +
					"SECRET_KEY.",
			},
			{
				name: "RESTORE_ON_EMPTY",
				doc:  "With latest, start fills a database without accounts from the newest good backup.",
			},
			{
				name: "DATABASE_LIFETIME_DAYS",
				doc: "Days after which whoever gives the database deletes it; from a week before, the server warns. 0 for " +
					"never.",
				fallback: "30 where the database is one of Render's, else 0",
			},
		}},
		{"Mail", []description{
			{
				name: "SMTP_HOST",
				doc:  "Mail server; without it and without RESEND_API_KEY no mail is sent.",
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
				doc:      "Sender of mails.",
				fallback: "SMTP_USERNAME, else no-reply@notechondria.local",
			},
			{
				name: "SMTP_EMAIL_VERIFICATION_TTL_HOURS",
				doc:  "Life of mailed codes in hours.",
			},
			{
				name: "MAX_REGISTRATION_MAILS_PER_HOUR",
				doc: "How many mails to people who register may be sent within an hour, so that strangers can't use up what " +
					"the mail service allows; of one client at most 60.",
			},
			{
				name: "RESEND_API_KEY",
				doc:  "Key of the Resend service, to send mails over HTTPS where SMTP ports are closed.",
			},
			{
				name: "RESEND_API_URL",
				doc:  "Address of the Resend API.",
			},
			{
				name:     "FRONTEND_VERIFY_URL",
				doc:      "Page that the link in verification mails opens; it gets email and code as query parameters.",
				fallback: "this server's own page, when PUBLIC_URL is known",
			},
			{
				name: "ACCOUNT_MAILS",
				doc: "Mails that tell people of their accounts: changes of password, API key, linked sign-ins and programs " +
					"with access, and with all also sign-ins from new devices. That an address was changed is always told to " +
					"the former one.",
			},
			{
				name: "LOG_VERIFICATION_CODES",
				doc:  "Write codes to the log when no mail is configured.",
			},
		}},
		{"Social login", []description{
			{
				name: "GOOGLE_OAUTH_CLIENT_ID",
				doc:  "Client of the sign-in with Google; without it that sign-in is off.",
			},
			{
				name: "GOOGLE_OAUTH_CLIENT_SECRET",
				doc:  "Secret of that client.",
			},
			{
				name: "GOOGLE_AUTHORIZED_REDIRECT_URI",
				doc:  "Where Google sends the browser back to.",
			},
			{
				name:     "GOOGLE_AUTHORIZED_REDIRECT_URIS",
				doc:      "The same for several front ends; the entry on the calling front end's host is used, else the first.",
				fallback: "GOOGLE_AUTHORIZED_REDIRECT_URI",
			},
			{
				name: "GOOGLE_ISSUER_URL",
				doc:  "Issuer whose discovery document names Google's endpoints.",
			},
			{
				name: "GITHUB_APP_CLIENT_ID",
				doc:  "Client of the sign-in with GitHub; without it that sign-in is off.",
			},
			{
				name: "GITHUB_APP_CLIENT_SECRET",
				doc:  "Secret of that client.",
			},
			{
				name: "GITHUB_AUTHORIZED_REDIRECT_URI",
				doc:  "Where GitHub sends the browser back to.",
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
				doc:  "Client of the sign-in with that provider.",
			},
			{
				name: "OIDC_CLIENT_SECRET",
				doc:  "Secret of that client.",
			},
			{
				name: "OIDC_NAME",
				doc:  "What the apps call that provider.",
			},
			{
				name: "OIDC_AUTHORIZED_REDIRECT_URI",
				doc:  "Where that provider sends the browser back to.",
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
				doc:  "Client of that app.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_CLIENT_SECRET",
				doc:  "Secret of that client.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_PRIVATE_KEY",
				doc:  "Private key of that app, in PEM; without it nothing is pushed.",
			},
			{
				name: "GITHUB_DATA_SYNC_APP_INSTALL_URL",
				doc:  "Page on which users install that app.",
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
				doc:      "Days after which a session ends in any case.",
				fallback: "180",
			},
			{
				name: "ACCOUNT_EVENTS_DAYS",
				doc: "Days for which it is kept what happened to accounts (sign-ins, failures, keys, changes), at most 500 " +
					"events of a person.",
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
				doc:  "Password of the first administrator, used only when the account is created; without it none is created.",
			},
			{
				name:     "DJANGO_SUPERUSER_EMAIL",
				doc:      "E-mail address of the first administrator.",
				fallback: "DJANGO_SUPERUSER_USERNAME@localhost",
			},
		}},
		{"Content", []description{
			{
				name: "BOOTSTRAP_SAMPLES",
				doc: "Make sample courses at the start: once, whatever becomes of them, in the name of an account that nobody " +
					"can sign in to.",
				fallback: "true with SAMPLE_ROOT, and on the embedded database with its generated key; else false",
			},
			{
				name: "SAMPLE_ROOT",
				doc: "Folder with the sample courses to make instead of the program's own; docs/samples.md describes its " +
					"files.",
			},
			{
				name: "ALLOW_PRIVATE_FEED_HOSTS",
				doc: "Calendar feeds, pictures of people that a sign-in provider names, and what programs publish about " +
					"themselves may be fetched from private networks and this machine, too (never from link-local addresses); " +
					"only for home networks and tests.",
			},
		}},
		{"Build", []description{
			{
				name:     "BACKEND_VERSION",
				doc:      "Version shown in the handshake.",
				fallback: "the program's own",
			},
			{
				name: "BACKEND_BUILD_COMMIT",
				doc:  "Commit shown in the handshake, cut to 40 characters.",
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
