package adopt_test

import (
	"os"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestMain(m *testing.M) {
	apptest.AllowFormerCodes() // what was adopted stays as it was
	os.Exit(m.Run())
}
