package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// A script closes its end as soon as it has written what it wants to know.
func TestCallsBeforeTheEndOfTheInputAreAnswered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		s.SignUp(t, "alice")
		var calls strings.Builder
		calls.WriteString(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",` +
			`"capabilities":{},"clientInfo":{"name":"script","version":"1"}}}` + "\n" +
			`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
		wanted := []string{`"id":1,`}
		for id := 2; id < 12; id++ {
			fmt.Fprintf(&calls, `{"jsonrpc":"2.0","id":%d,"method":"tools/call",`+
				`"params":{"name":"list_notes","arguments":{}}}`+"\n", id)
			wanted = append(wanted, fmt.Sprintf(`"id":%d,`, id))
		}
		run(t, e, calls.String(), "mcp", "--user", "alice").want(t, 0, wanted...)
	})
}
