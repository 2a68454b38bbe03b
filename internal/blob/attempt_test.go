package blob

import (
	"testing"
	"time"
)

func TestExponentialBackoff(t *testing.T) {
	t.Parallel()
	for failures, longest := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 3: 800 * time.Millisecond, 6: 5 * time.Second,
		1000: 5 * time.Second,
	} {
		for range 100 {
			if pause := exponentialBackoff(failures); pause < longest/2 || pause > longest {
				t.Fatalf("after %d failures %v", failures, pause)
			}
		}
	}
}
