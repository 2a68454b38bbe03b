package backup_test

import (
	"os"
	"testing"

	"github.com/trance-0/notechondria/internal/archive"
)

// manifestOf reads what an archive that lies open begins with.
func manifestOf(t *testing.T, path string) archive.Manifest {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := archive.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return r.Manifest()
}
