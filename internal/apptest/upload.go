package apptest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"path/filepath"
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

// Files are the uploaded files that a server with a local folder keeps.
func (s *Server) Files(t testing.TB) (found []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.Config.MediaRoot, "users"), func(path string, entry fs.DirEntry,
		err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return nil // there may be no such folder
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// PNG is a picture of one shade of grey, as a file.
func PNG(t testing.TB, width, height int, shade uint8) string {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = shade
	}
	p.SetGray(0, 0, color.Gray{Y: shade + 1})
	var data bytes.Buffer
	if err := png.Encode(&data, p); err != nil {
		t.Fatal(err)
	}
	return data.String()
}
