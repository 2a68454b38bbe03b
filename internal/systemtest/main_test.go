package systemtest_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// sideBySide is how many tests run at once unless -parallel says otherwise: most of their time they wait for processes.
const sideBySide = "5"

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", sideBySide); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
