package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// errIgnored marks a value that counts as unset without being a problem.
var errIgnored = errors.New("value is ignored")

// parse fills a Config from raw. A value that cannot be parsed is reported and
// replaced by the default, so that the rules between settings can still be checked.
func parse(variables []Variable, raw rawValues, home string, problems *Problems) *Config {
	c := &Config{origins: raw.origins}
	normalize(variables, raw, home, problems)

	err := env.ParseWithOptions(c, options(raw))
	if err == nil {
		return c
	}
	reportParseErrors(variables, raw, err, problems)

	c = &Config{origins: raw.origins}
	if err := env.ParseWithOptions(c, options(raw)); err != nil {
		problems.add("default values cannot be parsed: " + err.Error())
	}
	return c
}

func options(raw rawValues) env.Options {
	return env.Options{
		Environment: raw.values,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[bool]():           parser(parseBoolean),
			reflect.TypeFor[int]():            parser(parseInteger),
			reflect.TypeFor[int64]():          parser(parseBytes),
			reflect.TypeFor[time.Duration]():  parser(parseDuration),
			reflect.TypeFor[[]string]():       parser(parseList),
			reflect.TypeFor[[]netip.Prefix](): parser(parseNetworks),
		},
	}
}

func parser[T any](parse func(string) (T, error)) env.ParserFunc {
	return func(value string) (any, error) { return parse(value) }
}

// reportParseErrors turns the library's errors, which name fields, into problems that name variables, and drops the
// invalid values.
func reportParseErrors(variables []Variable, raw rawValues, err error, problems *Problems) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		problems.add(err.Error())
		return
	}
	for _, single := range all.Errors {
		var failure env.ParseError
		if !errors.As(single, &failure) {
			problems.add(single.Error())
			continue
		}
		name := failure.Name
		if i := slices.IndexFunc(variables, func(v Variable) bool { return v.field == name }); i >= 0 {
			name = variables[i].Name
		}
		problems.add(raw.label(name) + ": " + failure.Err.Error())
		delete(raw.values, name)
	}
}

// normalize converts values of types that Go does not distinguish into their normal form, and drops invalid ones.
func normalize(variables []Variable, raw rawValues, home string, problems *Problems) {
	for _, v := range variables {
		value, ok := raw.values[v.Name]
		if !ok {
			continue
		}
		normal, err := normalForm(v, value, home)
		switch {
		case err == nil:
			raw.values[v.Name] = normal
		case errors.Is(err, errIgnored):
			delete(raw.values, v.Name)
			raw.origins[v.Name] = origin{source: "default, because the " + raw.origins[v.Name].source +
				"'s value is not an absolute path"}
		default:
			problems.add(raw.label(v.Name) + ": " + err.Error())
			delete(raw.values, v.Name)
		}
	}
}

func normalForm(v Variable, value, home string) (string, error) {
	switch v.Type {
	case "choice":
		return oneOf(v.choices, value)
	case "level":
		return normalLevel(value)
	case "days":
		return normalDays(v, value)
	case "host":
		return hostName(value)
	case "origin":
		return normalOrigin(value)
	case "url":
		return normalURL(value)
	case "path":
		return absolutePath(value, home)
	case "folder":
		return folder(value, home)
	}
	return value, nil
}

func oneOf(choices []string, value string) (string, error) {
	if lower := strings.ToLower(value); slices.Contains(choices, lower) {
		return lower, nil
	}
	return "", fmt.Errorf("%q is not accepted; accepted: %s", value, strings.Join(choices, ", "))
}

// normalLevel translates to the names of log/slog, whose own parser reads the result; CRITICAL does not exist there.
func normalLevel(value string) (string, error) {
	switch strings.ToUpper(value) {
	case "DEBUG", "INFO", "WARN", "ERROR":
		return value, nil
	case "WARNING":
		return slog.LevelWarn.String(), nil
	case "CRITICAL":
		return (slog.LevelError + 4).String(), nil
	}
	return "", fmt.Errorf("%q is not a log level; accepted: DEBUG, INFO, WARNING, WARN, ERROR, CRITICAL", value)
}

// normalDays turns a number of days into a duration that Go can parse. The range is checked here, since large numbers
// would overflow.
func normalDays(v Variable, value string) (string, error) {
	days, err := strconv.ParseInt(value, 10, 64)
	if err != nil || days < *v.min || days > *v.max {
		return "", fmt.Errorf("%q is not a number of days; accepted: %s", value, v.span())
	}
	return fmt.Sprintf("%dh", days*24), nil
}

// absolutePath ignores anything that is not an absolute path, for example a Windows path in a file that a container
// reads.
func absolutePath(value, home string) (string, error) {
	value, err := atHome(value, home)
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && !strings.HasPrefix(value, "/") {
		return "", errIgnored
	}
	return filepath.Clean(value), nil
}

func folder(value, home string) (string, error) {
	value, err := atHome(value, home)
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(value)
	if err != nil {
		return "", fmt.Errorf("%q is not the path of a folder: %w", value, err)
	}
	return path, nil
}

