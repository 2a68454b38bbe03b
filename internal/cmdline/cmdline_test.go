package cmdline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/cmdline"
)

type shared struct {
	Folder string `placeholder:"DIR" help:"Where."`
}

type who struct {
	Name string `arg:"" help:"Whose."`
}

type listing struct {
	who
	Limit   int      `default:"10" help:"How many."`
	AfterID int64    `name:"after" help:"From where on."`
	Kinds   []string `short:"k" help:"Which."`
	Yes     bool     `short:"y" help:"Without asking, and with a text that is long enough to need two lines."`
	Quiet   bool     `short:"q" hidden:"" help:"Nothing."`
}

func (*listing) Help() string { return "There is more to say." }

type making struct {
	Output string `short:"o" placeholder:"FILE" help:"To where."`
}

func program() (*cmdline.Command, *shared, *listing, *making) {
	flags, list, made := &shared{}, &listing{}, &making{}
	store := &cmdline.Command{Name: "store", Help: "Things.", Commands: []*cmdline.Command{
		{Name: "make", Help: "Make one.", Into: made}, {Name: "list", Help: "List them.", Into: list},
	}}
	store.Default = store.Commands[0]
	return &cmdline.Command{Name: "tool", Help: "A tool.", Into: flags, Commands: []*cmdline.Command{
		store, {Name: "plain", Help: "A command without flags."},
	}}, flags, list, made
}

func TestParse(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"store list anna":                      "list {anna} 10 0 [] false, ",
		"store list anna --limit=3 -y":         "list {anna} 3 0 [] true, ",
		"--folder f store list anna --after 7": "list {anna} 10 7 [] false, f",
		"store list --kinds a,b -kc -k d anna": "list {anna} 10 0 [a b c d] false, ",
		"store list -yq anna --folder=":        "list {anna} 10 0 [] true, ",
		"store list --yes=false -- --limit":    "list {--limit} 10 0 [] false, ",
		"store list --folder --limit anna":     "! --folder: its value is missing",
		"store list anna --folder":             "! --folder: its value is missing",
		"store list anna --limit=many":         `! --limit: "many" is not a whole number`,
		"store list anna --after=1.5":          `! --after: "1.5" is not a whole number`,
		"store list anna --yes=perhaps":        `! --yes: "perhaps" is neither true nor false`,
		"store list":                           "! expected <name>",
		"store list anna bert":                 "! unexpected argument bert",
		"store list anna --output f":           "! unknown flag --output",
		"store list anna -x":                   "! unknown flag -x",
		"store fly":                            "! unexpected argument fly",
		"plain store":                          "! unexpected argument store",
		"":                                     "! expected one of store, plain",
		"store":                                "make ",
		"store -o f":                           "make f",
		"store --output - --folder f":          "make -",
		"store make -of":                       "make f",
		"store --output f make":                "! unexpected argument make",
		"--limit=3 store list anna":            "! unknown flag --limit",
		"plain":                                "plain",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			root, flags, list, made := program()
			invocation, err := cmdline.Parse(root, strings.Fields(words))
			var got string
			switch {
			case err != nil:
				got = "! " + err.Error()
			case invocation.Command.Into == list:
				got = fmt.Sprintf("list %v %d %d %v %t, %s", list.who, list.Limit, list.AfterID, list.Kinds, list.Yes, flags.Folder)
			case invocation.Command.Into == made:
				got = "make " + made.Output
			default:
				got = invocation.Command.Name
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"--help": `Usage: tool <command> [flags]

A tool.

Flags:
  -h, --help          Show this help.
      --folder=DIR    Where.

Commands:
  store make    Make one.
  store list    List them.
  plain         A command without flags.

Run "tool <command> --help" for more information on a command.
`,
		"store -h": `Usage: tool store <command> [flags]

Things.

Flags:
  -h, --help          Show this help.
      --folder=DIR    Where.

Commands:
  store make    Make one.
  store list    List them.
`,
		"store list anna -h": `Usage: tool store list <name> [flags]

List them.

There is more to say.

Arguments:
  <name>    Whose.

Flags:
  -h, --help           Show this help.
      --folder=DIR     Where.
      --limit=10       How many.
      --after=AFTER    From where on.
  -k, --kinds=KINDS    Which.
  -y, --yes            Without asking, and with a text that is long enough to
                       need two lines.
`,
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			root, _, _, _ := program()
			invocation, err := cmdline.Parse(root, strings.Fields(words))
			if err != nil || invocation.Help != want {
				t.Errorf("%v\ngot:\n%s\nwant:\n%s", err, invocation.Help, want)
			}
		})
	}
}

func TestFieldsThatAreNotReadAreRefused(t *testing.T) {
	t.Parallel()
	into := &struct {
		Share float64 `default:"0.5"`
	}{}
	if _, err := cmdline.Parse(&cmdline.Command{Name: "tool", Into: into}, nil); err == nil {
		t.Error("a number with a fraction was accepted")
	}
}
