package rest_test

import (
	"strings"
	"testing"
)

const noTime = "Datetime has wrong format. Use one of these formats instead: " +
	"YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."

func TestDateField(t *testing.T) {
	checkFields(t, []fieldCase{
		good("date", `" 2099-03-10 "`, `"2099-03-10"`), good("date", `"2024-02-29"`, `"2024-02-29"`),
		good("date", `"2099-3-1"`, `"2099-3-1"`),
		bad("date", `"2023-02-29"`, noDate), bad("date", `"03/10/2099"`, noDate), bad("date", `"0000-01-01"`, noDate),
		bad("date", `"10000-01-01"`, noDate),
		bad("date", `"2099-03-10T10:00:00Z"`, noDate), bad("date", `20990310`, noDate), bad("date", `true`, noDate),
		bad("date", `""`, isBlank),
	})
}

func TestTimeField(t *testing.T) {
	cases := []fieldCase{bad("time", "null", isNull)}
	for sent, want := range map[string]string{
		"2026-11-22T22:23:17Z":              "2026-11-22T22:23:17Z",
		"2026-11-22T22:23:17":               "2026-11-22T22:23:17Z",
		"2026-11-22T22:23":                  "2026-11-22T22:23:00Z",
		"2026-11-22T22:23Z":                 "2026-11-22T22:23:00Z",
		"2026-11-22 22:23:17":               "2026-11-22T22:23:17Z",
		"2026-11-22T22:23:17.5Z":            "2026-11-22T22:23:17.500000Z",
		"2026-11-22T22:23:17.000000Z":       "2026-11-22T22:23:17Z",
		"2026-11-22T22:23:17.899478Z":       "2026-11-22T22:23:17.899478Z",
		"2026-11-22T22:23:17,899478Z":       "2026-11-22T22:23:17.899478Z",
		"2026-11-22T22:23:17.8994789Z":      "2026-11-22T22:23:17.899478Z",
		"2026-11-22T22:23:17.899478999999Z": "2026-11-22T22:23:17.899478Z",
		"2026-11-22T22:23:17.0000001":       "2026-11-22T22:23:17Z",
		"2026-11-22T22:23:17+02:00":         "2026-11-22T20:23:17Z",
		"2026-11-22T22:23:17-0530":          "2026-11-23T03:53:17Z",
		"2026-11-22T22:23:17+05":            "2026-11-22T17:23:17Z",
		"2026-11-22T22:23:17.25+02:00":      "2026-11-22T20:23:17.250000Z",
		"2026-11-22T22:23+02:00":            "2026-11-22T20:23:00Z",
		"2026-11-22 22:23-05":               "2026-11-23T03:23:00Z",
		"2026-11-22T22:23-0530":             "2026-11-23T03:53:00Z",
		"2026-1-2T3:04:05Z":                 "2026-01-02T03:04:05Z",
		"2026-1-2 3:04":                     "2026-01-02T03:04:00Z",
		"2026-11-22":                        "2026-11-22T00:00:00Z",
		"2026-1-2":                          "2026-01-02T00:00:00Z",
		" 2026-11-22T22:23:17Z\u00a0":       "2026-11-22T22:23:17Z",
		"2024-02-29T00:00:00Z":              "2024-02-29T00:00:00Z",
		"0001-01-01T00:00:00Z":              "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.999999Z":       "9999-12-31T23:59:59.999999Z",
	} {
		cases = append(cases, good("time", `"`+sent+`"`, `"`+want+`"`))
	}
	for _, sent := range []string{
		`""`, `"noon"`, `"2026-13-01T00:00:00Z"`, `"2026-02-29T00:00:00Z"`, `"2026-11-31"`, `"2026-00-10"`,
		`"2026-11-22T24:00:01Z"`,
		`"2026-11-22T22:60:00Z"`, `"2026-11-22T22:23:61Z"`, `"2026-11-22T22"`, `"2026-11-22T22:23:17 +02:00"`,
		`"2026-11-22T22:23:17+2"`,
		`"2026-11-22T22:23:17.Z"`, `"2026-11-22T"`, `"2026-11"`, `"2026"`, `"22.11.2026"`, `"20261122"`, `"11/22/2026"`,
		`"2026-11-22T22:23:17Z junk"`,
		`"0000-01-01T00:00:00Z"`, `"0001-01-01T00:00:00+01:00"`, `"9999-12-31T23:59:59-01:00"`, `"10000-01-01T00:00:00Z"`,
		`"-2026-01-01"`,
		`1795386197`, `true`, `[]`, `{}`, `"2026-11-22T22:23:17Z\u0000"`,
	} {
		cases = append(cases, bad("time", sent, noTime))
	}
	checkFields(t, cases)
}

