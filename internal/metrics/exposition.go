package metrics

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The kinds of families.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
	summary   = "summary"
)

// family is what Prometheus knows under one name.
type family struct {
	name, kind, help string
	samples          []sample
}

type sample struct {
	suffix string // behind the name of the family
	labels []label
	value  float64
}

type label struct{ name, value string }

// single is a family of one number.
func single(name, kind, help string, value float64, labels ...label) family {
	return family{name, kind, help, []sample{{labels: labels, value: value}}}
}

// contentType names the text format of Prometheus, with names of letters that need no escaping.
const contentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"

var (
	escapeHelp  = strings.NewReplacer("\\", `\\`, "\n", `\n`)
	escapeLabel = strings.NewReplacer("\\", `\\`, "\n", `\n`, `"`, `\"`)
)

// exposition is the text that Prometheus reads, sorted by name.
func exposition(families []family) []byte {
	slices.SortFunc(families, func(a, b family) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	for _, f := range families {
		if len(f.samples) == 0 {
			continue
		}
		b.WriteString("# HELP " + f.name + " " + escapeHelp.Replace(f.help) + "\n")
		b.WriteString("# TYPE " + f.name + " " + f.kind + "\n")
		for _, s := range f.samples {
			b.WriteString(f.name + s.suffix)
			writeLabels(&b, s.labels)
			b.WriteString(" " + number(s.value) + "\n")
		}
	}
	return b.Bytes()
}

func writeLabels(b *bytes.Buffer, labels []label) {
	separator := "{"
	for _, l := range labels {
		b.WriteString(separator + l.name + `="` + escapeLabel.Replace(l.value) + `"`)
		separator = ","
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
}

func number(value float64) string {
	switch {
	case math.IsInf(value, 1):
		return "+Inf"
	case math.IsInf(value, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}
