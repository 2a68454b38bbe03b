package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	formPath  = "/api/v1/things/form/"
	fileLimit = 64 << 10
)

type formInput struct{ Body formBody }

type formBody struct {
	Title    string                         `json:"title" required:"true" maxLength:"5"`
	Motto    rest.Optional[string]          `json:"motto" blank:"true"`
	Name     rest.Optional[string]          `json:"name"`
	Icon     rest.Optional[int64]           `json:"icon" nullable:"true"`
	Public   rest.Optional[bool]            `json:"is_public"`
	Settings rest.Optional[json.RawMessage] `json:"settings"`
	Picture  rest.Optional[rest.File]       `json:"picture"`
}

// formAPI answers with what it has got, in a line.
func formAPI(change ...func(*rest.Options)) *rest.API {
	api, _ := newAPI(change...)
	rest.Handle(api, rest.Operation{Method: "POST", Path: formPath, MaxFileBytes: fileLimit},
		func(_ context.Context, _ actor.Actor, in *formInput) (string, error) {
			b := in.Body
			text := fmt.Sprintf("%s motto:%v name:%v icon:%v public:%v settings:%s", b.Title, b.Motto, b.Name, b.Icon, b.Public,
				b.Settings.Value)
			if !b.Picture.Set {
				return text, nil
			}
			file := b.Picture.Value
			if file.TooLarge() {
				return text + " too large", nil
			}
			content, err := io.ReadAll(file.Content)
			return fmt.Sprintf("%s %q %s %q", text, file.Name, file.ContentType, content), err
		})
	return api
}

type formPart struct{ name, file, content string }

