package rest_test

import (
	"testing"
)

type paramsInput struct {
	Limit  *int64  `query:"limit"`
	Offset int64   `query:"offset"`
	Search *string `query:"q"`
	Scope  string  `query:"scope"`
	Device string  `header:"X-Device"`
}

func params(t *testing.T) (url string) {
	t.Helper()
	api, _ := newAPI()
	register(api, "GET", "/api/v1/list/", func(in *paramsInput) (map[string]any, error) {
		return map[string]any{"limit": in.Limit, "offset": in.Offset, "q": in.Search, "scope": in.Scope,
			"device": in.Device}, nil
	})
	return serve(t, api) + "/api/v1/list/"
}

func TestQueryParameters(t *testing.T) {
	t.Parallel()
	url := params(t)
	for query, want := range map[string]string{
		"":                                  `"limit":null,"offset":0,"q":null,"scope":""`,
		"?limit=20&offset=5":                `"limit":20,"offset":5,"q":null,"scope":""`,
		"?limit=%2020%20":                   `"limit":20,"offset":0,"q":null,"scope":""`,
		"?limit=-3":                         `"limit":-3,"offset":0,"q":null,"scope":""`,
		"?limit=1&limit=2":                  `"limit":1,"offset":0,"q":null,"scope":""`,
		"?q=":                               `"limit":null,"offset":0,"q":"","scope":""`,
		"?q":                                `"limit":null,"offset":0,"q":"","scope":""`,
		"?q=+a+b%20":                        `"limit":null,"offset":0,"q":"a b","scope":""`,
		"?q=%E9%9F%B3%F0%9F%98%80":          `"limit":null,"offset":0,"q":"音😀","scope":""`,
		"?q=a%FFb":                          `"limit":null,"offset":0,"q":"a` + "\uFFFD" + `b","scope":""`,
		"?q=a%00b":                          `"limit":null,"offset":0,"q":"ab","scope":""`,
		"?q=a%26scope%3Db":                  `"limit":null,"offset":0,"q":"a\u0026scope=b","scope":""`,
		"?q=%zz&scope=all":                  `"limit":null,"offset":0,"q":null,"scope":"all"`,
		"?Q=x&unknown=1&scope=all&limit[]=": `"limit":null,"offset":0,"q":null,"scope":"all"`,
	} {
		got := call(t, "GET", url+query, "")
		if !sameJSON(got.Body, `{"device":"",`+want+`}`) {
			t.Errorf("%s: got %d %s, want %s", query, got.Status, got.Body, want)
		}
	}
}

func TestQueryParameterThatIsNoNumber(t *testing.T) {
	t.Parallel()
	url := params(t)
	for _, value := range []string{"", "abc", "1.5", "1e3", "0x10", "1_000", "9223372036854775808", "%D9%A1",
		"1%2C000", "null"} {
		call(t, "GET", url+"?limit="+value, "").want(t, 400, `{"limit":["A valid integer is required."]}`)
		call(t, "GET", url+"?offset="+value, "").want(t, 400, `{"offset":["A valid integer is required."]}`)
	}
}

func TestHeaderParameter(t *testing.T) {
	t.Parallel()
	url := params(t)
	call(t, "GET", url, "", "X-Device: my laptop").want(t, 200,
		`{"device":"my laptop","limit":null,"offset":0,"q":null,"scope":""}`)
	call(t, "GET", url, "", "X-Device: a\xffb").want(t, 200,
		`{"device":"a`+"\uFFFD"+`b","limit":null,"offset":0,"q":null,"scope":""}`)
}
