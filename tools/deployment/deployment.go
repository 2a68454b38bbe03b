// Package deployment checks the files with which operators put the server into service: the Render Blueprint and start
// script, the Dockerfile, the compose file, the nginx configuration and the systemd unit. Its tests parse them with the
// parsers of those tools and run what runs without a container engine. It is a package of the tools module, so that
// those parsers are no dependencies of the server, and it must not import the server's packages: it uses the program as
// an operator does.
package deployment
