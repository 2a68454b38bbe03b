-- +goose Up
-- What backups remember, none of which is in them.
create table backup_marks (
    name      text primary key,
    marked_at timestamptz not null
);

-- Sums of files that were read once: a file never changes under its key.
create table backup_sums (
    key    text primary key,
    etag   text not null,
    size   bigint not null,
    sha256 text not null
);

-- Files that no row names, and that wait until no backup names them either.
create table backup_held (
    key        text primary key,
    held_since timestamptz not null
);

insert into compatible_migrations (version) values (30); -- an older server does not use them

-- +goose Down
delete from compatible_migrations where version = 30;
drop table backup_held;
drop table backup_sums;
drop table backup_marks;