func TestEmailField(t *testing.T) {
	long := strings.Repeat("a", 63)
	longest := long + "@" + strings.Join([]string{long, long, strings.Repeat("b", 58), "com"}, ".")
	var cases []fieldCase
	for _, address := range []string{
		"alice@example.com", "a@b.co", "a.b+c-d_e@sub.example.org", "!#$%&'*+/=?^_`{|}~-@example.com", "UPPER@EXAMPLE.COM",
		"user@localhost",
		"user@[127.0.0.1]", "user@[::1]", "user@münchen.de", "user@例え.テスト", "user@xn--mnchen-3ya.de", "1@1a.co",
		"user@" + strings.Repeat("a", 63) + ".com", longest,
	} {
		cases = append(cases, good("email", `"`+address+`"`, `"`+strings.ReplaceAll(address, `\`, `\\`)+`"`))
	}
	cases = append(cases, good("email", `" alice@example.com\n"`, `"alice@example.com"`),
		good("email", `"\"a@b!\"@example.com"`, `"\"a@b!\"@example.com"`))
	for _, address := range []string{
		"alice", "alice@", "@example.com", "alice@example", "alice@@example.com", "a@b@example.com",
		"alice@example..com", "alice@.com",
		"alice@-example.com", "alice@example-.com", "alice@example.c", "alice@exa_mple.com", ".alice@example.com",
		"alice.@example.com",
		"al..ice@example.com", "al ice@example.com", "alice@exam ple.com", "Alice <alice@example.com>",
		"alice@example.com, bob@example.com",
		"alice@example.com\\nBcc: x@example.com", "alice@[127.0.0.1", "alice@[300.0.0.1]", "alice@[x]", "müller@example.com",
		"a(b)@example.com",
		"alice@" + strings.Repeat("a", 64) + ".com", "a" + longest, `\"a b\"@example.com`,
	} {
		cases = append(cases, bad("email", `"`+address+`"`, noEmail))
	}
	for _, sent := range []string{`true`, `[]`, `{}`, `12`} {
		cases = append(cases, bad("email", sent, noEmail))
	}
	checkFields(t, append(cases, bad("email", `""`, isBlank), bad("email", `null`, isNull),
		bad("email", `"a\u0000@example.com"`, hasNull)))
}

func TestURLField(t *testing.T) {
	var cases []fieldCase
	for _, address := range []string{
		"http://example.com", "https://example.com/", "ftp://example.com/a", "ftps://example.com", "HTTPS://EXAMPLE.COM/A",
		"http://localhost", "http://localhost:8000/a?b=c#d", "http://127.0.0.1:80/", "http://[::1]:8000/",
		"http://[2001:db8::1]",
		"http://user:pass@example.com", "http://münchen.de/ä", "http://example.com./", "http://a-b.example.org",
		"http://xn--fiqs8s.cn",
	} {
		cases = append(cases, good("url", `"`+address+`"`, `"`+address+`"`))
	}
	for _, address := range []string{
		"example.com", "//example.com", "/path", "http://", "http:///a", "http:example.com", "javascript:alert(1)",
		"mailto:a@example.com",
		"data:text/html,x", "file:///etc/passwd", "gopher://example.com", "http://example", "http://-a.com",
		"http://a..com", "http://.com",
		"http://exa mple.com", "http://example.com/a b", "http://a_b.com", "http://example.com:port",
		"http://1.2.3.999", "http://[::1",
		"http://[x]/", "http://example.com/%zz", ":", "http://?a",
	} {
		cases = append(cases, bad("url", `"`+address+`"`, noURL))
	}
	for _, sent := range []string{`true`, `[]`, `{}`, `12`} {
		cases = append(cases, bad("url", sent, noURL))
	}
	tooLong := "Ensure this field has no more than 30 characters."
	checkFields(t, append(cases, bad("url", `""`, isBlank), bad("url", `null`, isNull),
		bad("url", `"http://example.com/\u0000"`, hasNull),
		bad("url", `"http://example.com/a/b/c/d/e/f/g"`, tooLong), bad("url", `"nothing like an address of some kind"`,
			tooLong, noURL)))
}
