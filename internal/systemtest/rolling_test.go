package systemtest_test

import (
	"syscall"
	"testing"
)

// A platform that deploys asks one instance after the other to stop, while clients write.
func TestARollingRestartLosesNoAnswers(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, "SHUTDOWN_DELAY=1s")
	d.start(t)
	l := startLoad(t, d.front.URL, d.front.SignUp(t, "alice").Token)
	for range 2 {
		for i := range instances {
			l.resume(t)
			if err := d.processes[i].Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if code := d.processes[i].Exit(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			d.launch(t, i)
			waitUntilReady(t, d.listen(t, i).Server())
		}
	}
	l.pause()
	l.wantStored(t, d.database)
	if lost := l.retries.Load(); lost > 1 { // a proxy can use an idle connection in the moment in which it is closed
		t.Errorf("%d answers were lost", lost)
	}
}
