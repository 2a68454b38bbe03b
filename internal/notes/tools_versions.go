package notes

import (
	"cmp"
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/problem"
)

func (s *Service) versionTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "list_note_versions", Title: "List the versions of a note", Set: mcp.Notes, Scopes: toolReads,
		Description: "Lists the versions of one of the user's notes, newest first: up to twelve saved on request, and up " +
			"to twelve saved automatically before the note was overwritten.",
	}, s.toolVersions)
	mcp.Add(face, mcp.Tool{
		Name: "snapshot_note", Title: "Save a version of a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Adds,
		Description: "Saves the current state of a note as a version, for example before larger changes. The twelve newest " +
			"are kept.",
	}, s.toolSnapshot)
	mcp.Add(face, mcp.Tool{
		Name: "restore_note_version", Title: "Restore a version of a note", Set: mcp.Notes, Scopes: toolWrites,
		Effect: mcp.Changes,
		Description: "Restores a note to one of its versions (list_note_versions). Saves the current state as a version " +
			"first.",
	}, s.toolRestoreVersion)
}

type toolVersion struct {
	ID          int64    `json:"id"`
	Title       string   `json:"title"`
	Reason      string   `json:"reason" doc:"Why it was saved"`
	DateCreated mcp.Time `json:"date_created"`
}

type versionsResult struct {
	NoteID   int64         `json:"note_id"`
	Versions []toolVersion `json:"versions"`
}

func (s *Service) toolVersions(ctx context.Context, who actor.Actor, in *toolNote) (versionsResult, error) {
	versions, err := s.Versions(ctx, who, in.ref())
	result := versionsResult{in.ID, make([]toolVersion, 0, len(versions))}
	for _, v := range versions {
		result.Versions = append(result.Versions, toolVersion{v.ID, v.Title, v.Reason, mcp.Time{Time: v.CreatedAt}})
	}
	return result, err
}

type toolSnapshotInput struct {
	toolNote
	Reason string `json:"reason" maxLength:"32" doc:"Why it is saved; default mcp"`
}

type snapshotResult struct {
	VersionID   int64    `json:"version_id"`
	DateCreated mcp.Time `json:"date_created"`
}

func (s *Service) toolSnapshot(ctx context.Context, who actor.Actor, in *toolSnapshotInput) (snapshotResult, error) {
	version, err := s.Snapshot(ctx, who, in.ref(), problem.Clean(cmp.Or(in.Reason, "mcp")))
	return snapshotResult{version.ID, mcp.Time{Time: version.CreatedAt}}, err
}

type toolRestoreInput struct {
	toolNote
	VersionID int64 `json:"version_id" required:"true"`
	toolRevision
}

func (s *Service) toolRestoreVersion(ctx context.Context, who actor.Actor, in *toolRestoreInput) (noteResult, error) {
	return toolAnswer(s.RestoreVersion(ctx, who, in.ref(), in.VersionID, in.revisions()))
}
