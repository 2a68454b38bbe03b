package rest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/rest"
)

// fieldsInput has a field for each type and rule; the values are echoed with what Optional tells apart.
type fieldsInput struct {
	Body struct {
		Text     rest.Optional[string]            `json:"text" minLength:"2" maxLength:"5"`
		Blank    rest.Optional[string]            `json:"blank" blank:"true" minLength:"2"`
		Nullable rest.Optional[string]            `json:"nullable" nullable:"true"`
		Pattern  rest.Optional[string]            `json:"pattern" minLength:"3" pattern:"^[a-zA-Z0-9_-]+$"`
		Choice   rest.Optional[string]            `json:"choice" enum:"S,L,D"`
		Date     rest.Optional[string]            `json:"date" format:"date"`
		Email    rest.Optional[string]            `json:"email" format:"email"`
		URL      rest.Optional[string]            `json:"url" format:"uri" maxLength:"30"`
		Integer  rest.Optional[int64]             `json:"integer"`
		Bounded  rest.Optional[int64]             `json:"bounded" nullable:"true" minimum:"-1" maximum:"2147483647"`
		Boolean  rest.Optional[bool]              `json:"boolean"`
		Time     rest.Optional[rest.Time]         `json:"time"`
		Any      rest.Optional[json.RawMessage]   `json:"any"`
		Numbers  rest.Optional[[]int64]           `json:"numbers"`
		Items    rest.Optional[[]json.RawMessage] `json:"items"`
	}
}

// fieldsAPI serves fieldsInput at fieldsPath.
func fieldsAPI() *rest.API {
	api, _ := newAPI()
	register(api, "POST", fieldsPath, func(in *fieldsInput) (map[string]any, error) {
		values := map[string]any{}
		note(values, "text", in.Body.Text)
		note(values, "blank", in.Body.Blank)
		note(values, "nullable", in.Body.Nullable)
		note(values, "pattern", in.Body.Pattern)
		note(values, "choice", in.Body.Choice)
		note(values, "date", in.Body.Date)
		note(values, "email", in.Body.Email)
		note(values, "url", in.Body.URL)
		note(values, "integer", in.Body.Integer)
		note(values, "bounded", in.Body.Bounded)
		note(values, "boolean", in.Body.Boolean)
		note(values, "time", in.Body.Time)
		note(values, "any", in.Body.Any)
		note(values, "numbers", in.Body.Numbers)
		note(values, "items", in.Body.Items)
		return values, nil
	})
	return api
}

const fieldsPath = "/api/v1/fields/"

// note keeps a field that was sent.
func note[T any](values map[string]any, key string, o rest.Optional[T]) {
	switch {
	case o.Null:
		values[key] = nil
	case o.Set:
		values[key] = o.Value
	}
}

// fieldCase is what comes of a field's JSON: a value (JSON too), or else the texts of its problems.
type fieldCase struct {
	field, sent, value string
	problems           []string
}

func bad(field, sent string, problems ...string) fieldCase {
	return fieldCase{field: field, sent: sent, problems: problems}
}

func good(field, sent, value string) fieldCase {
	return fieldCase{field: field, sent: sent, value: value}
}

func checkFields(t *testing.T, cases []fieldCase) {
	t.Helper()
	t.Parallel()
	url := serve(t, fieldsAPI()) + fieldsPath
	for _, c := range cases {
		status, value := 200, c.value
		if c.problems != nil {
			texts, err := json.Marshal(c.problems)
			if err != nil {
				t.Fatal(err)
			}
			status, value = 400, string(texts)
		}
		got := post(t, url, `{"`+c.field+`":`+c.sent+`}`)
		if want := `{"` + c.field + `":` + value + `}`; got.Status != status || got.Body != want {
			t.Errorf("%s: %.80s: got %d %.300s, want %d %s", c.field, c.sent, got.Status, got.Body, status, want)
		}
	}
}

const (
	notString = "Not a valid string."
	isBlank   = "This field may not be blank."
	isNull    = "This field may not be null."
	hasNull   = "Null characters are not allowed."
	noMore    = "Ensure this field has no more than 5 characters."
	atLeast   = "Ensure this field has at least 2 characters."
	noPattern = "This value does not match the required pattern."
	noDate    = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
	noEmail   = "Enter a valid email address."
	noURL     = "Enter a valid URL."
	noInteger = "A valid integer is required."
	noBoolean = "Must be a valid boolean."
)

