package markdown

// NewWithPieces makes a Parser that parses so many bytes at once.
func NewWithPieces(size int) *Parser {
	p := New()
	p.piece = size
	return p
}
