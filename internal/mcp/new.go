package mcp

import "sync"

// New makes a face without tools.
func New(o Options) *Face {
	f := &Face{options: o, tools: map[string]*tool{}, limits: newLimits(o.CallsPerMinute)}
	f.server = sync.OnceValue(f.newServer)
	return f
}
