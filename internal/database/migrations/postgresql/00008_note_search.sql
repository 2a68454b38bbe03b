-- +goose Up
create table note_search (
    note_id    bigint primary key references notes (id) on delete cascade,
    key        bigint      not null,
    version    integer     not null,
    updated_at timestamptz not null,
    document   tsvector    not null
) with (toast_tuple_target = 128); -- the documents lie outside: searching reads the index and these short rows
-- Without statistics the planner takes every term for a rare one, and the index for the way to find it. It knows the most
-- common terms alone, and those of which author they are decides.
alter table note_search alter column document set statistics 0;
create index note_search_document_idx on note_search using gin (document) with (fastupdate = off);

insert into compatible_migrations (version) values (8); -- an older server's notes are found missing, and indexed

-- +goose Down
drop table note_search;
delete from compatible_migrations where version = 8;