// atHome expands ~ as shells do, since no shell reads settings files and service units.
func atHome(path, home string) (string, error) {
	rest, tilde := strings.CutPrefix(path, "~")
	switch {
	case !tilde:
		return path, nil
	case rest != "" && !strings.HasPrefix(rest, "/"):
		return "", fmt.Errorf("%q is in another user's home directory; accepted: a path, or ~/ for your own", path)
	case !filepath.IsAbs(home):
		return "", fmt.Errorf("%q can't be resolved, because HOME is not set; accepted: an absolute path", path)
	}
	return filepath.Join(home, rest), nil
}

// normalURL accepts an http address without query and removes trailing slashes.
func normalURL(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not an address; accepted: http:// or https:// with a host, no query", maskURL(value))
	}
	return strings.TrimRight(value, "/"), nil
}

// normalOrigin accepts scheme://host[:port] and returns it as browsers send it: in lower case, without trailing slash
// and without the scheme's default port.
func normalOrigin(value string) (string, error) {
	wrong := fmt.Errorf("%q is not an origin; accepted: scheme://host or scheme://host:port", maskURL(value))
	u, err := url.Parse(strings.TrimRight(value, "/"))
	if err != nil || u.Scheme == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", wrong
	}
	host, err := hostName(u.Hostname())
	if err != nil || strings.HasSuffix(u.Host, ":") {
		return "", wrong
	}
	port := u.Port()
	if port == "" || (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		return u.Scheme + "://" + host, nil
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return "", wrong
	}
	return u.Scheme + "://" + host + ":" + port, nil
}

// hostEntry accepts an entry of the accepted hosts: a host name, a domain with a leading dot, or *.
func hostEntry(value string) (string, error) {
	if value == "*" {
		return value, nil
	}
	domain, dotted := strings.CutPrefix(value, ".")
	name, err := hostName(domain)
	if err != nil {
		return "", fmt.Errorf("%q is not a host entry; accepted: example.org, .example.org (with subdomains) or *", value)
	}
	if dotted {
		return "." + name, nil
	}
	return name, nil
}

// hostName accepts a name or address without scheme and port and returns it in
// lower case, without final dot, an IPv6 address in brackets.
func hostName(value string) (string, error) {
	name := strings.TrimSuffix(strings.ToLower(value), ".")
	bare := strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if address, err := netip.ParseAddr(bare); err == nil && address.Is6() {
		return "[" + address.String() + "]", nil
	}
	if !isHostName(name) {
		return "", fmt.Errorf("%q is not a host name; accepted: example.org, without scheme, port and path", value)
	}
	return name, nil
}

func isHostName(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || len(part) > 63 {
			return false
		}
		for _, char := range part {
			isLetter := 'a' <= char && char <= 'z'
			isDigit := '0' <= char && char <= '9'
			if !isLetter && !isDigit && char != '-' && char != '_' {
				return false
			}
		}
	}
	return true
}

func parseBoolean(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is not a boolean; accepted: 1, true, yes, on or 0, false, no, off", value)
}

func parseInteger(value string) (int, error) {
	number, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("%q is not an integer; accepted: a whole number", value)
	}
	return number, nil
}

// parseBytes reads a number of bytes, with KiB, MiB, GiB (powers of 1024) or KB, MB, GB
// (powers of 1000) in any case.
func parseBytes(value string) (int64, error) {
	wrong := fmt.Errorf("%q is not a size; accepted: a number of bytes, or a number with KiB, MiB, GiB, KB, MB or GB",
		value)
	digits := strings.TrimRight(value, "kKmMgGiIbB ")
	factors := map[string]int64{"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 1000, "mb": 1000 * 1000,
		"gb": 1000 * 1000 * 1000}
	factor, known := factors[strings.ToLower(strings.TrimSpace(value[len(digits):]))]
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || number < 0 || number > math.MaxInt64/factor {
		return 0, wrong
	}
	return number * factor, nil
}

func parseDuration(value string) (time.Duration, error) {
	duration, err := time.ParseDuration(value)
	if err != nil || duration < 0 {
		return 0, fmt.Errorf("%q is not a duration; accepted: a number with unit, such as 25s or 2m", value)
	}
	return duration, nil
}

func parseList(value string) ([]string, error) {
	return strings.Fields(strings.ReplaceAll(value, ",", " ")), nil
}

func parseNetworks(value string) ([]netip.Prefix, error) {
	entries, err := parseList(value)
	if err != nil {
		return nil, err
	}
	if slices.Contains(entries, "*") {
		return everyPeer(), nil
	}
	networks := make([]netip.Prefix, 0, len(entries))
	for _, entry := range entries {
		network, err := parseNetwork(entry)
		if err != nil {
			return nil, err
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func parseNetwork(entry string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(entry); err == nil {
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(entry)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a network; accepted: an address, a network such as 10.0.0.0/8, or *",
			entry)
	}
	return network.Masked(), nil
}

// everyPeer are the networks that contain every address.
func everyPeer() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
}

// checkRanges reports numbers outside their bounds.
func checkRanges(c *Config, variables []Variable, problems *Problems) {
	fields := reflect.ValueOf(c).Elem()
	for _, v := range variables {
		if v.min == nil || v.Type == "days" {
			continue
		}
		number := fields.FieldByName(v.field).Int()
		if number < *v.min || (v.max != nil && number > *v.max) {
			problems.add(fmt.Sprintf("%s: %d is out of range; accepted: %s", label(v.Name, c.origins[v.Name]), number, v.span()))
		}
	}
}
