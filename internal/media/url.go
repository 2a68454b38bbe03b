package media

import (
	"context"
	"net/url"

	"github.com/trance-0/notechondria/internal/rest"
)

// URL is the absolute address of the file with that key in the media store, "" for no file. It asks no store.
func URL(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	return rest.ClientOf(ctx).BaseURL() + (&url.URL{Path: Prefix + key}).EscapedPath()
}
