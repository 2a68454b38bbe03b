package adopt

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// holders are the users that have a name or an address, where several have the same one but for case.
type holders map[string]holder

type holder struct {
	id   int64
	rank int
}

// Who keeps a name or an address.
const (
	first  = iota
	active // before the others
	exact  // the name as it is folded
	here   // who has it in our table already
)

// claim gives the folded text to the user of the highest rank, of equal ones to the first.
func (h holders) claim(text string, id int64, rank int) {
	folded := database.Fold(strings.TrimSpace(text))
	if now, taken := h[folded]; folded != "" && (!taken || rank > now.rank) {
		h[folded] = holder{id, rank}
	}
}

// folded is what stands for a text in a unique index: the folded text for its holder. Others have their own spelling,
// without blanks around it, which are not typed: by it they are found; where even that is not free, none, or what keeps
// it apart.
func (h holders) folded(text string, id int64, used map[string]bool) (folded string, exact, free bool) {
	text = strings.TrimSpace(text)
	folded = database.Fold(text)
	if folded == "" || h[folded].id == id {
		return indexed(folded), false, true
	}
	if by, held := h[text]; (!held || by.id == id) && !used[text] {
		used[text] = true
		return indexed(text), true, true
	}
	return "", true, false
}

// claims finds out who keeps a name and an address that several have. Names go to who spells them in small letters: the
// others are found by their own spelling. Addresses go to active accounts first.
func (r *run) claims(ctx context.Context, users found) (names, addresses holders, err error) {
	names, addresses = holders{}, holders{}
	light, _ := r.src.find(table{[]string{users.name}, []string{"id", "username", "email", "is_active"}})
	err = r.src.each(ctx, light, func(batch []row) error {
		for _, o := range batch {
			id, name, rank := o.int("id"), strings.TrimSpace(o.text("username")), first
			r.users[id] = true
			if o.bool("is_active") {
				rank = active
			}
			addresses.claim(o.text("email"), id, rank)
			if name == database.Fold(name) && name == o.text("username") {
				rank = exact
			}
			names.claim(name, id, rank)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return names, addresses, r.claimsHere(ctx, names, addresses)
}

// claimsHere lets the people whom a later run finds here keep the names and addresses by which they are found: of those
// who came since, and of those who changed theirs.
func (r *run) claimsHere(ctx context.Context, names, addresses holders) error {
	if r.earlier == nil {
		return nil
	}
	type person struct {
		ID                          int64
		UsernameFolded, EmailFolded string
		Adopted                     bool
	}
	people, err := database.All[person](ctx, r.tx, `select id, username_folded, email_folded, exists (
		select 1 from adopted_rows a where a.kind = 'users' and a.old_id = u.id) as adopted from users u order by id`)
	if err != nil {
		return fmt.Errorf("looking for the people who are here: %w", err)
	}
	for _, p := range people {
		if !p.Adopted {
			p.ID = -p.ID // no user of the old database
		}
		names[p.UsernameFolded] = holder{p.ID, here}
		if p.EmailFolded != "" {
			addresses[p.EmailFolded] = holder{p.ID, here}
		}
	}
	return nil
}
