package backup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/pattern"
)

const (
	plainSuffix     = ".tar.zst"
	encryptedSuffix = ".tar.zst.age"
	verifiedSuffix  = ".verified" // of the object beside an archive that says it was read back
	nameLayout      = "20060102T150405Z"
)

var isArchive = pattern.New(`^(\d{8}T\d{6}Z)-[a-z0-9]{8}\.tar\.zst(\.age)?$`)

// Entry is an archive in the store.
type Entry struct {
	Name      string
	Time      time.Time // everything that was committed before is in it
	Size      int64
	Verified  bool // it was read back and found whole
	Encrypted bool
}

// verified is what the object beside an archive holds.
type verified struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	Files  int64  `json:"files"`
}

// List returns the archives in the store, the newest first.
func (s *Service) List(ctx context.Context) ([]Entry, error) {
	list, _, err := s.list(ctx)
	return list, err
}

// list returns the marks, too, that stand beside no archive any more.
func (s *Service) list(ctx context.Context) (list []Entry, stray []string, err error) {
	if s.Store == nil {
		return nil, nil, ErrNoStore
	}
	marks := map[string]bool{}
	for object, err := range s.Store.List(ctx, "") {
		if err != nil {
			return nil, nil, fmt.Errorf("listing backups: %w", err)
		}
		if name, is := strings.CutSuffix(object.Key, verifiedSuffix); is && isArchive().MatchString(name) {
			marks[name] = true
		}
		match := isArchive().FindStringSubmatch(object.Key)
		if match == nil {
			continue
		}
		made, err := time.Parse(nameLayout, match[1])
		if err != nil {
			continue // no date: somebody else's
		}
		list = append(list, Entry{Name: object.Key, Time: made, Size: object.Size, Encrypted: match[2] != ""})
	}
	for i := range list {
		list[i].Verified = marks[list[i].Name]
		delete(marks, list[i].Name)
	}
	for name := range marks {
		stray = append(stray, name+verifiedSuffix)
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Or(b.Time.Compare(a.Time), strings.Compare(b.Name, a.Name)) })
	return list, stray, nil
}

// Made says what a backup became.
type Made struct {
	Name   string // in the store
	Size   int64
	Counts archive.Counts
}

// Export writes an archive to w.
func (s *Service) Export(ctx context.Context, w io.Writer, files bool, progress Progress) (archive.Counts, error) {
	recipients, _, err := s.Keys.encryption()
	if err != nil {
		return archive.Counts{}, err
	}
	return s.write(ctx, w, files, progress, recipients...)
}

// Make puts an archive into the store, reads it back, and marks it as verified. The files of people are copied into it
// with files, and where they do not lie in the same bucket.
func (s *Service) Make(ctx context.Context, files bool, progress Progress) (Made, error) {
	if s.Store == nil {
		return Made{}, ErrNoStore
	}
	recipients, back, err := s.Keys.encryption()
	if err != nil {
		return Made{}, err
	}
	start := database.Now()
	// From here on no file is removed that the archive may come to name.
	if err := s.mark(ctx, markRunning, start); err != nil {
		return Made{}, err
	}
	defer s.unmark(ctx, markRunning)
	spool, err := temporary()
	if err != nil {
		return Made{}, err
	}
	defer spool.Close()
	digest := sha256.New()
	made := Made{Name: start.Format(nameLayout) + "-" + strings.ToLower(rand.Text()[:8]) + plainSuffix}
	if len(recipients) > 0 {
		made.Name = strings.TrimSuffix(made.Name, plainSuffix) + encryptedSuffix
	}
	made.Counts, err = s.write(ctx, io.MultiWriter(spool, digest), files || !s.FilesStay, progress, recipients...)
	if err != nil {
		return Made{}, err
	}
	if made.Size, err = spool.Seek(0, io.SeekCurrent); err != nil {
		return Made{}, fmt.Errorf("making a backup: %w", err)
	}
	sum := verified{Size: made.Size, SHA256: hex.EncodeToString(digest.Sum(nil)), Rows: made.Counts.Rows(),
		Files: made.Counts.Files}
	return made, s.storeArchive(ctx, spool, made.Name, sum, back, progress)
}

// storeArchive stores an archive. Of one that does not come back as it was, nothing is left.
func (s *Service) storeArchive(
	ctx context.Context, spool *os.File, name string, sum verified, back age.Identity, progress Progress,
) error {
	progress.tell("storing", 0, sum.Size)
	meta := blob.Meta{ContentType: "application/octet-stream", CacheControl: "no-store"}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("storing a backup: %w", err)
	}
	err := s.Store.Put(ctx, name, spool, sum.Size, meta)
	if err == nil {
		err = s.readBack(ctx, name, sum, back, progress)
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
		defer cancel()
		return errors.Join(fmt.Errorf("storing a backup: %w", err), s.Store.Delete(ctx, name))
	}
	return s.markVerified(ctx, name, sum)
}

