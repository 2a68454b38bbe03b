-- +goose Up
-- search_notes for the notes that a viewer sees in a course: their own, and those of the course's owner. The owner sees
-- all, and so does everybody where there is no owner; others' private notes are no matter of the index.
-- +goose StatementBegin
create function search_course(wanted tsquery, in_course bigint, viewer bigint, most integer)
returns table (note_id bigint, key bigint)
language plpgsql stable rows 20 set enable_seqscan = off as $$
declare
    owner bigint := (select c.owner_id from courses c where c.id = in_course);
begin
    return query
    select s.note_id, s.key from note_search s
    where s.document @@ wanted and s.note_id in (
        select n.id from notes n
        where n.course_id = in_course and (owner is null or owner = viewer or n.author_id in (owner, viewer)))
    order by s.key desc, s.note_id desc limit most;
end;
$$;
-- +goose StatementEnd

insert into compatible_migrations (version) values (16); -- an older server does not use it

-- +goose Down
drop function search_course;
delete from compatible_migrations where version = 16;
