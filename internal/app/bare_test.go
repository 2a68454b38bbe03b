package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// bareAuthor is the variable with the id of the user whose notes the bare handler serves. Where it is set, the test
// binary is that handler, in a process of its own, so that its processor time can be measured.
const bareAuthor = "BARE_HANDLER_AUTHOR"

func TestMain(m *testing.M) {
	if os.Getenv(bareAuthor) == "" {
		os.Exit(m.Run())
	}
	if err := serveBare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startBare starts the bare handler on the database of a site.
func (s *benchSite) startBare(b *testing.B, environment []string) *benchSite {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(environment, bareAuthor+"="+strconv.FormatInt(s.alice.ID, 10))
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill() // it does not end by itself
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatalf("the bare handler does not start: %v", err)
	}
	return &benchSite{
		Server: &apptest.Server{URL: strings.TrimSpace(address)}, process: &apptest.Process{Cmd: cmd},
		db: s.db, alice: s.alice,
	}
}

// bareHandler is the least that a server can do: one statement, and its rows as JSON. It looks up no session, checks
// nothing, and keeps no index, versions, or activity.
type bareHandler struct {
	db     *database.DB
	author int64
}

// serveBare prints where it listens, and serves until it is killed.
func serveBare() error {
	author, err := strconv.ParseInt(os.Getenv(bareAuthor), 10, 64)
	if err != nil {
		return err
	}
	c, err := config.Load(os.Environ(), "", nil)
	if err != nil {
		return err
	}
	db, err := app.OpenDatabase(context.Background(), c, nil, 0)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h := &bareHandler{db: db, author: author}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/notes/{$}", h.list)
	mux.HandleFunc("GET /api/v1/notes/{id}/", h.one)
	mux.HandleFunc("POST /api/v1/notes/", h.create)
	fmt.Println("http://" + listener.Addr().String())
	return http.Serve(listener, mux)
}

type bareNote struct {
	ID          int64       `json:"id"`
	UUID        string      `json:"uuid"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Excerpt     string      `json:"excerpt"`
	Preview     string      `json:"preview_lines"`
	EditorMode  string      `json:"editor_mode"`
	NoteType    string      `json:"note_type"`
	IsPublic    bool        `json:"is_public"`
	LastEdit    time.Time   `json:"last_edit"`
	DateCreated time.Time   `json:"date_created"`
	Author      bareUser    `json:"author"`
	Blocks      []bareBlock `json:"blocks,omitempty"`
	Content     string      `json:"content,omitempty"`
}

type bareUser struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

type bareBlock struct {
	ID        int64  `json:"id"`
	BlockType string `json:"block_type"`
	Text      string `json:"text"`
}

const bareColumns = `n.id, cast(n.uuid as text), n.title, n.description, n.excerpt, n.preview_lines, n.editor_mode,
	n.note_type, n.is_public, n.updated_at, n.created_at, u.id, u.username`

func (n *bareNote) columns() []any {
	return []any{&n.ID, &n.UUID, &n.Title, &n.Description, &n.Excerpt, &n.Preview, &n.EditorMode, &n.NoteType,
		&n.IsPublic, &n.LastEdit, &n.DateCreated, &n.Author.ID, &n.Author.Username}
}

func (h *bareHandler) list(w http.ResponseWriter, r *http.Request) {
	rows, err := h.db.Read().QueryContext(r.Context(), "select "+bareColumns+`
		from notes n join users u on u.id = n.author_id
		where n.author_id = $1 and n.deleted_at is null order by n.updated_at desc, n.id desc limit 20`, h.author)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	var notes []bareNote
	for rows.Next() {
		var n bareNote
		if err := rows.Scan(n.columns()...); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		notes = append(notes, n)
	}
	answerBare(w, http.StatusOK, map[string]any{"results": notes}, rows.Err())
}

func (h *bareHandler) one(w http.ResponseWriter, r *http.Request) {
	rows, err := h.db.Read().QueryContext(r.Context(), "select "+bareColumns+`, n.content, b.id, b.block_type, b.text
		from notes n join users u on u.id = n.author_id join note_blocks b on b.note_id = n.id
		where n.id = $1 and n.author_id = $2 order by b.position`, r.PathValue("id"), h.author)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	var n bareNote
	for rows.Next() {
		var block bareBlock
		if err := rows.Scan(append(n.columns(), &n.Content, &block.ID, &block.BlockType, &block.Text)...); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		n.Blocks = append(n.Blocks, block)
	}
	answerBare(w, http.StatusOK, n, rows.Err())
}

func (h *bareHandler) create(w http.ResponseWriter, r *http.Request) {
	var n bareNote
	if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n.UUID, n.LastEdit = uuid.NewString(), database.Now()
	err := h.db.Writer().QueryRowContext(r.Context(), `
		insert into notes (author_id, uuid, sharing_id, title, description, content, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $7) returning id`,
		h.author, n.UUID, n.UUID, n.Title, n.Description, n.Content, n.LastEdit).Scan(&n.ID)
	answerBare(w, http.StatusCreated, n, err)
}

func answerBare(w http.ResponseWriter, status int, body any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
