package media

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// RegisterColumn registers a column that holds keys: files that it refers to are not removed. Packages that keep files
// call it before the service is used.
func (s *Service) RegisterColumn(table, columnName string) {
	s.columns = append(s.columns, Column{table, columnName})
}

// Columns returns the registered columns.
func (s *Service) Columns() []Column { return s.columns }

// named returns those of the keys that a row refers to.
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
