package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/mcp/paths"
)

// Relay passes the messages of a program on to the face of another server, for programs that speak over standard input
// and output only.
type Relay struct {
	URL     string // of the server
	Key     string // API key
	Version string // of this program

	Selection Selection
}

const (
	relayTimeout = time.Minute
	relayAtOnce  = 8
	relayLine    = 16 << 20 // bytes of a message
)

// Run passes messages on, a line each, until the program closes in or ctx is done. Answers come in the order in which
// they are ready.
func (r *Relay) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	endpoint, err := r.endpoint()
	if err != nil {
		return err
	}
	session := &relayed{Relay: r, endpoint: endpoint, out: out, client: &http.Client{
		Timeout: relayTimeout,
		// The key is for this server alone.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), relayLine)
	places := make(chan struct{}, relayAtOnce)
	var working sync.WaitGroup
	defer working.Wait()
	for lines.Scan() && ctx.Err() == nil {
		line := bytes.TrimSpace(bytes.Clone(lines.Bytes()))
		if len(line) == 0 {
			continue
		}
		places <- struct{}{}
		pass := func() { defer func() { <-places }(); session.pass(ctx, line) }
		if session.begins(line) { // what follows depends on it
			pass()
			continue
		}
		working.Go(pass)
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	return nil
}

// endpoint is the address of the endpoint for agents; its path may be given already.
func (r *Relay) endpoint() (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("the server's address must start with https:// or http://")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", errors.New("the key would be sent unencrypted: use an https:// address")
	}
	if r.Key == "" {
		return "", errors.New("an API key is required: MCP_KEY=ntc_…")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = paths.Root + "/"
	}
	switch s := r.Selection; {
	case s.ReadOnly && len(s.Sets) > 0:
		return "", errors.New("with --url, use either --read-only or --tools, not both")
	case s.ReadOnly:
		u = u.JoinPath(paths.ReadOnly + "/")
	case len(s.Sets) > 0:
		u = u.JoinPath("x", strings.Join(s.Sets, ",")+"/")
	}
	return u.String(), nil
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// relayed is a conversation that is passed on.
type relayed struct {
	*Relay
	endpoint string
	client   *http.Client

	mutex   sync.Mutex
	out     io.Writer
	version string // of the protocol, as agreed
}

// begins reports whether a message asks for the version of the protocol.
func (r *relayed) begins(line []byte) bool { return bytes.Contains(line, []byte(`"initialize"`)) }

// pass sends a message, and writes its answer.
func (r *relayed) pass(ctx context.Context, line []byte) {
	answer, err := r.send(ctx, line)
	if err != nil {
		var m message
		if json.Unmarshal(line, &m) != nil || !m.isCall() {
			return // nobody waits for an answer
		}
		answer = refusal(0, m.ID, codeUnreachable, err.Error()).Body
	}
	answer = bytes.TrimSpace(answer)
	if len(answer) == 0 {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var agreed struct {
		Result struct {
			Version string `json:"protocolVersion"`
		} `json:"result"`
	}
	if r.begins(line) && json.Unmarshal(answer, &agreed) == nil && agreed.Result.Version != "" {
		r.version = agreed.Result.Version
	}
	_, _ = r.out.Write(append(answer, '\n')) // the program may be gone: its input ends then, too
}

// codeUnreachable is an error of the server that JSON-RPC leaves to programs.
const codeUnreachable = -32001

func (r *relayed) send(ctx context.Context, line []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint, bytes.NewReader(line))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Authorization", "Bearer "+r.Key)
	request.Header.Set("User-Agent", "notechondria/"+r.Version)
	r.mutex.Lock()
	if r.version != "" {
		request.Header.Set("Mcp-Protocol-Version", r.version)
	}
	r.mutex.Unlock()
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the server can't be reached: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, relayLine))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the server's response ended early: %w", err)
	case bytes.Contains(body, []byte(`"jsonrpc"`)), response.StatusCode == http.StatusAccepted:
		return body, nil
	}
	var refused struct {
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(body, &refused) // what is no JSON says nothing
	return nil, fmt.Errorf("the server answered %s %s", response.Status, refused.Detail)
}
