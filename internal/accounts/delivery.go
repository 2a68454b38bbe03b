package accounts

import (
	"strings"
	"unicode/utf8"
)

// Delivery says how a code reaches its owner.
type Delivery struct {
	Email  string // where it goes
	ByMail bool   // else no mail is configured, and an administrator hands it out
}

func (s *Service) delivery(email string) Delivery { return Delivery{email, s.Codes.ByMail()} }

// MaskEmail shows the first character of an address and where it leads.
func MaskEmail(address string) string {
	at := strings.IndexByte(address, '@')
	if at < 1 {
		return "***"
	}
	_, first := utf8.DecodeRuneInString(address)
	return address[:first] + "***" + address[at:]
}
