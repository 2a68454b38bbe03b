package apptest

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"
	"testing"
)

// Part is a part of a form: a file when it has a file name, else a text.
type Part struct{ Name, FileName, Content string }

// Upload sends a form as the apps do, files as application/octet-stream.
func (s *Server) Upload(t testing.TB, method, path, token string, parts ...Part) Reply {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		part, err := form.CreateFormField(p.Name)
		if p.FileName != "" {
			part, err = form.CreateFormFile(p.Name, p.FileName)
		}
		if err == nil {
			_, err = io.Copy(part, strings.NewReader(p.Content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request := s.Request(t, method, path, body.String())
	request.Header.Set("Content-Type", form.FormDataContentType())
	if token != "" {
		request.Header.Set("Authorization", "Token "+token)
	}
	return Do(t, request)
}

// Fetch gets a file that an answer named by its absolute address on this server.
func (s *Server) Fetch(t testing.TB, address string) Reply {
	t.Helper()
	return s.Call(t, "GET", strings.TrimPrefix(address, s.URL), "", nil)
}
