package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/database"
)

var (
	oldUsers = table{[]string{"auth_user"},
		[]string{"id", "password", "last_login", "is_superuser", "username", "first_name",
			"last_name", "email", "is_staff", "is_active", "date_joined"}}
	oldProfiles = table{[]string{"creators_creator"},
		[]string{"id", "user_id", "motto", "social_link", "last_login", "date_joined",
			"image", "editor_mode", "api_base_url", "theme_mode", "theme_preset", "app_settings_json", "app_settings_updated_at",
			"api_key_hash", "api_key_prefix", "mcp_skill_md"}}
)

type userRecord struct {
	ID                   int64                `json:"id"`
	Username             string               `json:"username"`
	UsernameFolded       string               `json:"username_folded"`
	Email                string               `json:"email"`
	EmailFolded          string               `json:"email_folded"`
	PasswordHash         string               `json:"password_hash"`
	FirstName            string               `json:"first_name"`
	LastName             string               `json:"last_name"`
	IsActive             bool                 `json:"is_active"`
	IsStaff              bool                 `json:"is_staff"`
	IsSuperuser          bool                 `json:"is_superuser"`
	Motto                string               `json:"motto"`
	SocialLink           string               `json:"social_link"`
	EditorMode           string               `json:"editor_mode"`
	ThemePreset          string               `json:"theme_preset"`
	ThemeMode            string               `json:"theme_mode"`
	APIBaseURL           string               `json:"api_base_url"`
	AppSettings          string               `json:"app_settings"`
	AppSettingsUpdatedAt *database.RecordTime `json:"app_settings_updated_at"`
	MCPSkillMD           string               `json:"mcp_skill_md"`
	AvatarPath           string               `json:"avatar_path"`
	APIKeyHash           string               `json:"api_key_hash"`
	APIKeyPrefix         string               `json:"api_key_prefix"`
	WelcomedAt           *database.RecordTime `json:"welcomed_at"`
	LastLoginAt          *database.RecordTime `json:"last_login_at"`
	DateJoined           database.RecordTime  `json:"date_joined"`
	DisabledAt           *database.RecordTime `json:"disabled_at"`
}

// adoptUsers takes over people: one row for a user and their profiles.
func (r *run) adoptUsers(ctx context.Context) error {
	users, ok := r.src.find(oldUsers)
	if !ok {
		return fmt.Errorf("the old database has no users")
	}
	profiles, hasProfiles := r.src.find(oldProfiles)
	t := r.report.table(users)
	names, addresses, err := r.claims(ctx, users)
	if err != nil {
		return err
	}
	profileReport := &Table{}
	if hasProfiles {
		profileReport = r.report.table(profiles)
		profileReport.follows = true
		if err := r.readProfiles(ctx, profiles, profileReport); err != nil {
			return err
		}
	}
	b := &userBuilder{run: r, names: names, addresses: addresses, table: t, profiles: profileReport,
		usedNames: map[string]bool{}, usedAddresses: map[string]bool{}, keys: map[string]bool{}}
	return r.src.each(ctx, users, func(batch []row) error {
		var owned []row
		if hasProfiles {
			ids := make([]int64, 0, len(batch))
			for _, o := range batch {
				ids = append(ids, o.int("id"))
			}
			if owned, err = r.src.all(ctx, profiles, "user_id", r.src.oldIDs(users.name, ids)); err != nil {
				return err
			}
		}
		used, err := r.everUsed(ctx, batch, owned)
		if err != nil {
			return err
		}
		byUser := map[int64][]row{}
		for _, p := range owned {
			byUser[p.int("user_id")] = append(byUser[p.int("user_id")], p)
		}
		records := make([]userRecord, 0, len(batch))
		for _, o := range batch {
			t.Read++
			id := o.int("id")
			records = append(records, b.user(o, byUser[id], used[id]))
		}
		return r.storeUsers(ctx, t, records)
	})
}

// passwordKind is that of passwords in adopted_rows: they are compared apart from users, since a sign-in here renews
// their hashes.
const passwordKind = "passwords"

// storeUsers writes users. One that changed on the former server keeps the password of here unless that changed there.
func (r *run) storeUsers(ctx context.Context, t *Table, records []userRecord) error {
	passwords := make([]entity, 0, len(records))
	for _, u := range records {
		passwords = append(passwords, entity{u.ID, hashOf(u.PasswordHash)})
	}
	before, err := r.adoptedBefore(ctx, passwordKind, passwords)
	if err != nil {
		return err
	}
	type credentials struct {
		ID           int64
		PasswordHash string
	}
	rows, err := database.All[credentials](ctx, r.tx, "select id, password_hash from users where "+r.db.In("id", 1),
		database.List(idsOf(passwords)))
	if err != nil {
		return fmt.Errorf("looking at passwords: %w", err)
	}
	here := make(map[int64]string, len(rows))
	for _, row := range rows {
		here[row.ID] = row.PasswordHash
	}
	var written []adoptedRecord
	err = write(ctx, r, userKind, t, records, func(u userRecord) int64 { return u.ID }, func(u *userRecord) {
		state := hashOf(u.PasswordHash)
		written = append(written, adoptedRecord{passwordKind, u.ID, state, 0})
		if was, adopted := before[u.ID]; adopted && was.OldState == state {
			u.PasswordHash = here[u.ID]
		}
	})
	if err != nil {
		return err
	}
	return insert(ctx, r, "adopted_rows", overwriting[adoptedRecord]("kind", "old_id"), written)
}