// tidyTimeout bounds what is done after something went wrong.
const tidyTimeout = 10 * time.Second

// readBack compares what the store holds with what was written, and reads it as a restore would.
func (s *Service) readBack(ctx context.Context, name string, sum verified, back age.Identity, progress Progress) error {
	content, err := s.Store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer content.Close()
	digest := sha256.New()
	m := &meter{ctx: ctx, r: io.TeeReader(content, digest), size: sum.Size, progress: progress, phase: "reading back"}
	var identities []age.Identity
	if back != nil {
		identities = append(identities, back)
	}
	r, err := archive.NewReader(m, identities...)
	if err != nil {
		return err
	}
	defer r.Close()
	counts, err := r.Read(archive.Contents{})
	if err != nil {
		return err
	}
	if hex.EncodeToString(digest.Sum(nil)) != sum.SHA256 || m.done != sum.Size || counts.Rows() != sum.Rows ||
		counts.Files != sum.Files {
		return fmt.Errorf("%w: the stored backup differs from what was written", archive.ErrDamaged)
	}
	return nil
}

func (s *Service) markVerified(ctx context.Context, name string, sum verified) error {
	text, err := json.Marshal(sum)
	if err != nil {
		return fmt.Errorf("marking a backup as verified: %w", err)
	}
	meta := blob.Meta{ContentType: "application/json", CacheControl: "no-store"}
	if err := s.Store.Put(ctx, name+verifiedSuffix, bytes.NewReader(text), int64(len(text)), meta); err != nil {
		return fmt.Errorf("marking a backup as verified: %w", err)
	}
	return nil
}

// Verify reads all of an archive in the store, compares its sums, and marks it as verified; or takes the mark back.
func (s *Service) Verify(ctx context.Context, name string, progress Progress) (Report, error) {
	if !isArchive().MatchString(name) {
		return Report{}, fmt.Errorf("%q is not the name of a backup: see backup list", name)
	}
	source, err := s.FromStore(ctx, name)
	if err != nil {
		return Report{}, err
	}
	defer source.Close()
	report, err := s.Check(ctx, source, progress)
	if errors.Is(err, archive.ErrDamaged) || errors.Is(err, archive.ErrNotArchive) {
		return Report{}, errors.Join(err, s.Store.Delete(ctx, name+verifiedSuffix))
	}
	if err != nil {
		return Report{}, err
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, source.read(ctx, nil, "")); err != nil {
		return Report{}, fmt.Errorf("reading the archive: %w", err)
	}
	return report, s.markVerified(ctx, name, verified{
		Size: source.size, SHA256: hex.EncodeToString(digest.Sum(nil)), Rows: report.Counts.Rows(),
		Files: report.Counts.Files,
	})
}

// Latest returns the newest intact archive, or false if there are none. If there are archives but no intact one it
// fails, since the store may be all that is left. It also fails if it can't find out: a store that does not answer is
// no reason to go back to an older state.
func (s *Service) Latest(ctx context.Context, progress Progress) (source *Source, there bool, err error) {
	list, err := s.List(ctx)
	if err != nil || len(list) == 0 {
		return nil, false, err
	}
	var first error
	for _, entry := range list {
		source, err := s.FromStore(ctx, entry.Name)
		if err == nil {
			if _, err = s.Check(ctx, source, progress); err == nil {
				return source, true, nil
			}
			err = errors.Join(err, source.Close())
		}
		if ctx.Err() != nil || !isUnusable(err) {
			return nil, true, err
		}
		s.Log.Error("a backup is unusable", "name", entry.Name, "error", err)
		if first == nil {
			first = err
		}
	}
	return nil, true, fmt.Errorf("all %d backups are unusable: %w", len(list), first)
}

// isUnusable tells an archive that can't be restored, or was removed just now, from one that could not be read.
func isUnusable(err error) bool {
	return slices.ContainsFunc([]error{archive.ErrDamaged, archive.ErrNotArchive, archive.ErrNewer, archive.ErrWrongKey,
		blob.ErrNotFound}, func(reason error) bool { return errors.Is(err, reason) })
}

// IsName reports whether a text could be the name of an archive in the store.
func IsName(text string) bool { return isArchive().MatchString(text) }
