package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

type createSuperuserOptions struct{ username, email string }

func newCreateSuperuserCommand(p *process) *cobra.Command {
	var o createSuperuserOptions
	c := &cobra.Command{
		Use: "createsuperuser", Short: "Create an administrator.", Args: cobra.NoArgs,
		Long: `Create an administrator.

The password comes from DJANGO_SUPERUSER_PASSWORD, or is asked for without echo,
or is the first line of standard input if that is not a terminal.`,
		RunE: func(c *cobra.Command, _ []string) error { return createSuperuser(c.Context(), p, o) },
	}
	c.Flags().StringVar(&o.username, "username", "", "User `NAME` (DJANGO_SUPERUSER_USERNAME; asked for on a terminal).")
	c.Flags().StringVar(&o.email, "email", "", "Email `ADDRESS` (DJANGO_SUPERUSER_EMAIL; asked for on a terminal).")
	return c
}

func createSuperuser(ctx context.Context, p *process, o createSuperuserOptions) error {
	return withApp(ctx, p, func(a *app.App) error {
		admin, err := o.describe(ctx, p, a)
		if err != nil {
			return err
		}
		if _, err := a.Accounts.CreateUser(ctx, actor.Operator(), admin); err != nil {
			return fmt.Errorf("creating the administrator %q: %w", admin.Username, err)
		}
		line(p.Stdout, "Created the administrator %q.", admin.Username)
		return nil
	})
}

// describe takes flags first, then the environment, then asks.
func (o createSuperuserOptions) describe(ctx context.Context, p *process, a *app.App) (accounts.NewUser, error) {
	admin := accounts.NewUser{
		Username: o.username, Email: o.email, Password: a.Config.SuperuserPassword, IsSuperuser: true,
	}
	input := bufio.NewReader(p.Stdin)
	terminal := term.IsTerminal(int(p.Stdin.Fd()))
	var err error
	if admin.Username == "" {
		if admin.Username, err = ask(ctx, p, input, terminal && a.Config.Origin("DJANGO_SUPERUSER_USERNAME") == "default",
			"User name", a.Config.SuperuserUsername); err != nil {
			return admin, err
		}
	}
	if admin.Email == "" {
		fallback := a.Config.SuperuserEmail
		if a.Config.Origin("DJANGO_SUPERUSER_EMAIL") == "default" {
			fallback = admin.Username + "@localhost"
		}
		if admin.Email, err = ask(ctx, p, input, terminal && a.Config.Origin("DJANGO_SUPERUSER_EMAIL") == "default",
			"Email address", fallback); err != nil {
			return admin, err
		}
	}
	if admin.Password == "" {
		if admin.Password, err = askPassword(ctx, p, input, terminal); errors.Is(err, errNoPassword) {
			err = fmt.Errorf("%w, or set DJANGO_SUPERUSER_PASSWORD", err)
		}
	}
	return admin, err
}

// ask returns fallback where nobody can be asked, or for an empty answer.
func ask(
	ctx context.Context, p *process, input *bufio.Reader, interactive bool, question, fallback string,
) (string, error) {
	if !interactive {
		return fallback, nil
	}
	fmt.Fprintf(p.Stdout, "%s [%s]: ", question, fallback)
	answer, err := readLine(ctx, input)
	if answer == "" {
		answer = fallback
	}
	return answer, err
}

var errNoPassword = errors.New("no password: pass it on standard input")

func askPassword(ctx context.Context, p *process, input *bufio.Reader, terminal bool) (string, error) {
	if !terminal {
		text, err := readLine(ctx, input)
		if text == "" && err == nil {
			err = errNoPassword
		}
		return text, err
	}
	first, err := readHidden(ctx, p, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := readHidden(ctx, p, "Password again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ")
	}
	return first, nil
}

func readHidden(ctx context.Context, p *process, prompt string) (string, error) {
	terminal := int(p.Stdin.Fd())
	state, err := term.GetState(terminal)
	if err != nil {
		return "", fmt.Errorf("reading the state of the terminal: %w", err)
	}
	defer term.Restore(terminal, state) // switches the echo on again, also when the reading is interrupted
	fmt.Fprint(p.Stdout, prompt)
	defer fmt.Fprintln(p.Stdout)
	return interruptible(ctx, "reading the password", func() (string, error) {
		text, err := term.ReadPassword(terminal)
		return string(text), err
	})
}

func readLine(ctx context.Context, input *bufio.Reader) (string, error) {
	return interruptible(ctx, "reading standard input", func() (string, error) {
		text, err := input.ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimSpace(text), err
	})
}

// interruptible stops waiting for input when the program is asked to stop. Reading itself can't be stopped: it ends
// with the program.
func interruptible(ctx context.Context, what string, read func() (string, error)) (string, error) {
	type input struct {
		text string
		err  error
	}
	inputs := make(chan input, 1)
	go func() {
		text, err := read()
		inputs <- input{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", errors.New("interrupted")
	case in := <-inputs:
		if in.err != nil {
			return "", fmt.Errorf("%s: %w", what, in.err)
		}
		return in.text, nil
	}
}
