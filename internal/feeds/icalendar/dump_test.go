package icalendar_test

import (
	"encoding/json"
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	data, _ := json.Marshal(generated(20260101)[:1])
	os.WriteFile("/tmp/one.json", data, 0o644)
}
