-- +goose Up
create table seeded_samples (
    name         text      primary key,
    course_id    integer   references courses (id) on delete set null,
    note_id      integer   references notes (id) on delete set null,
    content_hash text      not null,
    seeded_at    timestamp not null
) without rowid;

-- Versions that do not know this table can go on working beside it.
insert into compatible_migrations (version) values (15);

-- +goose Down
delete from compatible_migrations where version = 15;
drop table seeded_samples;
