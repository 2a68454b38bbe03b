-- +goose Up
-- Notes that wait for the search index. A trigger takes a note that changes out of the index and puts it here, in the transaction
-- that changes it, whoever does that.
create table note_search_due (
    note_id    integer primary key references notes (id) on delete cascade,
    mark       integer   not null, -- another one for each change
    updated_at timestamp not null  -- of the note
);

-- +goose StatementBegin
create trigger note_search_wait_inserted after insert on notes when new.deleted_at is null begin
    insert into note_search_due (note_id, mark, updated_at) values (new.id, random(), new.updated_at);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger note_search_wait_updated
after update of author_id, is_public, title, description, content, deleted_at, updated_at on notes begin
    delete from note_search_due where note_id = new.id;
    insert into note_search_due (note_id, mark, updated_at)
        select new.id, random(), new.updated_at where new.deleted_at is null;
    delete from note_search where note_id = new.id;
end;
-- +goose StatementEnd

-- An older server indexes what it writes by itself, and finds what newer ones write as soon as they have indexed it.
insert into compatible_migrations (version) values (80);

-- +goose Down
delete from compatible_migrations where version = 80;
drop trigger note_search_wait_updated;
drop trigger note_search_wait_inserted;
drop table note_search_due;
