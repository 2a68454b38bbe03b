-- +goose Up
create table note_search (
    note_id    bigint primary key references notes (id) on delete cascade,
    key        bigint      not null,
    version    integer     not null,
    updated_at timestamptz not null,
    document   tsvector    not null
);
-- A list of pending entries would be read by every search.
create index note_search_document_idx on note_search using gin (document) with (fastupdate = off);

-- The newest notes with a document of that kind. The planner does not know what a document costs to read: left alone, it reads those of
-- everybody as soon as a search has some words.
-- +goose StatementBegin
create function search_notes(wanted tsquery, in_course bigint, most integer) returns table (note_id bigint, key bigint)
language plpgsql stable rows 20 set enable_seqscan = off as $$
begin
    return query
    select s.note_id, s.key from note_search s
    where s.document @@ wanted and (in_course is null or s.note_id in (select n.id from notes n where n.course_id = in_course))
    order by s.key desc, s.note_id desc limit most;
end;
$$;
-- +goose StatementEnd

insert into compatible_migrations (version) values (8); -- an older server's notes are found missing, and indexed

-- +goose Down
drop function search_notes;
drop table note_search;
delete from compatible_migrations where version = 8;
