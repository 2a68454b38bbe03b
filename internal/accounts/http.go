package accounts

import "github.com/trance-0/notechondria/internal/rest"

// Register adds the operations and pages of accounts.
func (s *Service) Register(api *rest.API) {
	s.registerSignUp(api)
	s.registerSignIn(api)
	s.registerSessions(api)
	s.registerCredentials(api)
	s.registerSettings(api)
	s.registerVerifyPage(api)
	s.registerPictures(api)
}
