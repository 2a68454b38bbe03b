package courses

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/database"
)

const maxSlugStem = 100

// slugOf makes a title fit for addresses: decomposed, ASCII letters and digits in lower case, joined by hyphens.
func slugOf(title string) string {
	var slug strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(title) {
		switch {
		case r == ' ' || r == '-' || unicode.IsSpace(r):
			gap = true
		case r == '_' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if gap && slug.Len() > 0 {
				slug.WriteByte('-')
			}
			gap = false
			slug.WriteRune(unicode.ToLower(r))
		}
	}
	text := strings.Trim(slug.String(), "-_")
	if text == "" {
		return "local-course"
	}
	return text[:min(len(text), maxSlugStem)]
}

// numberedSlugs is how many courses of one title get -2, -3 … before the others get something random: finding a free
// one must not cost more with every course of that title on the server.
const numberedSlugs = 20

// freeSlug returns a slug that no course has. retry says that the last one was taken by a request beside this one.
func freeSlug(ctx context.Context, q database.Querier, base string, retry bool) (string, error) {
	random := base + "-" + strings.ToLower(rand.Text()[:8])
	if retry {
		return random, nil
	}
	type taken struct{ Slug string }
	rows, err := database.All[taken](ctx, q, `
		select slug from courses where slug = $1 or slug > $2 and slug < $3 order by length(slug), slug limit $4`,
		base, base+"-", base+".", numberedSlugs) // '.' follows '-': the numbered ones lie between
	if err != nil {
		return "", fmt.Errorf("looking for a free slug: %w", err)
	}
	used := map[string]bool{}
	for _, r := range rows {
		used[r.Slug] = true
	}
	if !used[base] {
		return base, nil
	}
	for n := 2; n < numberedSlugs; n++ {
		if slug := fmt.Sprintf("%s-%d", base, n); !used[slug] {
			return slug, nil
		}
	}
	return random, nil
}
