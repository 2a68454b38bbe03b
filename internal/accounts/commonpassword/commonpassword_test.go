package commonpassword

import (
	"strings"
	"testing"
)

func TestEveryPasswordOfTheListIsFound(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(passwords, "\n"), "\n")
	if len(lines) < 3000 {
		t.Fatalf("the list has %d passwords", len(lines))
	}
	for i, line := range lines {
		if i > 0 && lines[i-1] >= line {
			t.Fatalf("%q does not come after %q", line, lines[i-1])
		}
		if !Is(line) || !Is(strings.ToUpper(line)) {
			t.Errorf("%q is not found", line)
		}
		if Is(line + "\n") {
			t.Errorf("%q is found with a line break after it", line)
		}
	}
}

func TestOthersAreNot(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{
		"", "\n", "a", "password ", "correct horse battery staple", "Analytical-3ngine", "~~~~~~~~~", "\x00",
		"Überraschung-1",
	} {
		if Is(plain) {
			t.Errorf("%q counts as common", plain)
		}
	}
	for _, plain := range []string{"Password1", "Qwerty123", "Welcome1", "Admin123", "PASSWORD"} {
		if !Is(plain) {
			t.Errorf("%q does not", plain)
		}
	}
}
