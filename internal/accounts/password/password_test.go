package password_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/password"
)

const plain = "Str0ng-pass-123"

// Made by the systems whose hashes are imported: Python's hashlib with the iterations of Django 4.2 and 3.2.
const (
	django42 = "pbkdf2_sha256$600000$b7Xq2LmPzR9dKcVtYwHn4e$SrMadIlZLAPpt1d4uSX1P7J+1tEIMGIViOxRha37N+k="
	django32 = "pbkdf2_sha256$260000$GkVw3sQ0nYbZrT1u$QPblX1bCs0DWcLy2iM9zU5V9Rz0/Iz8HqtSiu7Vo/5Y="
)

// Made by Django 3.2, and scrypt as well as SHA-1 by Python's hashlib.
const (
	djangoSHA1         = "pbkdf2_sha1$1000$seasalt$z9p1jcRY7SveunQjdj1GSCPzFFM="
	djangoArgon2id     = "argon2$argon2id$v=19$m=512,t=2,p=2$OXZMZ0F1bkp6Y2dpdGRGb3hpazZsZg$5eipnn9T/yAfAAwbdD3fEg"
	djangoArgon2i      = "argon2$argon2i$v=19$m=512,t=2,p=2$c2FsdHNhbHRzYWx0$YS9xxeDlNDCYgL7urWDBTwdFRLEO8/+Oh/9LAso1oo8"
	djangoBcryptSHA256 = "bcrypt_sha256$$2b$04$vI3Zovtv5BOFLfWdM6aWZenXKJaq8xUYkq/QSXBEvFOeAXkPpOb3O"
	djangoBcrypt       = "bcrypt$$2b$04$WmqI97nobDZ1ZrifEBZ.g.JF2VSl3/bOpfSAdUC2ZAWMRrP3IMBHy"
	djangoBcryptLong   = "bcrypt$$2b$04$KsBgNEevmVRxeJL3r7zp4eBBN3Xetumii4WK5aB91LTHtNgvey0xm" // of a hundred times "a"
	djangoScrypt       = "scrypt$16384$seasalt$8$1$" +
		"hj4bQugi6vy9ZbedvuJ9wU4AIg86b+9zDERgi5ZudrAoFwSM0DZOl+tywAyYcnmNAjd0q4KCofx60J2LUQ4FvA=="
)

// Low costs, for tests that need many; referenceArgon is from the tests of the algorithm's reference implementation.
const (
	cheapPBKDF2    = "pbkdf2_sha256$1000$seasalt$HHcZgBX4A+qEk0sogoC1/JQ/Z3a8QDjSyCr047rDKCA="
	referenceArgon = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)

func TestHashIsVerified(t *testing.T) {
	t.Parallel()
	h := password.New(2, password.Cost{})
	encoded, err := h.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(
		encoded) {
		t.Errorf("hash has the wrong form: %s", encoded)
	}
	again, err := h.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if again == encoded {
		t.Error("two hashes of one password are equal: no salt")
	}
	check(t, h, encoded, plain, true, false)
	check(t, h, encoded, plain+" ", false, false)
	check(t, h, encoded, "", false, false)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	h := password.New(2, password.Cost{})
	for name, c := range map[string]struct {
		encoded, plain string
		ok, outdated   bool
	}{
		"Django 4.2":              {django42, plain, true, true},
		"Django 3.2":              {django32, plain, true, true},
		"Django, wrong password":  {cheapPBKDF2, "str0ng-pass-123", false, false},
		"Django, few iterations":  {cheapPBKDF2, plain, true, true},
		"Django, salt is text":    {strings.Replace(cheapPBKDF2, "seasalt", "seasalT", 1), plain, false, false},
		"Django, SHA-1":           {djangoSHA1, plain, true, true},
		"Django, SHA-1, wrong":    {djangoSHA1, "other", false, false},
		"Django, argon2id":        {djangoArgon2id, plain, true, true},
		"Django, argon2id, wrong": {djangoArgon2id, "other", false, false},
		"Django, argon2i":         {djangoArgon2i, plain, true, true},
		"Django, argon2i is not argon2id": {strings.Replace(djangoArgon2i, "argon2i$", "argon2id$", 1),
			plain, false, false},
		"Django, bcrypt of SHA-256":        {djangoBcryptSHA256, plain, true, true},
		"Django, bcrypt of SHA-256, wrong": {djangoBcryptSHA256, "other", false, false},
		"Django, bcrypt":                   {djangoBcrypt, plain, true, true},
		"Django, bcrypt, wrong":            {djangoBcrypt, "other", false, false},
		"Django, bcrypt, beyond 72 bytes":  {djangoBcryptLong, strings.Repeat("a", 100), true, true},
		"Django, scrypt":                   {djangoScrypt, plain, true, true},
		"Django, scrypt, wrong":            {djangoScrypt, "other", false, false},
		"argon2's own example, other cost": {referenceArgon, "password", true, true},
		"argon2id, only the cost differs": {"$argon2id$v=19$m=256,t=2,p=1$c2l4dGVlbiBieXRlIHNhbA$L7m8ib" +
			"gvTNyVuDpVXQPD/5POk+1quYy8XZjGuebns3c",
			"password", true, true},
		"argon2's own example, wrong":       {referenceArgon, plain, false, false},
		"argon2id, other cost than hashed":  {strings.Replace(referenceArgon, "t=2", "t=3", 1), "password", false, false},
		"no usable password":                {"!kUzGzEGxQ3Jm5vZq9sX2cR8yT1wP4nB7hL0dF6aS", plain, false, false},
		"no usable password, nothing typed": {"!", "", false, false},
		"no hash":                           {"", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, h, c.encoded, c.plain, c.ok, c.outdated)
		})
	}
}

