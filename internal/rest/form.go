package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/formats"
)

// File is a file in a form, of at most the operation's MaxFileBytes. Its content is removed when the operation ends.
type File struct{ blob.Upload }

// Schema describes the type in the OpenAPI document.
func (File) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "binary"}
}

const (
	notAFile = "The submitted data was not a file. Check the encoding type on the form."

	formOverhead = 1 << 20 // bytes that a form may have beside its file
	maxFormParts = 1000
	maxFileName  = 255 // code points

	receiveTimeout = 10 * time.Minute // of a file, as long as it goes on
	storeTimeout   = 2 * time.Minute  // from then on, of putting it away
)

// received is the body of a request before its fields are checked.
type received struct {
	keys  map[string]json.RawMessage
	files map[string]File
	form  bool // the values are texts of a form, not JSON
}

// close removes the temporary files.
func (b received) close() error {
	var problems []error
	for _, f := range b.files {
		if f.Content != nil {
			problems = append(problems, f.Content.Close())
		}
	}
	return errors.Join(problems...)
}

// readForm reads multipart/form-data, and spools the file parts that the plan has fields for. Of several parts with one
// name the last one counts. What it returns must be closed, with an error too.
func (a *API) readForm(ctx context.Context, op Operation, r *http.Request, plan *bodyPlan) (received, error) {
	form := received{keys: map[string]json.RawMessage{}, files: map[string]File{}, form: true}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return form, Detail(http.StatusBadRequest, "Multipart form parse error - the boundary is missing.")
	}
	limit := a.options.MaxJSONBytes
	if op.MaxFileBytes > 0 {
		limit = op.MaxFileBytes + formOverhead
	}
	body := &countingReader{source: r.Body, left: limit}
	err = a.readParts(ctx, op, multipart.NewReader(body, parameters["boundary"]), plan, form)
	switch {
	case errors.Is(err, errTooMuch):
		return form, tooLarge(r.Body, limit)
	case errors.Is(err, errUnreadable):
		return form, Detail(http.StatusBadRequest, "Multipart form parse error - "+err.Error())
	}
	return form, err
}

var (
	errUnreadable = errors.New("the form ended early")
	errTooMuch    = errors.New("more bytes than allowed")
)

func (a *API) readParts(
	ctx context.Context, op Operation, reader *multipart.Reader, plan *bodyPlan, form received,
) error {
	textLeft := a.options.MaxJSONBytes
	for range maxFormParts {
		part, err := reader.NextRawPart()
		if err == io.EOF { //nolint:errorlint // a wrapped one comes where the form is cut
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
		name := part.FormName()
		switch {
		case part.FileName() != "" && plan.takesFile(name):
			err = form.addFile(ctx, name, part, op.MaxFileBytes)
		case part.FileName() != "":
			form.keys[name] = json.RawMessage("{}") // refused wherever a text is wanted
		default:
			textLeft, err = form.addText(name, part, textLeft)
		}
		if err != nil {
			return err
		}
	}
	return errTooMuch
}

func (b received) addFile(ctx context.Context, name string, part *multipart.Part, limit int64) error {
	content, err := blob.Spool(ctx, part, limit, "")
	switch {
	case errors.Is(err, blob.ErrTooLarge):
		content, err = nil, nil
	// No fault of the disk.
	case errors.Is(err, errTooMuch), errors.Is(err, errUnreadable), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, context.DeadlineExceeded):
		return unreadable(err)
	case err != nil:
		return err
	}
	if before, ok := b.files[name]; ok && before.Content != nil {
		err = before.Content.Close()
	}
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")) // what can't be read was not declared
	b.files[name] = File{blob.Upload{Name: fileName(part.FileName()), ContentType: kind, Content: content}}
	return err
}

func (b received) addText(name string, part io.Reader, limit int64) (left int64, err error) {
	text, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return 0, unreadable(err)
	}
	if left = limit - int64(len(text)); left < 0 {
		return 0, errTooMuch
	}
	b.keys[name], err = json.Marshal(strings.ToValidUTF8(string(text), "\uFFFD"))
	return left, err
}

func unreadable(err error) error {
	if errors.Is(err, errTooMuch) {
		return errTooMuch
	}
	return errUnreadable
}

// asBrowsersWrite undoes what browsers write in the place of characters that would end a quoted name, and nothing else:
// the HTML standard leaves the percent sign as it is.
var asBrowsersWrite = strings.NewReplacer("%22", `"`, "%0D", "", "%0A", "")

// fileName keeps what names a file on every system, with composed characters: macOS decomposes them.
func fileName(sent string) string {
	sent = norm.NFC.String(asBrowsersWrite.Replace(sent))
	sent = sent[strings.LastIndexAny(sent, `/\`)+1:]
	sent = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(sent, "\uFFFD"))
	return formats.Truncate(sent, maxFileName)
}

// formValue turns a form's text into what the field would be in JSON; nothing counts as absent, or as null where that
// is accepted, unless a field may be blank.
func (f *fieldPlan) formValue(raw json.RawMessage, typ reflect.Type) (value json.RawMessage, sent bool) {
	text := scalarText(raw)
	switch {
	case formats.Trim(text) == "" && f.nullable:
		return json.RawMessage("null"), true
	case formats.Trim(text) == "" && !f.rules.blank && !f.required:
		return nil, false
	case typ == reflect.TypeFor[json.RawMessage]() || typ == reflect.TypeFor[Optional[json.RawMessage]]():
		return json.RawMessage(text), true
	}
	return raw, true
}

// countingReader fails with errTooMuch after so many bytes, and with errUnreadable where its source fails.
type countingReader struct {
	source io.Reader
	left   int64
}

// Read reads from the source.
func (r *countingReader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, errTooMuch
	}
	n, err := r.source.Read(p[:min(int64(len(p)), r.left+1)])
	if r.left -= int64(n); r.left < 0 {
		return n, errTooMuch
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return n, err
}
