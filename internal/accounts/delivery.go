package accounts

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Delivery says how a code reaches its owner.
type Delivery struct {
	Email  string // where it goes
	ByMail bool   // else no mail is configured, and an administrator hands it out
}

func (s *Service) delivery(email string) Delivery { return Delivery{email, s.Codes.ByMail()} }

// chargeMail counts a mail to a mailbox that anybody can ask for. One client can't use up a mailbox's limit: its owner
// still gets mail, and can't tell that others have asked.
func (s *Service) chargeMail(ctx context.Context, tx *database.Tx, who actor.Actor, email string) error {
	mailbox := database.Fold(email)
	if client := s.Clients.Key(who.Client); client != "" {
		if err := asksPerClientAndMailbox.Charge(ctx, tx, client+" "+mailbox); err != nil {
			return err
		}
	}
	return asksPerMailbox.Charge(ctx, tx, mailbox)
}

// checkNewcomers refuses when too many addresses without an account were mailed to, as chargeMailToNewcomer does,
// before other work.
func (s *Service) checkNewcomers(ctx context.Context, who actor.Actor) error {
	if !s.Codes.ByMail() {
		return nil
	}
	if err := newcomersPerAddress.Check(ctx, s.DB.Read(), s.Clients.Key(who.Client)); err != nil {
		return err
	}
	return s.newcomers().Check(ctx, s.DB.Read(), everybody)
}

// chargeMailToNewcomer is chargeMail for an address that nobody has proved to be theirs: strangers could have any
// number of people mailed, and use up what the server's mail service allows. Without mail there is no limit.
func (s *Service) chargeMailToNewcomer(ctx context.Context, tx *database.Tx, who actor.Actor, email string) error {
	if err := s.chargeMail(ctx, tx, who, email); err != nil || !s.Codes.ByMail() {
		return err
	}
	if err := newcomersPerAddress.Charge(ctx, tx, s.Clients.Key(who.Client)); err != nil {
		return err
	}
	return s.newcomers().Charge(ctx, tx, everybody)
}

// MaskEmail shows the first character of an address and where it leads.
func MaskEmail(address string) string {
	at := strings.IndexByte(address, '@')
	if at < 1 {
		return "***"
	}
	_, first := utf8.DecodeRuneInString(address)
	return address[:first] + "***" + address[at:]
}
