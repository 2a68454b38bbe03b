package media

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// Column is where a table keeps keys.
type Column struct{ Table, Column string }

// RegisterColumn names a column that holds keys: the files that it names are not removed. Packages that keep files call
// it before the service is used.
func (s *Service) RegisterColumn(table, columnName string) {
	s.columns = append(s.columns, Column{table, columnName})
}

// Columns are those that were registered.
func (s *Service) Columns() []Column { return s.columns }

// named returns which of the keys some row names.
func (s *Service) named(ctx context.Context, keys []string) (map[string]bool, error) {
	selects := make([]string, 0, len(s.columns))
	for _, c := range s.columns {
		selects = append(selects, "select "+c.Column+" from "+c.Table+" where "+s.DB.InTexts(c.Column, 1))
	}
	found, err := database.All[string](ctx, s.DB.Read(), strings.Join(selects, " union "), database.Texts(keys))
	if err != nil {
		return nil, fmt.Errorf("looking for the rows of files: %w", err)
	}
	named := make(map[string]bool, len(found))
	for _, key := range found {
		named[key] = true
	}
	return named, nil
}
