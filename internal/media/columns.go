package media

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// column is where a table keeps keys.
type column struct{ table, name string }

// RegisterColumn names a column that holds keys: the files that it names are not removed. Packages that keep files call
// it before the service is used.
func (s *Service) RegisterColumn(table, columnName string) {
	s.columns = append(s.columns, column{table, columnName})
}

// named returns which of the keys some row names.
func (s *Service) named(ctx context.Context, keys []string) (map[string]bool, error) {
	selects := make([]string, 0, len(s.columns))
	for _, c := range s.columns {
		selects = append(selects, "select "+c.name+" from "+c.table+" where "+s.DB.InTexts(c.name, 1))
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
