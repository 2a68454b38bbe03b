package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// finishing is a transport whose input ends only after its calls are answered. The SDK drops calls in progress at the
// end of input, and a script closes its end as soon as it has written them.
type finishing struct{ sdk.Transport }

// Connect opens the connection.
func (f finishing) Connect(ctx context.Context) (sdk.Connection, error) {
	conn, err := f.Transport.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &finishingConn{Connection: conn, open: map[jsonrpc.ID]bool{}, answered: make(chan struct{}, 1)}, nil
}

// finishingConn knows which calls are not answered yet.
type finishingConn struct {
	sdk.Connection

	mutex    sync.Mutex
	open     map[jsonrpc.ID]bool
	answered chan struct{} // has something after an answer
}

// Read returns the next message. It holds the end of the input back, for a minute at most.
func (c *finishingConn) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if err != nil {
		if errors.Is(err, io.EOF) {
			c.waitForAnswers(ctx)
		}
		return nil, err
	}
	if request, ok := m.(*jsonrpc.Request); ok {
		c.note(request)
	}
	return m, nil
}

func (c *finishingConn) note(r *jsonrpc.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if r.IsCall() {
		c.open[r.ID] = true
		return
	}
	var cancelled struct {
		ID any `json:"requestId"`
	}
	if r.Method == "notifications/cancelled" && json.Unmarshal(r.Params, &cancelled) == nil {
		if id, err := jsonrpc.MakeID(cancelled.ID); err == nil {
			delete(c.open, id) // it may never be answered
		}
	}
}

// Write sends a message.
func (c *finishingConn) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if response, ok := m.(*jsonrpc.Response); ok {
		c.mutex.Lock()
		delete(c.open, response.ID)
		c.mutex.Unlock()
		select {
		case c.answered <- struct{}{}:
		default:
		}
	}
	return err
}

func (c *finishingConn) waitForAnswers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for c.owesAnswers() {
		select {
		case <-c.answered:
		case <-ctx.Done():
			return
		}
	}
}

func (c *finishingConn) owesAnswers() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.open) > 0
}
