package events

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/problem"
)

// NewDevice is the detail of a sign-in from a device that the account does not know.
const NewDevice = "new device"

// wordings are the subjects of mails and what they tell; %s is the user name. What has none is not told. That an
// address was changed is told to the former one, by package accounts.
var wordings = map[Kind]struct{ subject, text string }{
	SignedIn: {"Notechondria: new sign-in",
		"Someone signed in to the account %s from a new device."},
	KeyMade:         {"Notechondria: new API key", "A new API key was created for the account %s."},
	KeyRemoved:      {"Notechondria: API key removed", "The API key of the account %s was removed."},
	Linked:          {"Notechondria: sign-in linked", "A sign-in provider was linked to the account %s."},
	Unlinked:        {"Notechondria: sign-in unlinked", "A sign-in provider was unlinked from the account %s."},
	PasswordChanged: {"Notechondria: your password was changed", "The password of the account %s was changed."},
	PasswordReset:   {"Notechondria: your password was reset", "The password of the account %s was reset."},
	AccessGranted:   {"Notechondria: a program has access", "A program was given access to the account %s."},
}

// mailsPerUser bounds the mails to one person, whoever changes what how often.
var mailsPerUser = attempts.Limit{Scope: "notice_user", Most: 20}

func (s *Service) isTold(e Event) bool {
	switch {
	case s.Mailer == nil || s.Mails == NoMails:
		return false
	case e.Kind == SignedIn:
		return s.Mails == AllMails && e.Detail == NewDevice
	}
	_, worded := wordings[e.Kind]
	return worded
}

const sendJob = "accounts.send_notice"

// notice is a mail that waits to be sent. Its address is the one at the time of the event: another one may be an
// intruder's.
type notice struct {
	ID      string    `json:"id"` // the same at each try
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"` // of the event
}

// tell leaves a mail for the person behind, unless there were many.
func (s *Service) tell(ctx context.Context, tx *database.Tx, n Entry, e Event) error {
	if !s.isTold(e) {
		return nil
	}
	p, err := findPerson(ctx, tx, n.UserID)
	if err != nil || p.Email == "" {
		return err
	}
	err = mailsPerUser.Charge(ctx, tx, strconv.FormatInt(n.UserID, 10))
	if problem.IsKind(err, problem.TooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Queue.Enqueue(ctx, tx, sendJob,
		notice{ID: rand.Text(), To: p.Email, Subject: wordings[e.Kind].subject, Text: textOf(p, n, e), At: e.CreatedAt})
}

func textOf(p person, n Entry, e Event) string {
	text := fmt.Sprintf(wordings[e.Kind].text, p.Username)
	if e.Detail != "" && e.Detail != NewDevice {
		text += "\nDetails: " + e.Detail
	}
	text += "\nTime: " + e.CreatedAt.UTC().Format(time.RFC1123)
	if e.DeviceLabel != "" {
		text += "\nDevice: " + e.DeviceLabel
	}
	if e.Actor != "" {
		text += "\nBy: an " + e.Actor + " of the server"
	}
	if n.Mail != "" {
		text += "\n\n" + n.Mail
	}
	return text + "\n\nIf this was not you, reset your password: that ends all sessions and revokes keys and other " +
		"access.\n"
}

// send is the job that mails a notice.
func (s *Service) send(ctx context.Context, payload []byte) error {
	var n notice
	if err := json.Unmarshal(payload, &n); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	if s.Mailer == nil { // mail was switched off while the job waited
		return nil
	}
	return s.Send(ctx, n.At, mail.Message{ID: "notice-" + n.ID, To: n.To, Subject: n.Subject, Text: n.Text})
}

// A notice waits while its receiver waits for a code, but not for long: an intruder could go on asking for codes.
const (
	noticeRecheck = time.Second
	noticeHeld    = 2 * time.Minute
)

// Send sends the mail of a job of Notices about something that happened at a time.
func (s *Service) Send(ctx context.Context, at time.Time, m mail.Message) error {
	if time.Since(at) < noticeHeld {
		awaited, err := s.Codes.AwaitedAt(ctx, m.To)
		if err != nil {
			return err
		}
		if awaited {
			return jobs.Postponed(noticeRecheck)
		}
	}
	return codes.Send(ctx, s.Mailer, m)
}
