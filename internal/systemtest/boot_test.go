package systemtest_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/static"
)

func TestInstancesThatBootAtOnceAreOneServer(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	d := newDeployment(t, append(bucket.Environment(), "DJANGO_SUPERUSER_PASSWORD="+apptest.Password)...)
	d.start(t)
	t.Run("one schema", func(t *testing.T) {
		status, err := d.database.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(status.Applied) == 0 || len(status.Pending) > 0 ||
			len(slices.Compact(slices.Clone(status.Applied))) != len(status.Applied) {
			t.Errorf("applied %v, pending %v", status.Applied, status.Pending)
		}
	})
	t.Run("one administrator", func(t *testing.T) {
		apptest.Eventually(t, "somebody made the administrator",
			func() bool { return d.logged("administrator created") > 0 })
		if times := d.logged("administrator created"); times != 1 {
			t.Errorf("the administrator was made %d times", times)
		}
	})
	t.Run("static files once", func(t *testing.T) { d.wantStaticFilesOnce(t, bucket) })
	t.Run("sessions everywhere", d.wantSessionsEverywhere)
	t.Run("limits together", d.wantCommonLimits)
}

// logged counts the instances that logged a message.
func (d *deployment) logged(message string) (times int) {
	for _, p := range d.processes {
		times += len(p.Output.Find(message))
	}
	return times
}

// wantStaticFilesOnce fails the test unless the bucket holds what one process alone collects.
func (d *deployment) wantStaticFilesOnce(t *testing.T, bucket *apptest.S3) {
	apptest.Eventually(t, "every instance has collected",
		func() bool { return d.logged(`"static files collected"`) == instances })
	local, err := blob.OpenLocal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := static.New().Collect(t.Context(), local, static.CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	remote, err := blob.OpenS3(blob.S3Options{
		Endpoint: bucket.Endpoint, Bucket: bucket.Bucket, Prefix: "static",
		AccessKeyID: bucket.AccessKeyID, SecretAccessKey: bucket.SecretAccessKey, Transport: bucket.Transport(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	want, got := sizes(t, local), sizes(t, remote)
	if len(want) == 0 || !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("the bucket holds %v, one process collects %v", got, want)
	}
	puts := len(bucket.Requests("PUT"))
	again, err := static.New().Collect(t.Context(), remote, static.CollectOptions{Clear: true})
	if err != nil || again.Uploaded+again.Removed > 0 || len(bucket.Requests("PUT")) != puts {
		t.Errorf("collecting once more: %+v, %v", again, err)
	}
}

// sizes returns the keys of a store and the sizes of what they hold.
func sizes(t *testing.T, store blob.Store) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for o, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		found[o.Key] = o.Size
	}
	return found
}

func (d *deployment) wantSessionsEverywhere(t *testing.T) {
	alice := d.front.SignUp(t, "alice")
	for i, p := range d.processes {
		title := fmt.Sprint("Written on instance ", i)
		note := p.Server().Call(t, "POST", notesPath, alice.Token, object{"title": title}).Want(t, 201)
		for _, other := range d.processes {
			read := other.Server().Call(t, "GET", fmt.Sprintf("%s%d/", notesPath, note.Int("id")), alice.Token, nil).Want(t, 200)
			if read.String("title") != title {
				t.Errorf("read %s", read.Text)
			}
		}
	}
	d.processes[0].Server().Call(t, "POST", "/api/v1/auth/logout/", alice.Token, nil)
	for _, p := range d.processes {
		p.Server().Call(t, "GET", notesPath+"?mine=1", alice.Token, nil).Want(t, 401)
	}
}

func (d *deployment) wantCommonLimits(t *testing.T) {
	signIn := func(p *apptest.Process, client int) apptest.Reply {
		body := object{"email": "admin@localhost", "password": "Wrong-pass-1"}
		request := p.Server().Request(t, "POST", "/api/v1/auth/login/", body)
		request.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", client))
		return apptest.Do(t, request)
	}
	for i := range 10 {
		signIn(d.processes[i%instances], i).Want(t, 400)
	}
	for i, p := range d.processes {
		signIn(p, 100+i).Want(t, 429)
	}
}