// spaces are all characters that are trimmed.
const spaces = `\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680` +
	`\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000`

func TestStringField(t *testing.T) {
	checkFields(t, []fieldCase{
		good("text", `"ab"`, `"ab"`),
		good("text", `"`+spaces+`a b`+spaces+`"`, `"a b"`),
		good("text", `"\u200bab\ufeff"`, `"`+"\u200bab\ufeff"+`"`), // no white space
		good("text", `12`, `"12"`),
		good("text", `-1.5`, `"-1.5"`),
		good("text", `"😀😀😀😀😀"`, `"😀😀😀😀😀"`),
		good("text", `"e\u0301e\u0301e"`, `"`+"e\u0301e\u0301e"+`"`),
		bad("text", `"😀😀😀😀😀😀"`, noMore),
		bad("text", `"123456"`, noMore),
		bad("text", `123456`, noMore),
		bad("text", `"a"`, atLeast),
		bad("text", `" a "`, atLeast),
		bad("text", `""`, isBlank),
		bad("text", `" \u3000\t"`, isBlank),
		bad("text", `null`, isNull),
		bad("text", ` null `, isNull),
		bad("text", `true`, notString),
		bad("text", `false`, notString),
		bad("text", `[]`, notString),
		bad("text", `["ab"]`, notString),
		bad("text", `{}`, notString),
		bad("text", `"a\u0000b"`, hasNull),
		bad("text", `"\u0000"`, hasNull),
	})
}

func TestBlankAndNullableFields(t *testing.T) {
	checkFields(t, []fieldCase{
		good("blank", `""`, `""`),
		good("blank", `"`+spaces+`"`, `""`),
		bad("blank", `"a"`, atLeast),
		bad("blank", `null`, isNull),
		bad("blank", `"\u0000"`, hasNull),
		good("nullable", `null`, `null`),
		good("nullable", `"null"`, `"null"`),
		bad("nullable", `""`, isBlank),
		bad("nullable", `false`, notString),
	})
}

func TestPatternField(t *testing.T) {
	checkFields(t, []fieldCase{
		good("pattern", `"a_B-9"`, `"a_B-9"`),
		good("pattern", `123`, `"123"`),
		good("pattern", `" abc "`, `"abc"`),
		bad("pattern", `"a b"`, noPattern),
		bad("pattern", `"abc\ndef"`, noPattern),
		bad("pattern", `"äöü"`, noPattern),
		bad("pattern", `"."`, "Ensure this field has at least 3 characters.", noPattern),
		bad("pattern", `true`, noPattern),
		bad("pattern", `{}`, noPattern),
		bad("pattern", `""`, isBlank),
		bad("pattern", `null`, isNull),
	})
}

func TestChoiceField(t *testing.T) {
	checkFields(t, []fieldCase{
		good("choice", `"S"`, `"S"`),
		good("choice", `" D "`, `"D"`),
		bad("choice", `"Z"`, `"Z" is not a valid choice.`),
		bad("choice", `"s"`, `"s" is not a valid choice.`),
		bad("choice", `"S,L"`, `"S,L" is not a valid choice.`),
		bad("choice", `1`, `"1" is not a valid choice.`),
		bad("choice", `""`, isBlank),
		bad("choice", `null`, isNull),
		bad("choice", `[]`, notString),
	})
}

