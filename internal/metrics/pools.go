package metrics

import (
	"database/sql"
	"maps"
	"slices"
)

// poolFamilies are what database/sql counts of each pool.
func poolFamilies(pools map[string]*sql.DB) []family {
	names := slices.Sorted(maps.Keys(pools))
	stats := make([]sql.DBStats, 0, len(names))
	for _, name := range names {
		stats = append(stats, pools[name].Stats())
	}
	of := func(name, kind, help string, number func(sql.DBStats) float64) family {
		f := family{name: "go_sql_" + name, kind: kind, help: help}
		for i, pool := range names {
			f.samples = append(f.samples, sample{labels: []label{{"db_name", pool}}, value: number(stats[i])})
		}
		return f
	}
	return []family{
		of("idle_connections", gauge, "The number of idle connections.",
			func(s sql.DBStats) float64 { return float64(s.Idle) }),
		of("in_use_connections", gauge, "The number of connections currently in use.",
			func(s sql.DBStats) float64 { return float64(s.InUse) }),
		of("max_idle_closed_total", counter, "The total number of connections closed due to SetMaxIdleConns.",
			func(s sql.DBStats) float64 { return float64(s.MaxIdleClosed) }),
		of("max_idle_time_closed_total", counter, "The total number of connections closed due to SetConnMaxIdleTime.",
			func(s sql.DBStats) float64 { return float64(s.MaxIdleTimeClosed) }),
		of("max_lifetime_closed_total", counter, "The total number of connections closed due to SetConnMaxLifetime.",
			func(s sql.DBStats) float64 { return float64(s.MaxLifetimeClosed) }),
		of("max_open_connections", gauge, "Maximum number of open connections to the database.",
			func(s sql.DBStats) float64 { return float64(s.MaxOpenConnections) }),
		of("open_connections", gauge, "The number of established connections both in use and idle.",
			func(s sql.DBStats) float64 { return float64(s.OpenConnections) }),
		of("wait_count_total", counter, "The total number of connections waited for.",
			func(s sql.DBStats) float64 { return float64(s.WaitCount) }),
		of("wait_duration_seconds_total", counter, "The total time blocked waiting for a new connection.",
			func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() }),
	}
}
