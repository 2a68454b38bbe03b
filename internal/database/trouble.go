package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"syscall"

	sqlitelib "modernc.org/sqlite/lib"

	"github.com/trance-0/notechondria/internal/problem"
)

// classify marks errors that may pass by themselves. Other errors, and those already marked, stay as they are.
func classify(err error) error {
	if err == nil || errors.As(err, new(*problem.Trouble)) {
		return err
	}
	full, passing := sqliteTrouble(err)
	if !passing {
		full, passing = postgresTrouble(err)
	}
	if !passing {
		return err
	}
	return &problem.Trouble{Full: full, Err: err}
}

// sqliteTrouble looks at the primary result code, which the extended ones hold in their last byte.
func sqliteTrouble(err error) (full, passing bool) {
	code, _ := sqliteCode(err)
	switch code & 0xff {
	case sqlitelib.SQLITE_FULL:
		return true, true
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED, sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_IOERR,
		sqlitelib.SQLITE_CANTOPEN,
		sqlitelib.SQLITE_NOMEM:
		return errors.Is(err, syscall.ENOSPC), true
	}
	return false, errors.Is(err, errReplaced)
}

// postgresTrouble goes by SQLSTATE; see Appendix A of PostgreSQL's documentation.
func postgresTrouble(err error) (full, passing bool) {
	if errors.As(err, new(*connectionLost)) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		unreachable(err) {
		return false, true
	}
	code := postgresCode(err)
	switch code {
	case "53100": // disk_full
		return true, true
	case "25006", // read_only_sql_transaction: a standby, or a provider that ran out of space
		"55P03", // lock_not_available
		"57014": // query_canceled, by the server
		return false, true
	}
	for _, class := range []string{
		"08",  // connection exceptions
		"53",  // too many connections, out of memory
		"57P", // shut down, starting
		"58",  // errors of the system around the server
		"25P", // a transaction that was idle for too long
	} {
		if strings.HasPrefix(code, class) {
			return false, true
		}
	}
	return false, false
}

// outdates reports whether an error says that other connections which were opened as early are no good either.
func outdates(err error) bool {
	code := postgresCode(err)
	return code == "25006" || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") ||
		errors.As(err, new(*connectionLost))
}
