package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultResendURL is the address of Resend's own API.
const DefaultResendURL = "https://api.resend.com"

const (
	maxResendResponse = 64 << 10 // bytes
	maxResendReason   = 300      // bytes of the API's explanation that go into an error
)

// ResendOptions are the settings of NewResend.
type ResendOptions struct {
	APIKey string
	// BaseURL is an http or https address; empty means DefaultResendURL.
	BaseURL string
	// From is the sender, an address with or without a display name.
	From string
	// Timeout bounds one whole request; 0 means 10 s.
	Timeout time.Duration
	// Client is used as it is; nil means a client of its own that follows no redirects.
	Client *http.Client
}

// Resend sends through the HTTP API of Resend: the way out of hosts that block the SMTP ports.
type Resend struct {
	endpoint string
	apiKey   string
	from     string
	timeout  time.Duration
	client   *http.Client
}

var _ Sender = (*Resend)(nil)

// NewResend checks the options without connecting.
func NewResend(o ResendOptions) (*Resend, error) {
	if o.APIKey == "" || strings.ContainsFunc(o.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the Resend API key is empty or contains invalid characters")
	}
	if _, err := parseSender(o.From); err != nil {
		return nil, err
	}
	endpoint, err := resendEndpoint(o.BaseURL)
	if err != nil {
		return nil, err
	}
	client := o.Client
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Resend{
		endpoint: endpoint,
		apiKey:   o.APIKey,
		from:     o.From,
		timeout:  timeoutOrDefault(o.Timeout),
		client:   client,
	}, nil
}

func resendEndpoint(base string) (string, error) {
	if base == "" {
		base = DefaultResendURL
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("the address of the Resend API: %w", err)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not an http or https URL", u.Redacted())
	}
	return u.JoinPath("emails").String(), nil
}

type resendRequest struct {
	From    string   `json:"from"`
	To      []string `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
}

// Send hands m to the API and returns once it was accepted. With Message.ID set, the API accepts repetitions of the
// same message without sending it again (for 24 hours).
func (r *Resend) Send(ctx context.Context, m Message) error {
	if _, err := m.validate(); err != nil {
		return err
	}
	body, err := json.Marshal(resendRequest{From: r.from, To: []string{m.To}, Subject: m.Subject, Text: m.Text})
	if err != nil {
		return fmt.Errorf("encoding the mail request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("preparing the mail request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+r.apiKey)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	if m.ID != "" {
		request.Header.Set("Idempotency-Key", m.ID)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return fmt.Errorf("calling the mail API: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		return nil
	}
	return resendFailure(response)
}

// resendFailure turns an answer that is not 2xx into an error that names the status and the API's explanation.
func resendFailure(response *http.Response) error {
	var explanation struct {
		Name    string `json:"name"`
		Message string `json:"message"`
	}
	// An unreadable explanation leaves the status, which is enough to decide.
	if body, err := io.ReadAll(io.LimitReader(response.Body, maxResendResponse)); err == nil {
		_ = json.Unmarshal(body, &explanation)
	}
	err := fmt.Errorf("the mail API answered %d", response.StatusCode)
	if reason := shorten(explanation.Message); reason != "" {
		err = fmt.Errorf("the mail API answered %d: %s", response.StatusCode, reason)
	}
	if lasting(response.StatusCode, explanation.Name) {
		return &permanentError{err}
	}
	return err
}

// lasting reports whether the API's refusal will be the same at every further try.
func lasting(status int, name string) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusUnauthorized, http.StatusForbidden: // a key or a domain that the operator can mend
		return false
	case http.StatusConflict:
		// An earlier try of the same message is still under way.
		return name != "concurrent_idempotent_requests"
	default:
		return status >= 400 && status <= 499
	}
}

// shorten makes a foreign text fit for one line of a log.
func shorten(s string) string {
	if len(s) > maxResendReason {
		s = s[:maxResendReason] + "..."
	}
	s = strings.ToValidUTF8(s, "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if breaksLine(r) {
			return ' '
		}
		return r
	}, s))
}