// form writes parts as the apps do: files are application/octet-stream.
func form(t testing.TB, parts ...formPart) (body, label string) {
	t.Helper()
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	for _, p := range parts {
		part, err := w.CreateFormField(p.name)
		if p.file != "" {
			part, err = w.CreateFormFile(p.name, p.file)
		}
		if err == nil {
			_, err = io.WriteString(part, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.String(), "Content-Type: " + w.FormDataContentType()
}

func postForm(t testing.TB, url string, parts ...formPart) reply {
	t.Helper()
	body, label := form(t, parts...)
	return call(t, "POST", url, body, label)
}

func TestForms(t *testing.T) {
	t.Parallel()
	url := serve(t, formAPI()) + formPath
	title := formPart{"title", "", " x "}
	const nothing = "x motto:{ false false} name:{ false false} icon:{0 false false} public:{false false false} settings:"
	for name, test := range map[string]struct {
		parts []formPart
		want  string
	}{
		"fields alone": {[]formPart{title}, nothing},
		"a file": {[]formPart{{"picture", "me.png", "abc"}, title},
			nothing + ` \"me.png\" application/octet-stream \"abc\"`},
		"the last file": {[]formPart{{"picture", "a", "1"}, title, {"picture", "b", "2"}},
			nothing + ` \"b\" application/octet-stream \"2\"`},
		"an empty file":  {[]formPart{{"picture", "a", ""}, title}, nothing + ` \"a\" application/octet-stream \"\"`},
		"one byte more":  {[]formPart{{"picture", "a", strings.Repeat("x", fileLimit+1)}, title}, nothing + " too large"},
		"an unknown one": {[]formPart{{"other", "a", "1"}, title}, nothing},
		"a path": {[]formPart{title, {"picture", `C:\fakepath\..\me.png`, "1"}},
			nothing + ` \"me.png\" application/octet-stream \"1\"`},
		"values": {[]formPart{title, {"motto", "", ""}, {"name", "", "n"}, {"icon", "", "12"}, {"is_public", "", "on"},
			{"settings", "", `{"a":[1]}`}},
			`x motto:{ true false} name:{n true false} icon:{12 true false} public:{true true false} settings:{\"a\":[1]}`},
		"empty values": {[]formPart{title, {"name", "", ""}, {"icon", "", ""}, {"is_public", "", ""}, {"settings", "", ""}},
			"x motto:{ false false} name:{ false false} icon:{0 false true} public:{false false false} settings:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			postForm(t, url, test.parts...).want(t, 200, `"`+test.want+`"`)
		})
	}
}

func TestFormProblems(t *testing.T) {
	t.Parallel()
	url := serve(t, formAPI()) + formPath
	for name, test := range map[string]struct {
		parts []formPart
		want  string
	}{
		"missing":         {[]formPart{{"motto", "", "m"}}, `{"title":["This field is required."]}`},
		"blank":           {[]formPart{{"title", "", ""}}, `{"title":["This field may not be blank."]}`},
		"file for a text": {[]formPart{{"title", "a.txt", "x"}}, `{"title":["Not a valid string."]}`},
		"text for a file": {[]formPart{{"title", "", "x"}, {"picture", "", "me.png"}},
			`{"picture":["The submitted data was not a file. Check the encoding type on the form."]}`},
		"broken JSON": {[]formPart{{"title", "", "x"}, {"settings", "", "{"}}, `{"settings":["Value must be valid JSON."]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			postForm(t, url, test.parts...).want(t, 400, test.want)
		})
	}
	post(t, url, `{"title":"x","picture":"me.png"}`).wantStart(t, 400, `{"picture":["The submitted data was not a file.`)
	post(t, url, `{"title":"x","picture":null}`).want(t, 400, `{"picture":["This field may not be null."]}`)
	body, label := form(t, formPart{"title", "", "x"}, formPart{"picture", "a", "abc"})
	call(t, "POST", url, body[:len(body)-20], label).wantStart(t, 400, `{"detail":"Multipart form parse error`)
	call(t, "POST", url, body, "Content-Type: multipart/form-data").wantStart(t, 400,
		`{"detail":"Multipart form parse error`)
}

func TestFormLimits(t *testing.T) {
	t.Parallel()
	url := serve(t, formAPI(func(o *rest.Options) { o.MaxJSONBytes = 1000 })) + formPath
	const tooLarge = `{"detail":"The request is larger than`
	title := formPart{"title", "", "x"}
	postForm(t, url, title, formPart{"picture", "a", strings.Repeat("x", fileLimit+1<<20)}).wantStart(t, 413, tooLarge)
	postForm(t, url, title, formPart{"motto", "", strings.Repeat("x", 1000)}).wantStart(t, 413, tooLarge)
	postForm(t, url, title, formPart{"motto", "", strings.Repeat("x", 600)},
		formPart{"name", "", strings.Repeat("x", 600)}).wantStart(t, 413, tooLarge)
	parts := []formPart{title}
	for i := range 1001 {
		parts = append(parts, formPart{fmt.Sprint("part", i), "", ""})
	}
	postForm(t, url, parts...).wantStart(t, 413, tooLarge)
}

// TestFormsLeaveNoFiles: whatever becomes of a request, no temporary file outlives it.
func TestFormsLeaveNoFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	handler := formAPI().Handler()
	file := formPart{"picture", "a", "content"}
	for _, parts := range [][]formPart{{{"title", "", "x"}, file, file}, {file},
		{file, {"picture", "b", strings.Repeat("x", fileLimit+2<<20)}}} {
		body, label := form(t, parts...)
		for _, cut := range []int{0, 30} {
			request, err := http.NewRequest("POST", "http://127.0.0.1"+formPath, strings.NewReader(body[:len(body)-cut]))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", strings.TrimPrefix(label, "Content-Type: "))
			recordRequest(handler, request)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// FuzzForm: whatever the form, the answer is a value or a refusal, in JSON, and no failure of the server.
func FuzzForm(f *testing.F) {
	body, _ := form(f, formPart{"title", "", "x"}, formPart{"settings", "", "{}"}, formPart{"picture", "me.png", "abc"})
	boundary := body[2:strings.Index(body, "\r\n")]
	body = strings.ReplaceAll(body, boundary, "b")
	f.Add(body)
	f.Add(strings.Replace(body, `name="title"`, `name="picture"`, 1))
	f.Add(strings.Replace(body, `filename="me.png"`, `filename*=UTF-8''%00%2e%2e`, 1))
	f.Add("--b\r\nContent-Disposition: form-data; name=\"title\"\r\nContent-Transfer-Encoding: " +
		"quoted-printable\r\n\r\n=ff=00\r\n--b--")
	f.Add("--b\r\n\r\n--b--")
	f.Add("")
	handler := formAPI().Handler()
	f.Fuzz(func(t *testing.T, body string) {
		request, err := http.NewRequest("POST", "http://127.0.0.1"+formPath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		got := recordRequest(handler, request)
		if got.Code != 200 && got.Code != 400 && got.Code != 413 {
			t.Fatalf("status %d: %s", got.Code, got.Body)
		}
		if !json.Valid(got.Body.Bytes()) {
			t.Fatal(errors.New("the answer is no JSON"), got.Body)
		}
	})
}
