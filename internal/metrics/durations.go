package metrics

import (
	"math"
	"slices"
	"sync"
	"time"
)

// bounds are those of durations in seconds, from a cached answer to the longest upload.
var bounds = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}

// maxLabels is how many labels durations have at most.
const maxLabels = 3

// durations are a histogram for each combination of labels.
type durations struct {
	name, help string
	labels     []string // their names, in their order

	mutex  sync.Mutex
	series map[[maxLabels]string]*series
}

type series struct {
	counts [len(bounds) + 1]uint64 // by the bound that a duration does not exceed; the last has none
	sum    float64
}

func newDurations(name, help string, labels ...string) *durations {
	return &durations{name: "notechondria_" + name, help: help, labels: labels, series: map[[maxLabels]string]*series{}}
}

// observe counts a duration; values are those of the labels.
func (d *durations) observe(took time.Duration, values [maxLabels]string) {
	seconds := took.Seconds()
	bound, _ := slices.BinarySearch(bounds[:], seconds)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	s := d.series[values]
	if s == nil {
		s = &series{}
		d.series[values] = s
	}
	s.counts[bound]++
	s.sum += seconds
}

func (d *durations) family() family {
	f := family{name: d.name, kind: histogram, help: d.help}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	keys := make([][maxLabels]string, 0, len(d.series))
	for key := range d.series {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [maxLabels]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		labels := make([]label, 0, len(d.labels)+1)
		for i, name := range d.labels {
			labels = append(labels, label{name, key[i]})
		}
		f.samples = append(f.samples, d.series[key].samples(labels)...)
	}
	return f
}

// samples are the numbers of durations up to each bound, their sum and their number.
func (s *series) samples(labels []label) []sample {
	list := make([]sample, 0, len(s.counts)+2)
	total := uint64(0)
	for i, count := range s.counts {
		total += count
		bound := math.Inf(1)
		if i < len(bounds) {
			bound = bounds[i]
		}
		below := append(slices.Clip(labels), label{"le", number(bound)})
		list = append(list, sample{"_bucket", below, float64(total)})
	}
	return append(list, sample{"_sum", labels, s.sum}, sample{"_count", labels, float64(total)})
}
