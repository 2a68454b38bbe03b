package fleet_test

import (
	"syscall"
	"testing"
)

// A platform that deploys asks one instance after the other to stop, while clients write.
func TestARollingRestartLosesNoAnswers(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "SHUTDOWN_DELAY=1s")
	f.start(t)
	l := startLoad(t, f.front.URL, f.front.SignUp(t, "alice").Token)
	for range 2 {
		for i := range instances {
			l.goOn(t)
			if err := f.processes[i].Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if code := f.processes[i].Exit(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			f.launch(t, i)
			waitUntilReady(t, f.listen(t, i).Server())
		}
	}
	l.halt()
	l.wantStored(t, f.database)
	if lost := l.retries.Load(); lost > 1 { // a proxy can use an idle connection in the moment in which it is closed
		t.Errorf("%d answers were lost", lost)
	}
}