// readProfiles learns whose each profile is.
func (r *run) readProfiles(ctx context.Context, profiles found, t *Table) error {
	light, _ := r.src.find(table{[]string{profiles.name}, []string{"id", "user_id"}})
	seen := map[int64]bool{}
	return r.src.each(ctx, light, func(batch []row) error {
		for _, o := range batch {
			t.Read++
			user := o.int("user_id")
			if !r.users[user] {
				t.skip(noUser, o.int("id"))
				continue
			}
			r.userOf[o.int("id")] = user
			if seen[user] {
				t.merge("another profile of the same person: their rows come together, and what the first one left empty is taken",
					o.int("id"))
			} else {
				t.Kept++
			}
			seen[user] = true
		}
		return nil
	})
}

// everUsed are the inactive users of a batch who have used their accounts: they were switched off, and do not wait for
// a code.
func (r *run) everUsed(ctx context.Context, batch, profiles []row) (map[int64]bool, error) {
	used := map[int64]bool{}
	var users, owners []int64
	inactive := map[int64]bool{}
	for _, o := range batch {
		if !o.bool("is_active") {
			id := o.int("id")
			users, inactive[id] = append(users, id), true
			if !o.isNull("last_login") || o.bool("is_staff") || o.bool("is_superuser") {
				used[id] = true
			}
		}
	}
	for _, p := range profiles {
		if inactive[p.int("user_id")] {
			owners = append(owners, p.int("id"))
			if p.text("api_key_hash") != "" {
				used[p.int("user_id")] = true
			}
		}
	}
	users = r.src.oldIDs(oldUsers.names[0], users)
	for _, look := range []struct {
		names  []string
		column string
		ids    []int64
	}{
		{oldSessions.names, "user_id", users}, {[]string{"authtoken_token"}, "user_id", users},
		{oldSocial.names, "user_id", users}, {oldNotes.names, "creator_id", owners}, {oldCourses.names, "creator_id", owners},
		{oldEvents.names, "creator_id", owners}, {oldFeeds.names, "creator_id", owners},
		{oldSubscriptions.names, "creator_id", owners}, {oldGitHub.names, "creator_id", owners},
	} {
		t, ok := r.src.find(table{look.names, []string{look.column}})
		if !ok || len(look.ids) == 0 {
			continue
		}
		found, err := database.All[int64](ctx, r.src.q, fmt.Sprintf("select distinct %s from %s where %s",
			t.column(look.column),
			quote(t.name), r.src.db.In(t.column(look.column), 1)), database.List(look.ids))
		if err != nil {
			return nil, fmt.Errorf("looking who has used their account: %w", err)
		}
		for _, id := range found {
			if look.column == "creator_id" {
				used[r.userOf[id]] = true
			} else {
				used[r.src.newID(oldUsers.names[0], id)] = true
			}
		}
	}
	return used, nil
}

// userBuilder makes our rows of users.
type userBuilder struct {
	*run
	names, addresses         holders
	usedNames, usedAddresses map[string]bool
	keys                     map[string]bool // hashes of API keys
	table, profiles          *Table
}

func (b *userBuilder) user(o row, profiles []row, used bool) userRecord {
	id := o.int("id")
	u := userRecord{
		ID: id, Username: o.text("username"), Email: o.text("email"), FirstName: o.text("first_name"),
		LastName: o.text("last_name"),
		IsActive: o.bool("is_active"), IsStaff: o.bool("is_staff"), IsSuperuser: o.bool("is_superuser"),
		PasswordHash: b.passwordHash(o), EditorMode: "P", ThemePreset: "teal", ThemeMode: "S", APIBaseURL: defaultBaseURL,
	}
	b.name(&u)
	joined, ok := o.time("date_joined")
	if !ok || joined == nil {
		b.table.note("the time of joining can't be read: the time of this run", id)
		joined = &b.now
	}
	u.DateJoined = stamp(*joined)
	login := b.optionalTime(o, b.table, "last_login")
	if len(profiles) > 0 {
		b.profile(&u, profiles)
		if since, _ := profiles[0].time("date_joined"); since != nil {
			joined = since
		}
		if login == nil {
			login, _ = profiles[0].time("last_login")
		}
	}
	u.LastLoginAt = optionalStamp(login)
	if !u.IsActive && used {
		u.DisabledAt = new(stamp(b.now))
		b.table.note("inactive, but was used: switched off", id)
	}
	if len(profiles) > 0 && (u.IsActive || used) {
		u.WelcomedAt = optionalStamp(joined)
	}
	return u
}

