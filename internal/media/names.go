package media

import (
	"cmp"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/formats"
)

// The most that a name and its extension take, in bytes. Both leave room within the limit of file systems.
const (
	maxNameBytes = 200
	maxExtension = 16
)

// StoredName is a name for the last part of a key: that of the uploaded file, reduced to what every store and every URL
// can carry. Its extension decides how browsers show the file; if it has none, it is derived from the first bytes of
// the content.
func StoredName(uploaded string, head []byte) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '_'
		case unicode.In(r, unicode.L, unicode.M, unicode.Nd), strings.ContainsRune("-_.", r):
			return r
		}
		return -1
	}, strings.TrimSpace(norm.NFC.String(uploaded)))
	name = strings.TrimLeft(name, ".")
	if name == "" {
		name = "file"
	}
	extension := path.Ext(name)
	if len(name) > maxNameBytes {
		stem := formats.TruncateBytes(strings.TrimSuffix(name, extension), maxNameBytes-min(len(extension), maxExtension))
		name = stem + formats.TruncateBytes(extension, maxExtension)
	}
	if extension == "" {
		name += extensionByContent(head)
	}
	return name
}

// extensionByContent is "" for content that browsers must not show.
func extensionByContent(head []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch kind {
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	case "image/gif":
		return ".gif"
	case "image/webp":
		return ".webp"
	case "application/pdf":
		return ".pdf"
	case "text/plain":
		return ".txt"
	case "audio/mpeg":
		return ".mp3"
	case "audio/wave":
		return ".wav"
	case "application/ogg":
		return ".ogg"
	case "video/mp4":
		return ".mp4"
	case "video/webm":
		return ".webm"
	}
	return ""
}

// PictureExtension is the extension for a picture that browsers can show, by its first bytes, or "".
func PictureExtension(head []byte) string {
	if strings.HasPrefix(http.DetectContentType(head), "image/") {
		return extensionByContent(head)
	}
	return ""
}

// shownInline reports whether a type is harmless when a browser shows it on this server's origin: HTML and SVG, which
// can contain scripts, are not.
func shownInline(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain":
		return true
	}
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

// TypeOf is the type of a file by its name. The types that the apps show are listed here: others come from the
// machine's own list, which containers lack. A name does not reveal the charset.
func TypeOf(name string) string {
	extension := strings.ToLower(path.Ext(name))
	switch extension {
	case ".txt", ".md":
		return "text/plain"
	case ".webp":
		return "image/webp"
	case ".mp3":
		return "audio/mpeg"
	case ".m4a":
		return "audio/mp4"
	case ".ogg", ".opus":
		return "audio/ogg"
	case ".wav":
		return "audio/wav"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	case ".mov":
		return "video/quicktime"
	}
	kind, _, _ := strings.Cut(mime.TypeByExtension(extension), ";")
	return cmp.Or(kind, unknownType)
}

const unknownType = "application/octet-stream"
