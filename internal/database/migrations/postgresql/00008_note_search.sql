-- +goose Up
create table note_search (
    note_id    bigint primary key references notes (id) on delete cascade,
    key        bigint      not null,
    version    integer     not null,
    updated_at timestamptz not null,
    document   tsvector    not null
);
-- The planner knows nothing of what a document costs to read. It finds its way to the index when the documents lie in the table,
-- where they make reading all of it dear, and when it has no statistics, without which it takes every term for a rare one.
alter table note_search alter column document set storage main;
alter table note_search alter column document set statistics 0;
-- A list of pending entries would be read by every search, and by the planner as a reason not to use the index.
create index note_search_document_idx on note_search using gin (document) with (fastupdate = off);

insert into compatible_migrations (version) values (8); -- an older server's notes are found missing, and indexed

-- +goose Down
drop table note_search;
delete from compatible_migrations where version = 8;
