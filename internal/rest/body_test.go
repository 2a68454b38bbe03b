package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

type titleInput struct {
	Body struct {
		Title string `json:"title" required:"true" maxLength:"20"`
		Text  string `json:"text" maxLength:"20"`
	}
}

func echoTitle(_ context.Context, _ actor.Actor, in *titleInput) (string, error) {
	return in.Body.Title, nil
}

// titles serves an operation that reads a title, and the same one for JSON that is labelled text/plain.
func titles(t testing.TB) (json, plain string) {
	t.Helper()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/titles/"}, echoTitle)
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/plain/", TextPlain: true}, echoTitle)
	url := serve(t, api)
	return url + "/api/v1/titles/", url + "/api/v1/plain/"
}

const noTitle = `{"title":["This field is required."]}`

func TestBodyThatIsNoObject(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	for body, kind := range map[string]string{
		"null": "NoneType", "[]": "list", ` [{"title":"x"}] `: "list", `"text"`: "str", "12": "int", "-0": "int",
		"1.5": "float",
		"1e3": "float", "true": "bool", " false\n": "bool",
	} {
		post(t, url, body).want(t, 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got `+kind+`."]}`)
	}
}

func TestMalformedBody(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	for name, body := range map[string]string{
		"blanks":            " \n",
		"cut":               `{"title":"x"`,
		"no key":            `{title:"x"}`,
		"comma at the end":  `{"title":"x",}`,
		"two values":        `{"title":"x"} {}`,
		"comment":           `{"title":"x"} // note`,
		"byte order mark":   "\uFEFF" + `{"title":"x"}`,
		"invalid UTF-8":     "{\"title\":\"\xff\"}",
		"half a surrogate":  "{\"title\":\"\xed\xa0\x80\"}",
		"UTF-8 in the key":  "{\"title\":\"x\",\"\xc3\":1}",
		"NaN":               `{"title":"x","n":NaN}`,
		"Infinity":          `{"title":"x","n":Infinity}`,
		"minus Infinity":    `{"title":"x","n":-Infinity}`,
		"leading nought":    `{"title":"x","n":01}`,
		"line break":        "{\"title\":\"a\nb\"}",
		"bad escape":        `{"title":"\x41"}`,
		"lists too deep":    strings.Repeat("[", 100_000),
		"closed lists":      strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"objects too deep":  strings.Repeat(`{"title":`, 100_000),
		"lists in a value":  `{"title":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"form in JSON":      "title=x",
		"HTML":              "<p>",
		"unfinished string": `{"title":"x`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post(t, url, body).wantStart(t, 400, `{"detail":"JSON parse error - `)
		})
	}
}

func TestBodyIsReadLeniently(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	for name, test := range map[string]struct{ body, want string }{
		"last of equal keys":               {`{"title":"first","title":"last"}`, `"last"`},
		"unknown keys":                     {`{"title":"x","other":{"a":[1,2]},"":null}`, `"x"`},
		"escapes":                          {`{"\u0074itle":"\u00e9\ud83d\ude00\/\"\\"}`, `"é😀/\"\\"`},
		"lone surrogate":                   {`{"title":"a\ud800b"}`, `"a` + "\uFFFD" + `b"`},
		"white space":                      {"\r\n\t {\n\"title\" :\t\"x\" } \n", `"x"`},
		"markup is not escaped":            {`{"title":"<a> \u2028 &"}`, `"<a> \u2028 &"`},
		"a bad field that is unknown here": {`{"title":"x","TEXT":true}`, `"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post(t, url, test.body).want(t, 200, test.want)
		})
	}
	post(t, url, `{"Title":"x"}`).want(t, 400, noTitle)
}

func TestEmptyBodyIsAnEmptyObject(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	for _, label := range []string{asJSON, "X-None: x", "Content-Type: text/xml"} {
		call(t, "POST", url, "", label).want(t, 400, noTitle)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	url, plain := titles(t)
	for label, onlyPlain := range map[string]bool{
		"application/json": false, "application/json; charset=utf-8": false, "application/json;charset=UTF-8": false,
		"APPLICATION/JSON": false, "application/json; charset": false, "": false, "text/plain; charset=utf-8": true,
		"text/plain": true,
	} {
		call(t, "POST", plain, `{"title":"x"}`, "Content-Type: "+label).want(t, 200, `"x"`)
		if !onlyPlain {
			call(t, "POST", url, `{"title":"x"}`, "Content-Type: "+label).want(t, 200, `"x"`)
		}
	}
	for _, label := range []string{
		"text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded",
		"multipart/mixed; boundary=x", "text/xml",
		"application/jsonp", "application/octet-stream", "nonsense", `text/"quoted"`, "application/json, text/plain",
	} {
		detail, err := json.Marshal(fmt.Sprintf("Unsupported media type %q in request.", label))
		if err != nil {
			t.Fatal(err)
		}
		call(t, "POST", url, `{"title":"x"}`, "Content-Type: "+label).want(t, 415, `{"detail":`+string(detail)+`}`)
	}
}

const tooLarge = `{"detail":"The request is larger than 2 MiB.","path":"/api/v1/titles/","status_code":413}`

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	fill := func(size int) string {
		start := `{"title":"x","other":"`
		return start + strings.Repeat("a", size-len(start)-2) + `"}`
	}
	post(t, url, fill(jsonLimit)).want(t, 200, `"x"`)
	post(t, url, fill(jsonLimit+1)).want(t, 413, tooLarge)
	post(t, url, strings.Repeat("[", jsonLimit+1)).want(t, 413, tooLarge)
	call(t, "POST", url, fill(jsonLimit+1), "Content-Type: text/xml").want(t, 413, tooLarge)
}

func TestBodyLimitHoldsWithoutContentLength(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	for size, status := range map[int]int{jsonLimit / 2: 200, jsonLimit * 3: 413} {
		body := io.MultiReader(strings.NewReader(`{"title":"x","other":"`), strings.NewReader(strings.Repeat("a", size)),
			strings.NewReader(`"}`))
		request, err := http.NewRequestWithContext(t.Context(), "POST", url, struct{ io.Reader }{body})
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%d bytes: status %d, want %d", size, response.StatusCode, status)
		}
	}
}

// send writes a request as it is, ends its own side, and only then reads what comes back.
func send(t *testing.T, url, method, headers, body string) string {
	t.Helper()
	address, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := fmt.Fprintf(connection, "%s /%s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s", method, path, address, headers,
		body); err != nil {
		t.Fatalf("sending was cut: %v", err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if err != nil {
		t.Fatalf("reading was cut: %v", err)
	}
	return string(answer)
}

func TestClientThatReadsLateSeesTheRefusal(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	const size = 16 << 20 // more than both sides' buffers hold
	answer := send(t, url, "POST", fmt.Sprintf("Origin: http://localhost:3000\r\nContent-Length: %d\r\n", size),
		strings.Repeat("a", size))
	for _, part := range []string{"HTTP/1.1 413 ", "\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\n",
		"\r\n\r\n" + tooLarge} {
		if !strings.Contains(answer, part) {
			t.Errorf("%q is missing in:\n%s", part, answer)
		}
	}
}

func TestBodyThatEndsEarly(t *testing.T) {
	t.Parallel()
	url, _ := titles(t)
	answer := send(t, url, "POST", "Content-Length: 100\r\n", `{"title":"x"}`)
	if !strings.HasPrefix(answer, "HTTP/1.1 400 ") ||
		!strings.HasSuffix(answer, `{"detail":"The request body ended early."}`) {
		t.Errorf("got %s", answer)
	}
}