func check(t *testing.T, h *password.Hasher, encoded, plain string, wantOK, wantOutdated bool) {
	t.Helper()
	ok, outdated, err := h.Verify(t.Context(), encoded, plain)
	if err != nil {
		t.Errorf("Verify(%q, %q): %v", encoded, plain, err)
	}
	if ok != wantOK || outdated != wantOutdated {
		t.Errorf("Verify(%q, %q) = %v, %v; want %v, %v", encoded, plain, ok, outdated, wantOK, wantOutdated)
	}
}

func TestVerifyRefusesUnusableHashes(t *testing.T) {
	t.Parallel()
	const salt, key = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	argon := func(version, params string) string {
		return "$argon2id$" + version + "$" + params + "$" + salt + "$" + key
	}
	for name, c := range map[string]struct{ encoded, names string }{
		"text without structure":      {"hunter2", ""},
		"text with a dollar":          {"Hunter Two$more", ""},
		"a lone dollar":               {"$", ""},
		"bcrypt":                      {"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "2b"},
		"another Django kind":         {"md5$abcdefgh$0123456789abcdef0123456789abcdef", "md5"},
		"argon2i":                     {"$argon2i" + strings.TrimPrefix(referenceArgon, "$argon2id"), "argon2i"},
		"argon2id without a dollar":   {strings.TrimPrefix(referenceArgon, "$"), "argon2id"},
		"argon2id, version 16":        {argon("v=16", "m=256,t=2,p=1"), "argon2id"},
		"argon2id, too much memory":   {argon("v=19", "m=262145,t=1,p=1"), "argon2id"},
		"argon2id, too little":        {argon("v=19", "m=8,t=1,p=2"), "argon2id"},
		"argon2id, too many passes":   {argon("v=19", "m=256,t=11,p=1"), "argon2id"},
		"argon2id, no pass":           {argon("v=19", "m=256,t=0,p=1"), "argon2id"},
		"argon2id, too many threads":  {argon("v=19", "m=256,t=1,p=9"), "argon2id"},
		"argon2id, no thread":         {argon("v=19", "m=256,t=1,p=0"), "argon2id"},
		"argon2id, huge number":       {argon("v=19", "m=99999999999999999999,t=1,p=1"), "argon2id"},
		"argon2id, rest after params": {argon("v=19", "m=256,t=2,p=1,x=1"), "argon2id"},
		"argon2id, no key":            {"$argon2id$v=19$m=256,t=2,p=1$" + salt + "$", "argon2id"},
		"argon2id, no salt":           {"$argon2id$v=19$m=256,t=2,p=1$$" + key, "argon2id"},
		"argon2id, long key": {"$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + strings.Repeat("A", 10_000),
			"argon2id"},
		"argon2id, parts missing": {"$argon2id$v=19", "argon2id"},
		"PBKDF2, too many rounds": {strings.Replace(cheapPBKDF2, "1000", "10000001", 1), "pbkdf2_sha256"},
		"PBKDF2, no rounds":       {strings.Replace(cheapPBKDF2, "1000", "0", 1), "pbkdf2_sha256"},
		"PBKDF2, negative":        {strings.Replace(cheapPBKDF2, "1000", "-1", 1), "pbkdf2_sha256"},
		"PBKDF2, no number":       {strings.Replace(cheapPBKDF2, "1000", "many", 1), "pbkdf2_sha256"},
		"PBKDF2, no salt":         {strings.Replace(cheapPBKDF2, "seasalt", "", 1), "pbkdf2_sha256"},
		"PBKDF2, short key":       {"pbkdf2_sha256$1000$seasalt$HHcZgBX4A+o=", "pbkdf2_sha256"},
		"PBKDF2, no base64":       {"pbkdf2_sha256$1000$seasalt$???", "pbkdf2_sha256"},
		"PBKDF2, parts missing":   {"pbkdf2_sha256$1000", "pbkdf2_sha256"},
		"SHA-1, key of SHA-256":   {strings.Replace(cheapPBKDF2, "sha256", "sha1", 1), "pbkdf2_sha1"},
		"Django, argon2d":         {strings.Replace(djangoArgon2i, "argon2i$", "argon2d$", 1), "argon2"},
		"Django, argon2, memory":  {strings.Replace(djangoArgon2i, "m=512", "m=262145", 1), "argon2"},
		"bcrypt, too much":        {strings.Replace(djangoBcryptSHA256, "$04$", "$18$", 1), "bcrypt_sha256"},
		"bcrypt, parts missing":   {"bcrypt$$2b$04", "bcrypt"},
		"scrypt, too much memory": {strings.Replace(djangoScrypt, "16384", "1048576", 1), "scrypt"},
		"scrypt, no power of two": {strings.Replace(djangoScrypt, "16384", "16383", 1), "scrypt"},
		"scrypt, no salt":         {strings.Replace(djangoScrypt, "seasalt", "", 1), "scrypt"},
		"scrypt, parts missing":   {"scrypt$16384$seasalt$8$1", "scrypt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok, outdated, err := password.New(1, password.Cost{}).Verify(t.Context(), c.encoded, "password")
			if ok || outdated || err == nil {
				t.Fatalf("Verify = %v, %v, %v; want an error", ok, outdated, err)
			}
			if !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %q does not name %q", err, c.names)
			}
			for _, part := range strings.Split(c.encoded, "$") {
				if len(part) > 4 && part != c.names && strings.Contains(err.Error(), part) {
					t.Errorf("error %q shows %q of the stored hash", err, part)
				}
			}
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	h := password.New(1, password.Cost{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ended, plain); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash: %v", err)
	}
	for _, encoded := range []string{referenceArgon, cheapPBKDF2, "!", ""} {
		if ok, _, err := h.Verify(ended, encoded, "password"); ok || !errors.Is(err, context.Canceled) {
			t.Errorf("Verify(%q) = %v, %v", encoded, ok, err)
		}
	}
	if err := h.Dummy(ended, plain); !errors.Is(err, context.Canceled) {
		t.Errorf("Dummy: %v", err)
	}
	if err := h.Dummy(t.Context(), plain); err != nil {
		t.Errorf("Dummy after the others gave up: %v", err)
	}
}

func TestNewWithoutSlotsStillWorks(t *testing.T) {
	t.Parallel()
	check(t, password.New(0, password.Cost{}), cheapPBKDF2, plain, true, true)
}

func BenchmarkHash(b *testing.B) {
	h := password.New(1, password.Cost{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), plain); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHashesOfAnotherCostAreOutdated(t *testing.T) {
	t.Parallel()
	cheap, usual := password.New(1, password.LowestCost()), password.New(1, password.Cost{})
	encoded, err := cheap.Hash(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Errorf("hash has the wrong cost: %s", encoded)
	}
	check(t, cheap, encoded, plain, true, false)
	check(t, usual, encoded, plain, true, true)
}
