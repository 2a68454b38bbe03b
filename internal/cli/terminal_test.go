package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// terminal is a person's terminal with a program in it.
type terminal struct {
	*os.File
	cmd    *exec.Cmd
	screen apptest.Logs
	ended  chan struct{}
}

func inTerminal(t *testing.T, environment []string, arguments ...string) *terminal {
	t.Helper()
	term := &terminal{cmd: apptest.Program(t, environment, arguments...), ended: make(chan struct{})}
	var err error
	if term.File, err = pty.Start(term.cmd); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(term.ended)
		var part [1024]byte
		for n, err := term.Read(part[:]); err == nil; n, err = term.Read(part[:]) { // fails when the program has ended
			_, _ = term.screen.Write(part[:n]) // never fails
		}
		_ = term.cmd.Wait() // the exit code is asked for later
	}()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill() // it may have ended already
		<-term.ended
		_ = term.Close()
	})
	return term
}

// answer types text once the prompt is there.
func (term *terminal) answer(t *testing.T, prompt, text string) {
	t.Helper()
	apptest.Eventually(t, prompt, func() bool { return strings.HasSuffix(term.screen.String(), prompt) })
	if strings.HasPrefix(prompt, "Password") {
		apptest.Eventually(t, "nothing is echoed", func() bool { return !term.echoes(t) })
	}
	if _, err := term.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func (term *terminal) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(term.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func (term *terminal) wantExit(t *testing.T, code int, words string) {
	t.Helper()
	apptest.Eventually(t, "the program ends", func() bool {
		select {
		case <-term.ended:
			return true
		default:
			return false
		}
	})
	if got := term.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(term.screen.String(), words) {
		t.Errorf("exit code %d, want %d with %q:\n%s", got, code, words, &term.screen)
	}
}

func TestCreateSuperuserAsks(t *testing.T) {
	t.Parallel()
	e := environment(t, database.SQLite)
	term := inTerminal(t, e, "createsuperuser")
	term.answer(t, "User name [admin]: ", "alice\n")
	term.answer(t, "Email address [alice@localhost]: ", "\n")
	term.answer(t, "Password: ", "a-good-password\n")
	term.answer(t, "Password again: ", "a-good-password\n")
	term.wantExit(t, 0, `Created the administrator "alice".`)
	if strings.Contains(term.screen.String(), "a-good-password") {
		t.Errorf("the password is shown:\n%s", &term.screen)
	}
	wantAdministrator(t, e, "alice", "alice@localhost")
	wantSignIn(t, e, "alice@localhost")
}

func TestCreateSuperuserAsksOnlyForWhatIsMissing(t *testing.T) {
	t.Parallel()
	e := append(environment(t, database.SQLite), "DJANGO_SUPERUSER_EMAIL=bob@example.org")
	term := inTerminal(t, e, "createsuperuser", "--username=bob")
	term.answer(t, "Password: ", "a-good-password\n")
	term.answer(t, "Password again: ", "another-password\n")
	term.wantExit(t, 1, "the two passwords differ")
	if list := users(t, e); len(list) != 0 {
		t.Errorf("it made %+v", list)
	}
}

func TestInterruptAtAPrompt(t *testing.T) {
	const controlC = "\x03"
	t.Parallel()
	for _, prompt := range []string{"User name [admin]: ", "Password: "} {
		t.Run(prompt, func(t *testing.T) {
			t.Parallel()
			e := environment(t, database.SQLite)
			arguments := []string{"createsuperuser"}
			if prompt == "Password: " {
				arguments = append(arguments, "--username=bob", "--email=bob@example.org")
			}
			term := inTerminal(t, e, arguments...)
			term.answer(t, prompt, controlC)
			term.wantExit(t, 1, "interrupted")
			if !term.echoes(t) {
				t.Error("the terminal is left without echo")
			}
			if list := users(t, e); len(list) != 0 {
				t.Errorf("it made %+v", list)
			}
		})
	}
}