func TestIntegerField(t *testing.T) {
	checkFields(t, []fieldCase{
		good("integer", `12`, `12`), good("integer", `-12`, `-12`), good("integer", `0`, `0`), good("integer", `-0`, `0`),
		good("integer", `12.0`, `12`), good("integer", `12.000`, `12`), good("integer", `"12"`, `12`),
		good("integer", `" 12 "`, `12`),
		good("integer", `"12.0"`, `12`), good("integer", `"-12"`, `-12`), good("integer", `"+12"`, `12`),
		good("integer", `"007"`, `7`),
		good("integer", `9223372036854775807`, `9223372036854775807`),
		good("integer", `-9223372036854775808`, `-9223372036854775808`),
		bad("integer", `9223372036854775808`, noInteger), bad("integer", `1`+strings.Repeat("0", 5000), noInteger),
		bad("integer", `1.5`, noInteger), bad("integer", `"1.5"`, noInteger), bad("integer", `1.01`, noInteger),
		bad("integer", `1e400`, noInteger),
		bad("integer", `true`, noInteger), bad("integer", `false`, noInteger), bad("integer", `""`, noInteger),
		bad("integer", `" "`, noInteger),
		bad("integer", `"."`, noInteger), bad("integer", `"twelve"`, noInteger), bad("integer", `"0x10"`, noInteger),
		bad("integer", `"1_000"`, noInteger),
		bad("integer", `"NaN"`, noInteger), bad("integer", `[]`, noInteger), bad("integer", `[1]`, noInteger),
		bad("integer", `{}`, noInteger),
		bad("integer", `null`, isNull), bad("integer", `"1\u00002"`, noInteger),
		good("bounded", `-1`, `-1`), good("bounded", `2147483647`, `2147483647`), good("bounded", `null`, `null`),
		bad("bounded", `-2`, "Ensure this value is greater than or equal to -1."),
		bad("bounded", `"-2"`, "Ensure this value is greater than or equal to -1."),
		bad("bounded", `2147483648`, "Ensure this value is less than or equal to 2147483647."),
	})
}

func TestBooleanField(t *testing.T) {
	var cases []fieldCase
	for _, word := range []string{"t", "y", "yes", "true", "on", "1"} {
		cases = append(cases, good("boolean", `"`+word+`"`, "true"), good("boolean", `"`+strings.ToUpper(word)+`"`, "true"))
	}
	for _, word := range []string{"f", "n", "no", "false", "off", "0"} {
		cases = append(cases, good("boolean", `"`+word+`"`, "false"), good("boolean", `"`+strings.ToUpper(word)+`"`, "false"))
	}
	for _, wrong := range []string{`""`, `"maybe"`, `"null"`, `2`, `-1`, `0.5`, `[]`, `[true]`, `{}`, `"\"true\""`} {
		cases = append(cases, bad("boolean", wrong, noBoolean))
	}
	checkFields(t, append(cases, good("boolean", "true", "true"), good("boolean", "false", "false"),
		good("boolean", "1", "true"),
		good("boolean", "0", "false"), good("boolean", `"True"`, "true"), good("boolean", `"\u0074rue"`,
			"true"), bad("boolean", "null", isNull)))
}

func TestListsAndAnyJSON(t *testing.T) {
	noList := func(kind string) string { return `Expected a list of items but got type "` + kind + `".` }
	checkFields(t, []fieldCase{
		good("numbers", `[3,-1]`, `[3,-1]`), good("numbers", `[]`, `[]`),
		bad("numbers", `"12"`, noList("str")), bad("numbers", `{"0":1}`, noList("dict")), bad("numbers", `3`, noList("int")),
		bad("numbers", `null`, isNull),
		good("items", `[1,"a",null,{"b":[]}]`, `[1,"a",null,{"b":[]}]`),
		bad("items", `true`, noList("bool")), bad("items", `1.5`, noList("float")),
		good("any", `{"a":[1,2.50,"x",null]}`, `{"a":[1,2.50,"x",null]}`), good("any", `"text"`, `"text"`),
		good("any", `1e3`, `1e3`),
		good("any", strings.Repeat("[", 9000)+strings.Repeat("]", 9000), strings.Repeat("[", 9000)+strings.Repeat("]", 9000)),
		bad("any", `null`, isNull),
	})
}

func TestFieldsAreReportedTogether(t *testing.T) {
	t.Parallel()
	url := serve(t, fieldsAPI()) + fieldsPath
	post(t, url, `{"text":"1234567","blank":true,"integer":"x","boolean":7,"time":"noon","choice":"S"}`).want(t, 400,
		`{"blank":["Not a valid string."],"boolean":["Must be a valid boolean."],"integer":["A valid integer is required."],`+
			`"text":["Ensure this field has no more than 5 characters."],"time":["`+noTime+`"]}`)
	post(t, url, `{}`).want(t, 200, `{}`)
}
