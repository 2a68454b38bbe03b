package systemtest_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	largest       = 20 << 20 // bytes of the largest attachment
	uploadsAtOnce = 4
)

// TestLargeUploadsFitInto64MiB: more bytes than there is memory go to either store, and come back.
func TestLargeUploadsFitInto64MiB(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"folder", "bucket"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			environment := append(apptest.Environment(t, database.SQLite), "TMPDIR="+t.TempDir())
			if store == "bucket" {
				environment = append(environment, apptest.StartS3(t).Environment()...)
			}
			s := startLimited(t, memoryLimit, environment...)
			token := adminToken(t, s.Server)
			note := s.Call(t, "POST", notesPath, token, object{"title": "Album"}).Want(t, 201).Int("id")
			path := fmt.Sprintf("%s%d/attachments/", notesPath, note)
			content := string(bytes.Repeat([]byte("0123456789abcdef"), largest/16))
			uploads := apptest.AtOnce(uploadsAtOnce, func(int) apptest.Reply {
				return s.Upload(t, "POST", path, token, apptest.Part{Name: "file", FileName: "large.bin", Content: content})
			})
			for _, u := range uploads {
				if got := s.Fetch(t, u.Want(t, 201).String("url")).Want(t, 200); got.Text != content {
					t.Errorf("%d bytes came back, want the %d that were sent", len(got.Text), largest)
				}
			}
			s.wantWithin(t)
		})
	}
}

// BenchmarkUpload uploads the largest attachment to a running program, and tells by how much its resident memory was
// higher meanwhile than before.
func BenchmarkUpload(b *testing.B) {
	for _, store := range []string{"folder", "bucket"} {
		b.Run(store, func(b *testing.B) {
			environment := append(apptest.Environment(b, database.SQLite), secretKey,
				"DJANGO_SUPERUSER_PASSWORD="+apptest.Password, "TMPDIR="+b.TempDir())
			if store == "bucket" {
				environment = append(environment, apptest.StartS3(b).Environment()...)
			}
			process := apptest.StartProcess(b, environment, "start")
			s := process.Server()
			waitUntilReady(b, s)
			apptest.Eventually(b, "the administrator is there",
				func() bool { return len(process.Output.Find("administrator created")) > 0 })
			token := adminToken(b, s)
			note := s.Call(b, "POST", notesPath, token, object{"title": "Album"}).Want(b, 201).Int("id")
			path := fmt.Sprintf("%s%d/attachments/", notesPath, note)
			part := apptest.Part{Name: "file", FileName: "large.bin",
				Content: string(bytes.Repeat([]byte("0123456789abcdef"), largest/16))}
			for range 3 { // until what signing in took is used again
				s.Upload(b, "POST", path, token, part).Want(b, 201)
			}
			b.SetBytes(largest)
			var raised int64
			for b.Loop() {
				before := forgetPeak(b, process.Cmd.Process.Pid)
				s.Upload(b, "POST", path, token, part).Want(b, 201)
				peak, _ := resident(b, process.Cmd.Process.Pid)
				raised = max(raised, peak-before)
			}
			b.ReportMetric(float64(raised)/(1<<20), "MiB-raised")
		})
	}
}

// forgetPeak has the kernel count the peak anew, and returns what is resident now.
func forgetPeak(b *testing.B, pid int) int64 {
	b.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		b.Skipf("the kernel keeps its peaks: %v", err)
	}
	now, _ := resident(b, pid)
	return now
}
