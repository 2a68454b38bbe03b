package app

import "github.com/trance-0/notechondria/internal/rest"

// areas are what programs are granted access to, by the tags of operations. What takes a session, and what shows
// several areas side by side, as the week does, is not for programs.
var areas = map[string]string{
	"notes": "notes", "blocks": "notes", "versions": "notes", "attachments": "notes", "recycle bin": "notes",
	"courses": "notes",
	"planner": "planner",
	"auth":    "account", "settings": "account", "integrations": "account",
}

// scopeOf is the scope that an operation takes; "" for one that no scope opens.
func scopeOf(op rest.Operation) string {
	area := areas[op.Tag]
	if area == "" {
		return ""
	}
	return op.ScopeIn(area)
}
