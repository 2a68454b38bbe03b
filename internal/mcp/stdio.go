package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/actor"
)

// Selection is the part of the tools that somebody chooses.
type Selection struct {
	ReadOnly bool     // those that change nothing
	Sets     []string // none for all
}

func (s Selection) filter() (toolFilter, error) {
	if len(s.Sets) == 0 {
		return toolFilter{readOnly: s.ReadOnly}, nil
	}
	f, err := setsIn(strings.Join(s.Sets, ","))
	f.readOnly = s.ReadOnly
	return f, err
}

// ServeIO serves one program over a pair of streams, a message a line, in the name of a user, until the program closes
// in or ctx is done.
func (f *Face) ServeIO(ctx context.Context, who actor.Actor, s Selection, in io.ReadCloser, out io.WriteCloser) error {
	shown, err := s.filter()
	if err != nil {
		return err
	}
	err = f.server().Run(with(ctx, who, shown), finishing{&sdk.IOTransport{Reader: in, Writer: out}})
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		return fmt.Errorf("serving a program: %w", err)
	}
	return nil
}
