package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	databaseFile     = "notechondria.sqlite3"
	sqliteScheme     = "sqlite"
	acceptedDatabase = "accepted: postgres://user:password@host:port/name, postgresql://…, sqlite:///relative/path or " +
		"sqlite:////absolute/path"
	encodingHint = "special characters in user and password must be percent-encoded"
)

// Embedded reports whether the server uses its own SQLite file in DataDir,
// because no database was configured at all.
func (c *Config) Embedded() bool { return c.DatabaseURL == "" }

// SQLitePath is the absolute path of the SQLite file, whether it is the embedded database or from a sqlite: URL; it is
// "" on PostgreSQL.
func (c *Config) SQLitePath() string {
	if c.Embedded() {
		return filepath.Join(c.DataDir, databaseFile)
	}
	path, found := strings.CutPrefix(c.DatabaseURL, sqliteScheme+":///")
	if !found {
		return ""
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return ""
	}
	return decoded
}

func (c *Config) resolveDatabase(home string, problems *Problems) {
	if c.DatabaseURL != "" {
		resolved, notes, err := normalDatabaseURL(c.DatabaseURL, home)
		if err != nil {
			problems.add(label("DATABASE_URL", c.origins["DATABASE_URL"]) + ": " + err.Error())
			return
		}
		c.DatabaseURL = resolved
		c.notes = append(c.notes, notes...)
		return
	}
	if !c.isSet("POSTGRE_HOST") && !c.isSet("POSTGRE_USERNAME") && !c.isSet("POSTGRE_PASSWORD") && !c.isSet("POSTGRE_DB") {
		return
	}
	if c.PostgresPassword != "" && c.PostgresUsername == "" {
		problems.add("POSTGRE_USERNAME is not set, but POSTGRE_PASSWORD is")
	}
	if c.PostgresHost == "" {
		c.PostgresHost = "localhost"
	}
	c.DatabaseURL = c.postgresURL()
	c.origins["DATABASE_URL"] = origin{source: "from POSTGRE_*"}
}

// postgresURL builds a URL from the separate variables; a host that is a path is a socket folder, which a URL can
// contain only as a parameter.
func (c *Config) postgresURL() string {
	port := strconv.Itoa(c.PostgresPort)
	u := url.URL{Scheme: "postgres", Path: "/" + c.PostgresDB}
	if strings.HasPrefix(c.PostgresHost, "/") {
		u.RawQuery = url.Values{"host": {c.PostgresHost}, "port": {port}}.Encode()
	} else {
		u.Host = net.JoinHostPort(strings.Trim(c.PostgresHost, "[]"), port)
	}
	switch {
	case c.PostgresPassword != "":
		u.User = url.UserPassword(c.PostgresUsername, c.PostgresPassword)
	case c.PostgresUsername != "":
		u.User = url.User(c.PostgresUsername)
	}
	return u.String()
}

// normalDatabaseURL checks a URL and returns it with its scheme in lower case
// and, for SQLite, with an absolute path; see also usableParameters. Its errors show no password.
func normalDatabaseURL(value, home string) (resolved string, notes []string, err error) {
	u, err := url.Parse(value)
	if err != nil {
		// The value is left out, since an unparsable one can't be masked.
		return "", nil, fmt.Errorf("the value is not a URL; %s; %s", acceptedDatabase, encodingHint)
	}
	switch u.Scheme {
	case "postgres", "postgresql":
		if !isServerURL(u, value) {
			return "", nil, fmt.Errorf("the value is not a database URL; %s; %s", acceptedDatabase, encodingHint)
		}
		return usableParameters(u.Scheme + value[len(u.Scheme):])
	case sqliteScheme:
		resolved, err = normalSQLiteURL(u, value, home)
		return resolved, nil, err
	case "":
		return "", nil, fmt.Errorf("the value has no scheme; %s", acceptedDatabase)
	}
	return "", nil, fmt.Errorf("the scheme %q is not supported; %s", u.Scheme, acceptedDatabase)
}

// isServerURL refuses a URL whose password contains a bare /, ? or #, which ends the user part early: the host would be
// wrong, and part of the password shown.
func isServerURL(u *url.URL, value string) bool {
	afterHost := u.EscapedPath() + u.RawQuery
	return strings.Contains(value, "://") && u.Opaque == "" && u.Fragment == "" && !strings.Contains(afterHost, "@")
}

func normalSQLiteURL(u *url.URL, value, home string) (string, error) {
	path := strings.TrimPrefix(u.Path, "/")
	if !strings.Contains(value, ":///") || u.Host != "" || u.User != nil || u.Opaque != "" || path == "" ||
		path == ":memory:" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q names no SQLite file; accepted: sqlite:///relative/path or sqlite:////absolute/path, "+
			"without parameters", maskURL(value))
	}
	absolute, err := folder(path, home)
	if err != nil {
		return "", fmt.Errorf("%q does not name an SQLite file: %w", value, err)
	}
	return sqliteScheme + ":///" + (&url.URL{Path: absolute}).EscapedPath(), nil
}
