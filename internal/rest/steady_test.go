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

// trickle is an endless part of a form, of which a letter comes after each pause.
type trickle struct {
	*connection
	head  string // of the part
	pause time.Duration
}

// Read waits.
func (b *trickle) Read(p []byte) (int, error) {
	if b.head != "" {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	time.Sleep(b.pause)
	if time.Now().After(b.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(p, "x"), nil
}

func TestFormsThatTrickleInAreGivenUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		part            string
		pause           time.Duration
		after, atLatest time.Duration
	}{
		"a slow text":    {`name="title"`, 20 * time.Second, 9 * time.Minute, 11 * time.Minute},
		"a slow file":    {`name="picture"; filename="a"`, 20 * time.Second, 9 * time.Minute, 11 * time.Minute},
		"a stalled text": {`name="title"`, 40 * time.Second, 30 * time.Second, time.Minute},
		"a stalled file": {`name="picture"; filename="a"`, 40 * time.Second, 30 * time.Second, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				c := &connection{ResponseRecorder: httptest.NewRecorder()}
				body := &trickle{connection: c, head: "--x\r\nContent-Disposition: form-data; " + test.part + "\r\n\r\n",
					pause: test.pause}
				request := httptest.NewRequest("POST", "http://127.0.0.1"+formPath, io.NopCloser(body))
				request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
				formAPI().Handler().ServeHTTP(c, request)
				if took := time.Since(start); c.Code != 400 || took < test.after || took > test.atLatest {
					t.Errorf("status %d after %s: %s", c.Code, took, c.Body)
				}
			})
		})
	}
}
