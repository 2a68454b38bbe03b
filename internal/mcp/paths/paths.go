// Package paths names the paths at which the Model Context Protocol is spoken: for the face that serves them, and for
// whoever gives out tokens for them.
package paths

// Root is where everything is served. It may go on, and then names a part of it.
const Root = "/mcp"

// ReadOnly follows Root where nothing can be changed.
const ReadOnly = "/readonly"
