-- +goose Up
create table note_search (
    note_id    integer primary key references notes (id) on delete cascade,
    key        integer   not null, -- the row of note_terms
    version    integer   not null,
    updated_at timestamp not null
);
create index note_search_key_idx on note_search (key);

-- Go prepares the terms: what is left to the tokenizer is to part them at spaces.
create virtual table note_terms using fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '/:<=#!_'"
);
insert into note_terms (note_terms, rank) values ('usermerge', 2); -- of the hourly merge: it leaves one part of a size
create virtual table note_vocabulary using fts5vocab (note_terms, instance);

-- +goose StatementBegin
create trigger note_search_deleted after delete on note_search begin
    delete from note_terms where rowid = old.key;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger note_search_updated after update of key on note_search begin
    delete from note_terms where rowid = old.key;
end;
-- +goose StatementEnd

insert into compatible_migrations (version) values (8); -- an older server's notes are found missing, and indexed

-- +goose Down
drop table note_vocabulary;
drop table note_search;
drop table note_terms;
delete from compatible_migrations where version = 8;
