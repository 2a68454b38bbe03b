package oauth

import "github.com/trance-0/notechondria/internal/problem"

// The codes of problems, as programs know them from the standards.
const (
	invalidRequest     = "invalid_request"
	invalidClient      = "invalid_client"
	invalidGrant       = "invalid_grant"
	invalidScope       = "invalid_scope"
	invalidTarget      = "invalid_target"
	accessDenied       = "access_denied"
	unsupportedGrant   = "unsupported_grant_type"
	unsupportedAnswer  = "unsupported_response_type"
	invalidRedirectURI = "invalid_redirect_uri"
	invalidMetadata    = "invalid_client_metadata"
	loginRequired      = "login_required"
	requestUnsupported = "request_not_supported"
)

// refuse is a problem with a code for the program, and a text for people who read its log.
func refuse(code, text string) error {
	return &problem.Error{Kind: problem.Refused, Code: code, Cause: text}
}
