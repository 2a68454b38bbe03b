package accounts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
)

const sendEmailChangedJob = "accounts.send_email_changed"

// emailChanged is the job that tells a former address that it was replaced, in case its owner did not do it.
type emailChanged struct {
	ID       string    `json:"id"` // the same at each try
	To       string    `json:"to"` // the account does not know this address any more
	Username string    `json:"username"`
	NewEmail string    `json:"new_email"` // masked
	At       time.Time `json:"at"`
}

func (s *Service) notifyFormerAddress(ctx context.Context, tx *database.Tx, former user, email string) error {
	if s.Mailer == nil || former.Email == "" {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, sendEmailChangedJob, emailChanged{
		ID: rand.Text(), To: former.Email, Username: former.Username, NewEmail: MaskEmail(email), At: database.Now(),
	})
}

func (s *Service) sendEmailChanged(ctx context.Context, payload []byte) error {
	var job emailChanged
	if err := json.Unmarshal(payload, &job); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	if s.Mailer == nil { // mail was switched off while the job waited
		return nil
	}
	return s.Events.Send(ctx, job.At, mail.Message{
		ID: "email-changed-" + job.ID, To: job.To, Subject: "Notechondria: your email address was changed",
		Text: fmt.Sprintf("The email address of the account %s was changed to %s.\n\n"+
			"If this was not you, tell the administrator of the server immediately.\n", job.Username, job.NewEmail),
	})
}
