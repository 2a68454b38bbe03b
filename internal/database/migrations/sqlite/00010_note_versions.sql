-- +goose Up
alter table notes add column revision integer not null default 1;
-- How many bytes of the note's content are this block's; null where the content was not put together from the blocks.
alter table note_blocks add column source_length integer;

create table note_versions (
    id            integer primary key autoincrement,
    note_id       integer   not null references notes (id) on delete cascade,
    kind          text      not null default 'manual',
    reason        text      not null default 'manual',
    title         text      not null,
    description   text,
    course_id     integer   references courses (id) on delete set null,
    is_public     boolean   not null default false,
    editor_mode   text      not null default 'P',
    content       text      not null default '',
    metadata_json text      not null default '',
    custom_meta   text      not null default '',
    created_at    timestamp not null
);
create index note_versions_note_idx on note_versions (note_id, created_at desc, id desc);
create index note_versions_course_idx on note_versions (course_id) where course_id is not null;

insert into compatible_migrations (version) values (10);

-- +goose Down
delete from compatible_migrations where version = 10;
drop table note_versions;
alter table note_blocks drop column source_length;
alter table notes drop column revision;
