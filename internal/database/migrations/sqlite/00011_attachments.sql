-- +goose Up
create table attachments (
    id                integer primary key autoincrement,
    note_id           integer not null references notes (id) on delete cascade,
    owner_id          integer not null references users (id) on delete cascade,
    path              text not null,
    original_filename text not null,
    file_size         integer not null,
    content_type      text not null default '',
    created_at        timestamp not null
);
create unique index attachments_path_key on attachments (path);
create index attachments_note_idx on attachments (note_id, created_at desc, id desc);
create index attachments_owner_idx on attachments (owner_id, file_size);
-- The sweep of files asks for these.
create index notes_cover_idx on notes (cover_path) where cover_path <> '';

insert into compatible_migrations (version) values (11);

-- +goose Down
delete from compatible_migrations where version = 11;
drop index notes_cover_idx;
drop table attachments;
