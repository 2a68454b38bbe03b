package deploycheck

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/trance-0/notechondria/internal/config"
)

// Notes are remarks about a usable configuration: settings that were interpreted differently, and a database in an
// unsafe place.
func Notes(c *config.Config) []string {
	notes := c.Notes()
	if note := onNetwork(c, mountTable); note != "" {
		notes = append(notes, note)
	}
	return notes
}

// onNetwork is "" unless an SQLite database is on another machine's disk: locks fail there, and SQLite's processes
// can't share memory.
func onNetwork(c *config.Config, tableFile string) string {
	path := c.SQLitePath()
	table, err := os.ReadFile(tableFile)
	if path == "" || err != nil { // not Linux
		return ""
	}
	point, kind := mounted(string(table), resolved(path))
	if !isNetwork(kind) {
		return ""
	}
	folder := "DATA_DIR"
	if !c.Embedded() {
		folder = "the file of DATABASE_URL"
	}
	return fmt.Sprintf("%s (%s) is on a network file system (%s at %s), where SQLite loses data; "+
		"use a local disk, or PostgreSQL", folder, filepath.Dir(path), kind, point)
}

func isNetwork(kind string) bool {
	switch kind {
	case "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "lustre", "gfs", "gfs2", "ocfs2",
		"gpfs", "beegfs", "glusterfs", "davfs", "webdav", "orangefs", "coda", "pvfs2":
		return true
	}
	// Of file systems in user space, only these are local disks.
	disk := strings.HasPrefix(kind, "fuse.ntfs") || strings.HasPrefix(kind, "fuse.ext") ||
		strings.HasPrefix(kind, "fuse.exfat") ||
		kind == "fuse.fuse-overlayfs" || kind == "fuse.lxcfs" || kind == "fuse.mergerfs"
	return strings.HasPrefix(kind, "fuse.") && !disk
}
