package media

import (
	"context"
	"path"

	"github.com/trance-0/notechondria/internal/database"
)

// RegisterNames registers a column that holds keys, and another with the names under which browsers save these files.
// Packages that keep names call it before the service is used.
func (s *Service) RegisterNames(table, keyColumn, nameColumnName string) {
	s.names = append(s.names, nameColumn{table, keyColumn, nameColumnName})
}

// nameOf is the sender's name for a file; without one, or if the database is unavailable, the end of its key.
func (s *Service) nameOf(ctx context.Context, key string) string {
	for _, c := range s.names {
		query := "select " + c.name + " from " + c.table + " where " + c.key + " = $1"
		name, err := database.One[string](ctx, s.DB.Read(), query, key)
		if err == nil && name != "" {
			return name
		}
	}
	return path.Base(key)
}