const defaultBaseURL = "http://localhost:9080/api/v1"

// name sets the columns by which people are found.
func (b *userBuilder) name(u *userRecord) {
	folded, exact, _ := b.names.folded(u.Username, u.ID, b.usedNames)
	switch {
	case folded == "":
		folded = fmt.Sprintf("\x01%d", u.ID) // nobody can type it
		b.table.note("its name is blank, or somebody else's even as it is spelled: signs in by address", u.ID)
	case exact:
		b.table.note("another one has this name in other letters: the name stays, and must be typed as it is spelled", u.ID)
	}
	u.UsernameFolded = folded
	folded, exact, free := b.addresses.folded(u.Email, u.ID, b.usedAddresses)
	switch {
	case !free:
		b.table.note("another one has the same address: it stays, but mail for it, and signing in by it, go to the other one",
			u.ID)
	case exact:
		b.table.note("another one has this address in other letters: it stays, and must be typed as it is spelled", u.ID)
	}
	u.EmailFolded = folded
}

func (b *userBuilder) passwordHash(o row) string {
	hash := o.text("password")
	switch {
	case !password.Usable(hash):
		return ""
	case !password.Known(hash):
		b.table.note("its password hash is of a kind that can't be checked: kept, but a new password has to be set",
			o.int("id"))
	}
	return hash
}

// profile takes over the profiles of a person: the first one, and from others what it left empty.
func (b *userBuilder) profile(u *userRecord, profiles []row) {
	first := func(column, usual string) string {
		for _, p := range profiles {
			if text := p.text(column); text != "" && text != usual {
				return text
			}
		}
		return usual
	}
	u.Motto, u.SocialLink = first("motto", ""), first("social_link", "")
	u.EditorMode, u.APIBaseURL = first("editor_mode", "P"), first("api_base_url", defaultBaseURL)
	u.ThemeMode, u.ThemePreset = first("theme_mode", "S"), first("theme_preset", "teal")
	u.AppSettings = b.appSettings(u.ID, profiles)
	for _, p := range profiles {
		if at := b.optionalTime(p, b.profiles, "app_settings_updated_at"); at != nil {
			u.AppSettingsUpdatedAt = optionalStamp(at)
			break
		}
	}
	var skills []string
	for _, p := range profiles {
		if text := p.text("mcp_skill_md"); strings.TrimSpace(text) != "" && !slices.Contains(skills, text) {
			skills = append(skills, text)
		}
	}
	u.MCPSkillMD = strings.Join(skills, "\n\n")
	for _, p := range profiles {
		if u.AvatarPath = b.avatar(p); u.AvatarPath != "" {
			break
		}
	}
	for _, p := range profiles {
		hash := b.key(p, b.profiles, "api_key_hash")
		switch {
		case hash == "" || hash == u.APIKeyHash:
		case b.keys[hash]:
			b.profiles.note("its API key is somebody else's: not kept", p.int("id"))
		case u.APIKeyHash != "":
			b.profiles.note("a second API key of one person: the first one stays", p.int("id"))
		default:
			b.keys[hash] = true
			u.APIKeyHash, u.APIKeyPrefix = hash, p.text("api_key_prefix")
		}
	}
}

// avatar is the picture of a profile, "" where there is no such file: then one is drawn, as it was before.
func (b *userBuilder) avatar(p row) string {
	old := p.text("image")
	key := b.files.key(old, b.profiles, p.int("id"))
	if key != "" && !b.files.exists(key) {
		b.files.miss(key)
		b.profiles.note("its picture is not there: one is drawn", p.int("id"))
		return ""
	}
	b.files.name(key)
	return key
}

// appSettings are those of the first profile, with what only others have. A text that is no object counts as nothing,
// and is kept.
func (b *userBuilder) appSettings(id int64, profiles []row) string {
	texts := make([]string, 0, len(profiles))
	merged := map[string]json.RawMessage{}
	for _, p := range slices.Backward(profiles) {
		text := p.text("app_settings_json")
		if strings.TrimSpace(text) == "" {
			continue
		}
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			b.profiles.note("its app settings are no JSON object: they count as none, and are kept if the person has no others",
				p.int("id"))
			texts = append(texts, text)
			continue
		}
		texts = append([]string{text}, texts...)
		maps.Copy(merged, object)
	}
	switch {
	case len(texts) == 0:
		return ""
	case len(texts) == 1 || len(merged) == 0:
		return texts[0]
	}
	joined, err := json.Marshal(merged)
	if err != nil {
		return texts[0] // it has just been read
	}
	return string(joined)
}
