package rest_test

import (
	"io"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// connection is what a handler writes to and reads from; nothing is read after the deadline.
type connection struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

// SetReadDeadline is called through http.ResponseController.
func (c *connection) SetReadDeadline(t time.Time) error {
	c.deadline = t
	return nil
}

// trickle is an endless text in a form of which a letter comes each twenty seconds.
type trickle struct {
	*connection
	begun bool
}

// Read waits.
func (b *trickle) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		return copy(p, "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n"), nil
	}
	time.Sleep(20 * time.Second)
	if time.Now().After(b.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(p, "x"), nil
}

func TestAFormThatTricklesInIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := &connection{ResponseRecorder: httptest.NewRecorder()}
		request := httptest.NewRequest("POST", "http://127.0.0.1"+formPath, io.NopCloser(&trickle{connection: c}))
		request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		formAPI().Handler().ServeHTTP(c, request)
		if took := time.Since(start); c.Code != 400 || took < 9*time.Minute || took > 11*time.Minute {
			t.Errorf("status %d after %s, want 400 after ten minutes: %s", c.Code, took, c.Body)
		}
	})
}
