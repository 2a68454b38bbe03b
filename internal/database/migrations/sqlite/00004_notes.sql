-- +goose Up
create table notes (
    id              integer primary key autoincrement,
    author_id       integer   not null references users (id) on delete cascade,
    course_id       integer references courses (id) on delete set null,
    uuid            text      not null,
    sharing_id      text      not null,
    title           text      not null,
    description     text,
    excerpt         text      not null default '',
    preview_lines   text      not null default '',
    content         text      not null default '',
    metadata_json   text      not null default '',
    custom_meta     text      not null default '',
    is_public       boolean   not null default false,
    note_type       text      not null default 'N',
    editor_mode     text      not null default 'P',
    source_note_id  integer references notes (id) on delete set null,
    client_draft_id text,
    cover_path      text      not null default '',
    word_count      integer   not null default 0,
    deleted_at      timestamp,
    created_at      timestamp not null,
    updated_at      timestamp not null
);
create unique index notes_uuid_key on notes (uuid);
create unique index notes_sharing_id_key on notes (sharing_id);
create unique index notes_client_draft_id_key on notes (author_id, client_draft_id) where client_draft_id is not null;
-- The last two columns let lists be counted without reading the notes.
create index notes_author_idx on notes (author_id, updated_at desc, id desc, deleted_at, is_public);
create index notes_public_idx on notes (updated_at desc, id desc) where is_public and deleted_at is null;
create index notes_course_idx on notes (course_id, updated_at desc, id desc, deleted_at, is_public);
create index notes_course_public_idx on notes (course_id, updated_at desc, id desc) where is_public and deleted_at is null;
create index notes_source_idx on notes (source_note_id) where source_note_id is not null;
create index notes_bin_idx on notes (author_id, deleted_at desc) where deleted_at is not null;

create table note_blocks (
    id              integer primary key autoincrement,
    note_id         integer   not null references notes (id) on delete cascade,
    position        integer   not null,
    block_type      text      not null,
    text            text      not null default '',
    args            text,
    is_ai_generated boolean   not null default false,
    created_at      timestamp not null,
    updated_at      timestamp not null
);
create unique index note_blocks_position_key on note_blocks (note_id, position);

-- +goose Down
drop table note_blocks;
drop table notes;
